"""What of Telegram's answers is taken as one."""

from dataclasses import dataclass

import pytest

from chat.delivery.answers import Answer, read
from chat.delivery.errors import TransportError


@dataclass(frozen=True)
class FakeResponse:
    content: bytes
    status_code: int = 200
    reason: str = "OK"


def test_a_result_is_an_answer_without_an_error_code() -> None:
    answer = read(FakeResponse(b'{"ok": true, "result": null}'), "getMe")

    assert isinstance(answer, Answer)
    assert answer.json() == {"ok": True, "result": None}
    assert answer.error_code is None


def test_a_refusal_is_an_answer_too() -> None:
    text = '{"ok": false, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}'

    answer = read(FakeResponse(text.encode(), status_code=403, reason="Forbidden"), "sendMessage")

    assert isinstance(answer, Answer)
    assert (answer.status_code, answer.reason, answer.text) == (403, "Forbidden", text)
    assert answer.error_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\xff",
        "<html>502 Bad Gateway</html>",
        '{"ok": true, "resu',
        "[" * 100_000,
        "null",
        "[]",
        "{}",
        '{"ok": true}',
        '{"ok": false}',
        '{"ok": false, "error_code": "403", "description": "Forbidden"}',
        '{"ok": false, "error_code": 403}',
        '{"ok": 1, "result": []}',
    ],
    ids=lambda text: text[:40] or "empty",
)
def test_whatever_telebot_would_stumble_over_is_no_answer(text: str) -> None:
    trouble = read(FakeResponse(text.encode(), status_code=502), "sendMessage")

    assert isinstance(trouble, TransportError)
    assert str(trouble) == "sendMessage: HTTP 502 with an unreadable body"
    assert not trouble.unsent


def test_of_an_edit_that_was_made_nothing_is_read_but_that_it_was() -> None:
    card = b'{"ok":true,"result":{"message_id":5,"date":1,"chat":{"id":42,"type":"private"}}}'

    answer = read(FakeResponse(card), "editMessageText")

    assert isinstance(answer, Answer)
    assert answer.json() == {"ok": True, "result": True}


@pytest.mark.parametrize("body", [b'{"ok":true,"result":', b'{"ok":true,"result":{"message_id"', b'{"ok":true,"resu'])
def test_an_edit_whose_answer_breaks_off_is_not_made(body: bytes) -> None:
    assert isinstance(read(FakeResponse(body), "editMessageText"), TransportError)


def test_the_refusal_of_an_edit_is_read() -> None:
    answer = read(FakeResponse(b'{"ok":false,"error_code":400,"description":"Bad Request"}'), "editMessageText")

    assert isinstance(answer, Answer)
    assert answer.error_code == 400
