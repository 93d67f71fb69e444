"""A clock to turn, and a bot's hands: one kept connection to the Bot API."""

import http.client
import json
from collections.abc import Mapping
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox import Sandbox


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += seconds


class Api:
    """Calls methods as a bot does; a connection that was reset is made anew."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.prefix = f"/bot{sandbox.token}/"
        self._connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=60)

    def raw(
        self,
        path: str,
        body: bytes = b"",
        *,
        kind: str = "",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        status, answer, _ = self.whole(path, body, kind=kind, method=method, headers=headers)
        return status, answer

    def whole(
        self,
        path: str,
        body: bytes = b"",
        *,
        kind: str = "",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes, Message]:
        sent = {**({"Content-Type": kind} if kind else {}), **(headers or {})}
        try:
            self._connection.request(method, path, body or None, sent)
            response = self._connection.getresponse()
            return response.status, response.read(), response.headers
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def answer(self, method: str, /, **parameters: Any) -> dict[str, Any]:
        """All of the answer, whether it is one of success or not; what is no text travels as JSON."""
        form = {name: each if isinstance(each, str) else json.dumps(each) for name, each in parameters.items()}
        _, body = self.raw(self.prefix + method, urlencode(form).encode(), kind="application/x-www-form-urlencoded")
        answer: dict[str, Any] = json.loads(body)
        return answer

    def call(self, method: str, /, **parameters: Any) -> Any:
        answer = self.answer(method, **parameters)
        assert answer["ok"], answer
        return answer["result"]

    def refusal(self, method: str, /, **parameters: Any) -> tuple[int, str]:
        answer = self.answer(method, **parameters)
        assert not answer["ok"], answer
        return answer["error_code"], answer["description"]

    def close(self) -> None:
        self._connection.close()
