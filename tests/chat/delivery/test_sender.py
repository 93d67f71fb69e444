"""How calls go out: their form, their waits, what is repeated, and that the token stays inside."""

import io
import json
import logging
import threading
import traceback
from dataclasses import dataclass
from typing import Any

import pytest
from telebot import apihelper

from chat.delivery.answers import Answer
from chat.delivery.errors import TransportError
from chat.delivery.repeats import REPEAT_WITHIN_S, was_never_sent
from chat.delivery.sender import CALL_TIMEOUT, TelegramSender, Timeout
from ops.settings import load
from tests.chat.telegram import installed

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
DONE = {"ok": True, "result": True}
BAD_GATEWAY = {"ok": False, "error_code": 502, "description": "Bad Gateway"}
FORBIDDEN = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}

IDEMPOTENT = ["editMessageText", "answerCallbackQuery", "deleteMessage", "getMe", "setMyCommands", "sendChatAction"]
NOT_IDEMPOTENT = ["sendMessage", "sendPhoto", "forwardMessage", "copyMessage", "pinChatMessage"]


def too_many(retry_after: object) -> dict[str, Any]:
    parameters = {"retry_after": retry_after}
    return {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": parameters}


@dataclass(frozen=True)
class FakeResponse:
    payload: Any
    status_code: int = 200
    reason: str = "OK"

    @property
    def content(self) -> bytes:
        return b"<html>" if self.payload is None else json.dumps(self.payload).encode()


class FakeSession:
    """Gives the outcomes one after another, the last one again and again."""

    def __init__(self, *outcomes: OSError | dict[str, Any] | None) -> None:
        self.outcomes = list(outcomes) or [DONE]
        self.posts: list[dict[str, Any]] = []

    def post(
        self,
        url: str,
        data: dict[str, Any] | None = None,
        *,
        files: dict[str, Any] | None,
        timeout: Timeout,
        proxies: dict[str, str] | None,
        within_s: float,
    ) -> FakeResponse:
        whole = {"timeout": timeout, "within_s": within_s}
        self.posts.append({"url": url, "data": data, "files": files, "proxies": proxies} | whole)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, OSError):
            raise outcome
        return FakeResponse(outcome)


