"""However many people come once and never again, what is remembered of them in memory has a bound."""

import itertools
from collections.abc import Callable, Sized
from typing import Any

import pytest

from chat.delivery.answers import Answer
from chat.delivery.confirming import WhenDone, WhenSafe
from chat.delivery.dispatcher import Dispatcher, Postponed
from chat.delivery.effects import Effects
from chat.delivery.forgetful import ForgetfulInbox
from chat.delivery.limits import PLACES, Limits
from chat.delivery.line import Line
from chat.delivery.once import SentOnce
from chat.delivery.outgoing import Outgoing
from chat.delivery.passing import Passing
from chat.delivery.turnstile import Turnstile
from ops.handling import Handling
from ops.meters import Counts, Timings
from ops.monitor import Monitor
from rates.cache import Cache
from storage.moments import utc_now
from storage.remembered import Remembered
from tests.chat.delivery.memory_inbox import MemoryInbox

PEOPLE = range(1, 12_001)
MOST = 10_000
SENT = {"ok": True, "result": {"message_id": 1}}
BROKEN = {"ok": False, "error_code": 502, "description": "Bad Gateway"}


class Clock:
    """An hour passes between two people, or no time at all."""

    def __init__(self, step_s: float = 3600.0) -> None:
        self.now = 0.0
        self._step_s = step_s

    def __call__(self) -> float:
        self.now += self._step_s
        return self.now


def answering(payload: dict[str, Any]) -> Callable[..., Answer]:
    return lambda *_args, **_kwargs: Answer(200, "OK", "", payload)


def longest(of: object) -> dict[str, int]:
    """Of everything that it keeps by itself."""
    return {name: len(value) for name, value in vars(of).items() if isinstance(value, Sized)}


def said(number: int, user_id: int) -> dict[str, Any]:
    about = {"message_id": number, "from": {"id": user_id}, "chat": {"id": user_id}, "text": "/start"}
    return {"update_id": number, "message": about}


def limited(apart_s: float = 0.0) -> Limits:
    limits = Limits(clock=Clock(apart_s))
    for each in PEOPLE:
        limits.take(each, edit=False)
        limits.take(-each, edit=True)
        limits.block(each, 3600.0)
    return limits


def line(apart_s: float = 0.0) -> Line:
    """All come at the same moment, or after a while, and none ever comes again."""
    waiting = Line(places=PLACES)
    for each in PEOPLE:
        for _ in range(10):
            waiting.take(each * apart_s, None)
        waiting.take(each * apart_s, each)
    return waiting


def sent_once() -> SentOnce:
    effects = Effects()
    once = SentOnce(answering(SENT), _Journal(), effects)
    for each in PEOPLE:
        with once.handling(each, said(each, each)):
            once("post", "https://example.org/sendMessage", params={"chat_id": each, "text": "hello"})
    return once


class _Journal:
    """Which has room for everything: it is on disk."""

    def find(self, origin: str, number: int) -> None:
        return None

    def begin(self, origin: str, number: int, **_: Any) -> None:
        return None

    def settle(self, origin: str, number: int, **_: Any) -> None:
        """Nobody asks for it."""

    def withdraw(self, origin: str, number: int) -> None:
        """Nobody asks for it."""

    def newest(self, place: int) -> int:
        return 0

    def results(self, place: int, *, after: int) -> set[int]:
        return {after}


def outgoing(apart_s: float = 0.0) -> Outgoing:
    effects = Effects()
    calls = Outgoing(answering(BROKEN), Limits(is_on=False), effects, clock=Clock(apart_s))
    for each in PEOPLE:
        with effects.of(f"update {each}"), pytest.raises(Postponed):
            calls("post", "https://example.org/sendMessage", params={"chat_id": each})
    return calls


def turnstile(*, of_operators: bool, apart_s: float = 10.0) -> Turnstile:
    gate = Turnstile(lambda _user_id: of_operators, clock=Clock(apart_s))
    for each in PEOPLE:
        if gate.admits(said(each, each)):
            gate.left(each)
    return gate


