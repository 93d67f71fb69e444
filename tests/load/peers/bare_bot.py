"""The flow on two bare sockets: a bot that does next to nothing, to find out how much the generator carries."""

import json
import os
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.load.peers.deal import Cache
from tests.load.peers.flow import Flow, Screen

_RECEIVE = 1 << 20
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"Content-Length: "


class Line:
    """A kept connection on which all calls of a batch go out in one write."""

    def __init__(self, server: str, token: str) -> None:
        address = urlsplit(server)
        self._socket = socket.create_connection((address.hostname, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._path, self._received = f"/bot{token}/", b""

    def call(self, calls: list[tuple[str, Mapping[str, object]]]) -> list[bytes]:
        self._socket.sendall(b"".join(self._written(method, parameters) for method, parameters in calls))
        return [self._answer() for _ in calls]

    def _written(self, method: str, parameters: Mapping[str, object]) -> bytes:
        body = urlencode(parameters).encode()
        head = (
            f"POST {self._path}{method} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        return head.encode() + body

    def _answer(self) -> bytes:
        while (head := self._received.find(_HEAD_END)) < 0:
            self._receive()
        at = self._received.index(_LENGTH) + len(_LENGTH)
        length = int(self._received[at : self._received.index(b"\r\n", at)])
        end = head + len(_HEAD_END) + length
        while len(self._received) < end:
            self._receive()
        body, self._received = self._received[end - length : end], self._received[end:]
        return body

    def _receive(self) -> None:
        received = self._socket.recv(_RECEIVE)
        if not received:
            raise ConnectionError("the stand-in has gone")
        self._received += received


def main() -> None:
    flow = Flow(Cache())
    polls, calls = (Line(os.environ["TELEGRAM_API_URL"], os.environ["BOT_TOKEN"]) for _ in range(2))
    offset = 0
    while True:
        (polled,) = polls.call([("getUpdates", {"offset": offset, "timeout": 10})])
        updates = json.loads(polled)["result"]
        if updates:
            offset = updates[-1]["update_id"] + 1
            _answer(flow, calls, updates)


def _answer(flow: Flow, line: Line, updates: list[dict[str, Any]]) -> None:
    calls: list[tuple[str, Mapping[str, object]]] = []
    opened: list[tuple[int, int]] = []
    for update in updates:
        if query := update.get("callback_query"):
            chat_id = query["message"]["chat"]["id"]
            calls.append(("answerCallbackQuery", {"callback_query_id": query["id"]}))
            screen = flow.press(chat_id, query["data"])
        else:
            chat_id, text = update["message"]["chat"]["id"], update["message"]["text"]
            if text == "/admin_bot":
                opened.append((len(calls), chat_id))
                calls.append(("sendMessage", _shown(chat_id, flow.open(chat_id))))
                continue
            screen = flow.typed(chat_id, text)
        if screen:
            calls.append(("editMessageText", {"message_id": flow.states[chat_id].card, **_shown(chat_id, screen)}))
    answers = line.call(calls)
    for number, chat_id in opened:
        flow.states[chat_id].card = json.loads(answers[number])["result"]["message_id"]


def _shown(chat_id: int, screen: Screen) -> dict[str, object]:
    rows = [[{"text": label, "callback_data": data} for label, data in row] for row in screen.rows]
    markup = json.dumps({"inline_keyboard": rows})
    return {"chat_id": chat_id, "text": screen.text, "parse_mode": "HTML", "reply_markup": markup}


if __name__ == "__main__":
    main()
