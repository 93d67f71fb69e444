import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops.healthcheck import verdict


class Bot:
    """Says how it is at /health."""

    def __init__(self) -> None:
        self.status, self.body, self.asked = 200, b"ok", [""]
        bot = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                bot.asked.append(self.path)
                self.send_response(bot.status)
                self.send_header("Content-Length", str(len(bot.body)))
                self.end_headers()
                self.wfile.write(bot.body)

            def log_message(self, *_: object) -> None:
                """A test's output is for its failures."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def bot() -> Iterator[Bot]:
    bot = Bot()
    yield bot
    bot.server.shutdown()
    bot.server.server_close()


def test_a_bot_that_is_well_is_well(bot: Bot) -> None:
    assert verdict(bot.server.server_port) is None
    assert bot.asked[-1] == "/health"


def test_one_that_is_not_says_why(bot: Bot) -> None:
    bot.status, bot.body = 503, "нет курса".encode()

    assert verdict(bot.server.server_port) == "503 нет курса"


def test_one_that_does_not_answer_is_not_well(bot: Bot) -> None:
    bot.server.shutdown()
    bot.server.server_close()

    assert verdict(bot.server.server_port) == "no answer: ConnectionRefusedError"