class RecordedPauses(threading.Event):
    """Pauses that take no time but are written down, on the clock too."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses_s: list[float] = []
        self.now = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses_s.append(timeout or 0.0)
        self.now += timeout or 0.0
        return self.is_set()


def sender_on(calls: FakeSession, *, polls: FakeSession | None = None, stop: RecordedPauses) -> TelegramSender:
    return TelegramSender(calls, polls or FakeSession(), stop=stop, clock=lambda: stop.now, jitter=lambda: 1.0)


def call(sender: TelegramSender, method: str, **arguments: Any) -> Answer:
    arguments.setdefault("timeout", (15, 30))
    return sender("get", f"https://api.telegram.org/bot{TOKEN}/{method}", **arguments)


@pytest.fixture
def stop() -> RecordedPauses:
    return RecordedPauses()


def test_parameters_travel_in_the_body_and_never_in_the_url(stop: RecordedPauses) -> None:
    calls = FakeSession()

    answer = call(sender_on(calls, stop=stop), "sendMessage", params={"chat_id": "7", "text": "Ж" * 4096})

    assert answer.json() == DONE
    [post] = calls.posts
    assert post["url"] == f"https://api.telegram.org/bot{TOKEN}/sendMessage"
    assert post["data"] == {"chat_id": "7", "text": "Ж" * 4096}


def test_files_and_proxies_are_handed_on(stop: RecordedPauses) -> None:
    calls = FakeSession()
    picture = {"photo": ("card.png", io.BytesIO(b"png"))}

    call(sender_on(calls, stop=stop), "sendPhoto", files=picture, proxies={"https": "socks5://127.0.0.1:9050"})

    assert calls.posts[0]["files"] == picture
    assert calls.posts[0]["proxies"] == {"https": "socks5://127.0.0.1:9050"}


def test_getting_updates_has_a_session_of_its_own(stop: RecordedPauses) -> None:
    calls, polls = FakeSession(), FakeSession()

    call(sender_on(calls, polls=polls, stop=stop), "getUpdates", params={"offset": 7})

    assert len(polls.posts) == 1
    assert not calls.posts


@pytest.mark.parametrize(
    ("method", "files", "asked", "given"),
    [
        ("sendMessage", None, (15, 30), (5, 10)),
        ("sendMessage", None, (2, 3), (2, 3)),
        ("answerCallbackQuery", None, (15, 30), (3, 5)),
        ("sendPhoto", {"photo": b"png"}, (15, 30), (15, 30)),
        ("sendDocument", {"document": b"db"}, (300, 300), (60, 60)),
        ("getUpdates", None, (5, 15), (5, 15)),
        ("getUpdates", None, (300, 300), (5, 60)),
    ],
)
def test_waits_are_cut_to_what_suits_the_method(
    method: str, files: dict[str, Any] | None, asked: Timeout, given: Timeout, stop: RecordedPauses
) -> None:
    session = FakeSession()

    call(sender_on(session, polls=session, stop=stop), method, files=files, timeout=asked)

    assert session.posts[0]["timeout"] == given
    assert session.posts[0]["within_s"] == sum(given), "a dripping answer ends, too"


@pytest.mark.parametrize("method", IDEMPOTENT)
@pytest.mark.parametrize("failure", [BAD_GATEWAY, None, ConnectionResetError(), TimeoutError()], ids=repr)
def test_a_failed_idempotent_call_is_repeated(
    method: str, failure: OSError | dict[str, Any] | None, stop: RecordedPauses
) -> None:
    calls = FakeSession(failure, failure, DONE)

    answer = call(sender_on(calls, stop=stop), method, params={"chat_id": "7"})

    assert answer.json() == DONE
    assert [post["data"] for post in calls.posts] == [{"chat_id": "7"}] * 3
    assert stop.pauses_s == [0.3, 1.0]


@pytest.mark.parametrize("method", NOT_IDEMPOTENT)
@pytest.mark.parametrize("failure", [None, ConnectionResetError(), TimeoutError()], ids=repr)
def test_an_unanswered_send_is_not_repeated(method: str, failure: OSError | None, stop: RecordedPauses) -> None:
    calls = FakeSession(failure, DONE)

    with pytest.raises(TransportError) as caught:
        call(sender_on(calls, stop=stop), method)

    assert not caught.value.unsent
    assert len(calls.posts) == 1


@pytest.mark.parametrize("method", NOT_IDEMPOTENT)
def test_a_send_that_met_a_server_error_is_not_repeated(method: str, stop: RecordedPauses) -> None:
    calls = FakeSession(BAD_GATEWAY, DONE)

    assert call(sender_on(calls, stop=stop), method).error_code == 502
    assert len(calls.posts) == 1


@pytest.mark.parametrize("method", [*IDEMPOTENT, *NOT_IDEMPOTENT])
def test_a_call_that_was_never_sent_is_repeated(method: str, stop: RecordedPauses) -> None:
    calls = FakeSession(ConnectionRefusedError(111, "Connection refused"), DONE)

    assert call(sender_on(calls, stop=stop), method).json() == DONE
    assert len(calls.posts) == 2


def test_whether_a_call_was_sent_can_be_told_by_another(stop: RecordedPauses) -> None:
    calls = FakeSession(OSError(113, "No route to host"), DONE)
    sender = TelegramSender(calls, FakeSession(), stop=stop, never_sent=lambda error: error.errno == 113)

    assert call(sender, "sendMessage").json() == DONE


def test_a_refusal_is_not_repeated(stop: RecordedPauses) -> None:
    calls = FakeSession(FORBIDDEN, DONE)

    assert call(sender_on(calls, stop=stop), "editMessageText").error_code == 403
    assert len(calls.posts) == 1


def test_repeating_ends_after_three_attempts(stop: RecordedPauses) -> None:
    calls = FakeSession(ConnectionRefusedError())

    with pytest.raises(TransportError, match=r"^sendMessage: ConnectionRefusedError$") as caught:
        call(sender_on(calls, stop=stop), "sendMessage")

    assert caught.value.unsent
    assert len(calls.posts) == 3


def test_repeating_ends_when_the_first_attempt_was_long_ago(stop: RecordedPauses) -> None:
    calls = FakeSession(TimeoutError())
    ticks = iter([0.0, 10.0, 20.0])
    sender = TelegramSender(calls, FakeSession(), stop=stop, clock=lambda: next(ticks), jitter=lambda: 1.0)

    with pytest.raises(TransportError):
        call(sender, "editMessageText")

    assert len(calls.posts) == 2


def test_a_stop_ends_the_repeating(stop: RecordedPauses) -> None:
    calls = FakeSession(BAD_GATEWAY, DONE)
    stop.set()

    assert call(sender_on(calls, stop=stop), "editMessageText").error_code == 502
    assert len(calls.posts) == 1


def test_a_thread_that_was_given_up_sends_nothing_more(stop: RecordedPauses) -> None:
    calls = FakeSession(ConnectionResetError())
    given_up = PermissionError("given up")

    def may_send() -> None:
        if calls.posts:
            raise given_up

    sender = TelegramSender(calls, FakeSession(), stop=stop, may_send=may_send, clock=lambda: stop.now)
    with pytest.raises(PermissionError):
        call(sender, "editMessageText")

    assert len(calls.posts) == 1


def test_a_process_that_does_not_serve_the_desk_sends_nothing_and_may_try_again(stop: RecordedPauses) -> None:
    calls, polls = FakeSession(), FakeSession()
    sender = TelegramSender(calls, polls, stop=stop, serves=lambda: False, clock=lambda: stop.now)

    for method in ("sendMessage", "editMessageText", "getUpdates"):
        with pytest.raises(TransportError) as caught:
            call(sender, method)
        assert caught.value.unsent
    assert calls.posts == polls.posts == []


def test_workers_do_not_repeat_in_step() -> None:
    stop = RecordedPauses()
    sender = TelegramSender(FakeSession(BAD_GATEWAY), FakeSession(), stop=stop, jitter=lambda: 0.0)

    call(sender, "editMessageText")

    assert stop.pauses_s == [0.15, 0.5]


@pytest.mark.parametrize("method", ["editMessageText", "sendMessage"])
def test_a_call_that_was_one_too_many_is_left_to_the_caller(method: str, stop: RecordedPauses) -> None:
    calls = FakeSession(too_many(3), DONE)

    assert call(sender_on(calls, stop=stop), method).error_code == 429
    assert len(calls.posts) == 1
    assert not stop.pauses_s


@pytest.mark.parametrize("failure", [BAD_GATEWAY, too_many(1)], ids=["502", "429"])
def test_getting_updates_is_never_repeated(failure: dict[str, Any], stop: RecordedPauses) -> None:
    polls = FakeSession(failure, DONE)

    assert call(sender_on(FakeSession(), polls=polls, stop=stop), "getUpdates").error_code
    assert len(polls.posts) == 1


def test_a_call_with_files_is_never_repeated(stop: RecordedPauses) -> None:
    calls = FakeSession(BAD_GATEWAY, DONE)

    answer = call(sender_on(calls, stop=stop), "editMessageMedia", files={"media": io.BytesIO(b"png")})

    assert answer.error_code == 502
    assert len(calls.posts) == 1


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText", "getUpdates"])
def test_the_token_shows_nowhere_when_a_call_fails(
    method: str, stop: RecordedPauses, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = FakeSession(ConnectionError(f"Max retries exceeded with url: /bot{TOKEN}/{method}"))

    with pytest.raises(TransportError) as caught:
        call(sender_on(session, polls=session, stop=stop), method)

    error = caught.value
    assert str(error) == f"{method}: ConnectionError"
    assert error.__cause__ is None
    assert error.__context__ is None
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + caplog.text
    assert TOKEN not in told


def test_an_answer_does_not_carry_the_url(stop: RecordedPauses) -> None:
    assert TOKEN not in repr(call(sender_on(FakeSession(FORBIDDEN), stop=stop), "sendMessage"))


class MaxRetryError(Exception):
    """Wears the name and the attribute of urllib3's."""

    def __init__(self, reason: Exception) -> None:
        super().__init__("Max retries exceeded")
        self.reason = reason