def passing() -> Passing:
    waiting: list[Callable[[], None]] = []
    inline = Passing(lambda _query: None, lambda _key, job, **_: waiting.append(job))
    for each in PEOPLE:
        inline.take({"id": str(each), "from": {"id": each}})
        waiting.pop()()
    return inline


def handling() -> Handling:
    around = Handling(None, is_operator=lambda _user_id: True)
    handled = around.around(lambda _update_id, _update: None)
    for each in PEOPLE:
        handled(each, said(each, each))
    return around


def confirming(kind: Callable[[], WhenDone]) -> WhenDone:
    confirmed = kind()
    for each in PEOPLE:
        confirmed.taken([each])
        confirmed.done(each)
        confirmed.offset(each + 1)
    return confirmed


def dispatcher() -> Dispatcher:
    chats = Dispatcher(4)
    for each in PEOPLE:
        chats.submit(each, lambda: None)
    assert chats.settle()
    chats.stop(30.0)
    return chats


def forgetful() -> ForgetfulInbox:
    inbox = ForgetfulInbox()
    for each in PEOPLE:
        inbox.add([(each, "")])
    return inbox


def counts() -> Counts:
    counted = Counts()
    for each in PEOPLE:
        counted.add(str(each))
    return counted


def timings() -> Timings:
    timed = Timings()
    for each in PEOPLE:
        timed.add(0.1, str(each))
    return timed


def monitor() -> Monitor:
    steps = Monitor(slow_ms=1e9, utcnow=utc_now)
    for each in PEOPLE:
        with steps.working(str(each)):
            pass
    return steps


def remembered() -> Remembered[int, int]:
    memory = Remembered[int, int]()
    for each in PEOPLE:
        memory.read(each, lambda key: key)
    return memory


def cache() -> Cache[int, int]:
    kept = Cache[int, int](max_size=100)
    for each in PEOPLE:
        kept.get(each, lambda: 1)
    return kept


TABLES: dict[str, Callable[[], object]] = {
    "limits": limited,
    "who waits to send": line,
    "sent once": sent_once,
    "troubles of calls": outgoing,
    "turnstile of strangers": lambda: turnstile(of_operators=False),
    "turnstile of operators": lambda: turnstile(of_operators=True),
    "inline queries": passing,
    "operators at the desk": handling,
    "updates that Telegram keeps": lambda: confirming(WhenDone),
    "updates that the disk keeps": lambda: confirming(lambda: WhenSafe(lambda: True)),
    "lines of chats": dispatcher,
    "an inbox that is off": forgetful,
    "counts": counts,
    "timings": timings,
    "steps": monitor,
    "what the database holds": remembered,
    "rates": cache,
}


HOUR_S = 3600.0
OF_NOW: dict[str, tuple[Callable[[], object], dict[str, int]]] = {
    "limits": (lambda: limited(HOUR_S), {"_free_at": 2, "_blocked_until": 1}),
    "who waits to send": (lambda: line(HOUR_S), {"_kept": 1}),
    "troubles of calls": (lambda: outgoing(HOUR_S), {"_troubles": 1}),
    "turnstile of strangers": (lambda: turnstile(of_operators=False, apart_s=HOUR_S), {"_seen_at": 1}),
}
"""What is worthless after a while, and how much is left of those who came an hour apart."""


@pytest.mark.parametrize("table", OF_NOW)
def test_of_twelve_thousand_people_who_come_an_hour_apart_only_the_last_are_left(table: str) -> None:
    make, left = OF_NOW[table]
    assert left.items() <= longest(make()).items()


@pytest.mark.parametrize("table", TABLES)
def test_twelve_thousand_people_who_come_once_leave_a_bounded_table(table: str) -> None:
    kept = longest(TABLES[table]())
    assert kept
    assert {name: length for name, length in kept.items() if length > MOST} == {}


def test_what_would_grow_is_seen() -> None:
    inbox = MemoryInbox()
    for number in itertools.islice(itertools.count(), MOST + 1):
        inbox.add([(number, "")])
    assert max(longest(inbox).values()) > MOST
