"""The pages about a bot, as whoever runs it sees them."""

import http.client
import json
import re
import threading
import time
from typing import Any

from tests.e2e.bot_process import Bot

LISTENS = re.compile(r"http listens host=(\S+) port=(\d+)")


class Pages:
    """Those of the process that was started last."""

    def __init__(self, bot: Bot) -> None:
        found = LISTENS.search(bot.wait_for("http listens"))
        assert found is not None
        self.port = int(found[2])

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): each for name, each in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def json(self, path: str) -> Any:
        return json.loads(self.get(path)[1])

    def wait_for(self, status: int, reason: str = "", *, timeout_s: float = 120.0) -> str:
        """What /health says when it has come to that."""
        never, until = threading.Event(), time.monotonic() + timeout_s
        while time.monotonic() < until:
            seen, text = self.get("/health")
            if seen == status and reason in text:
                return text
            never.wait(0.1)
        raise AssertionError(f"/health is {seen} {text}, not {status} {reason!r}")
