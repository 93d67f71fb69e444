"""What waits, what is postponed, and what is given up, on a clock that tests move."""

import threading
from typing import Any

import pytest

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.errors import TransportError
from chat.delivery.limits import Limits
from chat.delivery.outgoing import BESIDE_S, GIVEN_UP_AFTER_S, Outgoing

ANNA, BORIS = 42, 43
Outcome = Answer | TransportError


def done() -> Answer:
    return Answer(200, "OK", "", {"ok": True, "result": True})


def refusal(code: int, **parameters: Any) -> Answer:
    return Answer(code, "", "", {"ok": False, "error_code": code, "description": "", "parameters": parameters})


class Pauses(threading.Event):
    """Pauses that take no time but move the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return self.is_set()


class Chat:
    """What reaches the HTTP side, and how it ends: the outcomes one after another, and then well."""

    def __init__(self) -> None:
        self.time = Pauses()
        self.outcomes: list[Outcome] = []
        self.calls: list[tuple[str, float]] = []
        self.effects = Effects()
        self.outgoing = Outgoing(
            self._send,
            Limits(clock=lambda: self.time.now),
            self.effects,
            stop=self.time,
            clock=lambda: self.time.now,
            jitter=lambda: 1.0,
        )

    def call(self, method: str = "sendMessage", *, chat_id: int = ANNA, origin: str | None = None) -> Answer:
        def call() -> Answer:
            return self.outgoing("post", f"https://x/bot1:x/{method}", params={"chat_id": str(chat_id), "text": "a"})

        if origin is None:
            return call()
        with self.effects.of(origin):
            return call()

    def postponed(self, method: str = "sendMessage", *, chat_id: int = ANNA, origin: str = "update 7") -> Postponed:
        with pytest.raises(Postponed) as caught:
            self.call(method, chat_id=chat_id, origin=origin)
        return caught.value

    def _send(self, _verb: str, url: str, **_: Any) -> Answer:
        self.calls.append((url.rsplit("/", 1)[-1], self.time.now - 1000.0))
        outcome = self.outcomes.pop(0) if self.outcomes else done()
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome


@pytest.fixture
def chat() -> Chat:
    return Chat()


def test_a_call_within_the_limits_goes_out_at_once(chat: Chat) -> None:
    assert chat.call("editMessageText", origin="update 7").error_code is None
    assert chat.calls == [("editMessageText", 0.0)]


def test_one_beyond_the_limits_is_postponed_and_was_not_sent(chat: Chat) -> None:
    for _ in range(3):
        chat.call(origin="update 7")

    postponed = chat.postponed()

    assert postponed.wait_s == pytest.approx(1.0)
    assert postponed.unsent
    assert len(chat.calls) == 3


def test_a_wait_of_a_moment_is_none_of_the_workers_either(chat: Chat) -> None:
    for number in range(5):
        chat.call(chat_id=number + 1, origin="update 7")

    assert chat.postponed(chat_id=6).wait_s == pytest.approx(0.04)
    assert chat.time.now == 1000.0


def test_whoever_comes_again_at_the_moment_that_is_kept_goes_before_those_who_came_later(chat: Chat) -> None:
    for number in range(5):
        chat.call(chat_id=number + 1, origin="update 7")
    waits_s = [chat.postponed(chat_id=number, origin=f"update {number}").wait_s for number in (11, 12, 13)]
    assert waits_s == pytest.approx([0.04, 0.08, 0.12])

    chat.time.now += 0.04
    assert chat.postponed(chat_id=14, origin="update 14").wait_s == pytest.approx(0.12)
    assert chat.postponed(chat_id=12, origin="update 12").wait_s == pytest.approx(0.04), "it is not its turn"
    assert chat.call(chat_id=11, origin="update 11").error_code is None


@pytest.mark.parametrize("chat_id", [ANNA, -500])
@pytest.mark.parametrize("first", ["pinChatMessage", "editMessageText"])
@pytest.mark.parametrize("last", ["sendMessage", "editMessageText"])
def test_work_that_begins_anew_has_room_for_the_calls_that_it_makes_again(
    chat: Chat, chat_id: int, first: str, last: str
) -> None:
    """In a chat that takes one call more would be gone each time with the first of them."""
    for _ in range(10):
        chat.call("editMessageText", chat_id=chat_id, origin="update 1")
    tries = 0

    def work() -> None:
        for method in (first, "editMessageReplyMarkup", last):
            chat.call(method, chat_id=chat_id)

    while tries < 5:
        tries += 1
        try:
            with chat.effects.of("update 7"):
                work()
            break
        except Postponed as postponed:
            chat.time.now += postponed.wait_s

    assert tries <= 4
    assert chat.calls[-1][0] == last


def test_calls_in_other_chats_keep_nobody_waiting_longer(chat: Chat) -> None:
    for _ in range(10):
        chat.call("editMessageText", origin="update 1")
    with chat.effects.of("update 7"):
        for _ in range(5):
            chat.call("editMessageText", chat_id=BORIS)
        with pytest.raises(Postponed) as caught:
            chat.call("sendMessage")

    assert caught.value.wait_s == pytest.approx(1.0)


def test_a_call_that_goes_by_no_number_has_its_moment_too(chat: Chat) -> None:
    for number in range(5):
        chat.call(chat_id=number + 1, origin="update 7")
    wait_s = chat.postponed("pinChatMessage", chat_id=11, origin="update 11").wait_s
    chat.postponed(chat_id=12, origin="update 12")

    chat.time.now += wait_s
    assert chat.call("pinChatMessage", chat_id=11, origin="update 11").error_code is None


@pytest.mark.parametrize("method", ["answerCallbackQuery", "answerInlineQuery", "getChat", "sendChatAction"])
def test_answers_are_never_limited(chat: Chat, method: str) -> None:
    for _ in range(100):
        chat.call(method, origin="update 7")

    assert chat.calls == [(method, 0.0)] * 100


@pytest.mark.parametrize(("seconds", "stopped", "calls"), [(1, False, 2), (5, False, 2), (6, False, 1), (1, True, 1)])
def test_an_answer_that_is_one_too_many_is_given_once_more_while_somebody_may_look(
    chat: Chat, seconds: int, stopped: bool, calls: int
) -> None:
    chat.outcomes = [refusal(429, retry_after=seconds)]
    if stopped:
        chat.time.set()
    assert (chat.call("answerCallbackQuery").error_code is None) is (calls == 2)
    assert len(chat.calls) == calls


@pytest.mark.parametrize("seconds", [1, 10, 3600])
def test_silence_of_any_length_postpones_that_chat_alone(chat: Chat, seconds: int) -> None:
    chat.outcomes = [refusal(429, retry_after=seconds)]

    assert chat.postponed("editMessageText").wait_s == seconds
    assert chat.postponed("sendMessage").wait_s == seconds
    chat.call("editMessageText", chat_id=BORIS, origin="update 8")
    assert [method for method, _ in chat.calls] == ["editMessageText", "editMessageText"]

    chat.time.now += seconds
    chat.call("editMessageText", origin="update 7")
    assert len(chat.calls) == 3


def test_a_429_that_names_no_time_is_one_of_a_second(chat: Chat) -> None:
    chat.outcomes = [refusal(429)]

    assert chat.postponed().wait_s == 1.0


@pytest.mark.parametrize(
    ("outcome", "unsent"),
    [
        (TransportError("sendMessage", "ConnectTimeout", unsent=True), True),
        (TransportError("sendMessage", "ReadTimeout"), False),
        (refusal(502), False),
    ],
    ids=repr,
)
def test_trouble_of_telegram_postpones_with_growing_pauses(chat: Chat, outcome: Outcome, unsent: bool) -> None:
    chat.outcomes = [outcome] * 7
    pauses_s = []
    for _ in range(7):
        postponed = chat.postponed()
        pauses_s.append(postponed.wait_s)
        chat.time.now += postponed.wait_s

    assert pauses_s == [1, 2, 4, 8, 16, 30, 30]
    assert postponed.unsent is unsent


def test_after_a_success_pauses_are_short_again(chat: Chat) -> None:
    chat.outcomes = [refusal(502), refusal(502), done(), refusal(502)]
    for _ in range(2):
        chat.postponed()
        chat.time.now += 2
    chat.call(origin="update 7")

    assert chat.postponed().wait_s == 1.0


def test_another_method_that_goes_well_in_between_ends_no_trouble(chat: Chat) -> None:
    pauses_s = []
    for _ in range(5):
        chat.outcomes = [done(), refusal(400), refusal(502)]
        chat.call("editMessageText", origin="update 7")
        chat.call("editMessageReplyMarkup", origin="update 7")
        pauses_s.append(chat.postponed().wait_s)
        chat.time.now += 900

    assert pauses_s == [1, 2, 4, 8, 16]
    chat.time.now += 1
    chat.outcomes = [refusal(502)]
    assert chat.call(origin="update 7").error_code == 502, "given up after an hour"


def test_after_an_hour_of_trouble_it_is_given_up_once(chat: Chat) -> None:
    failure = TransportError("sendMessage", "ReadTimeout")
    chat.outcomes = [failure] * 3
    chat.postponed()
    chat.time.now += GIVEN_UP_AFTER_S + 1

    with pytest.raises(TransportError):
        chat.call(origin="update 7")

    assert chat.outgoing.snapshot()["given up"] == 1
    chat.postponed()


def test_a_server_error_given_up_is_the_answer(chat: Chat) -> None:
    chat.outcomes = [refusal(502), refusal(502)]
    chat.postponed()
    chat.time.now += GIVEN_UP_AFTER_S + 1

    assert chat.call(origin="update 7").error_code == 502


def test_a_refusal_is_no_trouble(chat: Chat) -> None:
    chat.outcomes = [refusal(403)]

    assert chat.call(origin="update 7").error_code == 403


def test_a_notice_goes_behind_people_and_keeps_no_worker(chat: Chat) -> None:
    for number in range(3):
        chat.call(chat_id=number + 1, origin="update 7")
    assert chat.postponed(chat_id=10, origin="notice 1").wait_s == pytest.approx(0.12)
    assert chat.postponed(chat_id=11, origin="notice 2").wait_s > 0.15, "not all at once"
    chat.time.now += 0.12
    chat.call(chat_id=10, origin="notice 1")
    assert chat.calls[-1][1] == pytest.approx(0.12)

    chat.time.now += 1
    chat.outcomes = [refusal(429, retry_after=10)]
    assert chat.postponed(origin="notice 2").wait_s == 10


def test_of_calls_that_were_held_up_together_those_beyond_the_bound_wait_anew(chat: Chat) -> None:
    url = "https://x/bot1:x/sendMessage"
    with chat.effects.of("update 7"):
        for number in range(30):
            chat.outgoing.held_up(url, by=number)
        with pytest.raises(Postponed) as caught:
            chat.outgoing.held_up(url, by=30)
    assert caught.value.unsent
    assert 1.0 < caught.value.wait_s < 1.1

    chat.outgoing.held_up(url, by=None)

    assert chat.time.now - 1000.0 == pytest.approx(caught.value.wait_s, abs=0.1), "one of nobody waits in its thread"


def test_a_call_on_behalf_of_nobody_waits_in_its_thread(chat: Chat) -> None:
    for _ in range(4):
        chat.call()

    assert [at for _, at in chat.calls] == pytest.approx([0.0, 0.04, 0.09, 1.0])


def test_a_call_on_behalf_of_nobody_obeys_a_429_in_its_thread(chat: Chat) -> None:
    chat.outcomes = [refusal(429, retry_after=10)]

    assert chat.call().error_code is None
    assert [at for _, at in chat.calls] == [0.0, 10.0]


def test_a_call_on_behalf_of_nobody_does_not_wait_for_ever(chat: Chat) -> None:
    chat.outcomes = [refusal(429, retry_after=BESIDE_S + 1)]

    assert chat.call().error_code == 429
    with pytest.raises(TransportError, match="within Telegram's limits"):
        chat.call()
    assert len(chat.calls) == 1


def test_trouble_of_a_call_on_behalf_of_nobody_is_its_callers(chat: Chat) -> None:
    chat.outcomes = [TransportError("sendMessage", "ReadTimeout")]

    with pytest.raises(TransportError):
        chat.call()


def test_a_stop_leaves_an_update_that_waits_for_a_moment_to_the_next_start(chat: Chat) -> None:
    for number in range(5):
        chat.call(chat_id=number + 1, origin="update 7")
    chat.time.set()

    assert chat.postponed(chat_id=6).unsent
    assert len(chat.calls) == 5


def test_a_stop_ends_the_waiting(chat: Chat) -> None:
    chat.call()
    chat.time.set()

    with pytest.raises(TransportError, match="stopping"):
        chat.call()


def test_everything_is_counted(chat: Chat) -> None:
    chat.outcomes = [done(), refusal(400), refusal(429, retry_after=5), TransportError("sendMessage", "ReadTimeout")]
    chat.call()
    chat.call("editMessageText", origin="update 7")
    chat.postponed("editMessageText")
    chat.postponed(chat_id=BORIS)
    chat.postponed()

    assert chat.outgoing.snapshot() == {
        "sendMessage ok": 1,
        "editMessageText 400": 1,
        "editMessageText 429": 1,
        "sendMessage unanswered": 1,
        "429": 1,
        "postponed": 1,
        "waits": 1,
    }


def test_an_edit_of_what_a_person_sent_through_the_bot_waits_for_telegram_like_one_of_its_own(chat: Chat) -> None:
    def edit() -> Answer:
        return chat.outgoing("post", "https://x/bot1:x/editMessageText", params={"inline_message_id": "i", "text": "a"})

    with chat.effects.of("update 7"):
        chat.outcomes += [refusal(429, retry_after=40), TransportError("editMessageText", "ReadTimeout")]
        for wait_s in (40.0, 1.0):
            with pytest.raises(Postponed) as caught:
                edit()
            assert caught.value.wait_s == pytest.approx(wait_s)
        assert edit().error_code is None