class NewConnectionError(Exception):
    """Wears the name of urllib3's."""


class NameResolutionError(NewConnectionError):
    """Wears the name of urllib3's."""


class ReadTimeoutError(Exception):
    """Wears the name of urllib3's."""


@pytest.mark.parametrize(
    ("error", "never"),
    [
        (ConnectionRefusedError(111, "Connection refused"), True),
        (OSError(MaxRetryError(NewConnectionError())), True),
        (OSError(MaxRetryError(NameResolutionError())), True),
        (OSError(MaxRetryError(ReadTimeoutError())), False),
        (ConnectionResetError(104, "Connection reset by peer"), False),
        (TimeoutError(), False),
    ],
    ids=repr,
)
def test_a_call_was_never_sent_only_when_no_connection_was_made(error: OSError, never: bool) -> None:
    assert was_never_sent(error) is never


def test_within_the_installation_telebot_calls_the_given_server_through_the_sender(stop: RecordedPauses) -> None:
    before = apihelper.CUSTOM_REQUEST_SENDER, apihelper.API_URL, apihelper.FILE_URL
    calls = FakeSession({"ok": True, "result": {"id": 1}})

    with installed(sender_on(calls, stop=stop), base_url="http://127.0.0.1:8081/"):
        me = apihelper.get_me("1:x")
        assert vars(apihelper)["FILE_URL"] == "http://127.0.0.1:8081/file/bot{0}/{1}"

    assert me == {"id": 1}
    assert calls.posts[0]["url"] == "http://127.0.0.1:8081/bot1:x/getMe"
    assert before == (apihelper.CUSTOM_REQUEST_SENDER, apihelper.API_URL, apihelper.FILE_URL)


def test_without_a_server_the_installation_leaves_telegrams(stop: RecordedPauses) -> None:
    calls = FakeSession({"ok": True, "result": {"id": 1}})

    with installed(sender_on(calls, stop=stop)):
        apihelper.get_me("1:x")

    assert calls.posts[0]["url"] == "https://api.telegram.org/bot1:x/getMe"


def test_a_handler_whose_calls_only_take_their_time_is_not_taken_for_one_that_hangs() -> None:
    """A message and an edit are what an update of a quote makes; each may be repeated just before it has to end."""
    longest_call_s = REPEAT_WITHIN_S + sum(CALL_TIMEOUT)

    assert load({}).handler_timeout > 2 * longest_call_s
