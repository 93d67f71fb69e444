"""Snapshots in a real Redis: the newest of each feed, for who comes after, and at once for who stands by."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from calc.directions import Currency
from calc.snapshots import FiatTable, Snapshot, UsdtRub
from storage.errors import RedisAway
from storage.redis_link import Link
from storage.redis_listener import Listener, listener_to
from storage.redis_rates import RedisRates
from storage.redis_wire import RedisWire
from tests.redis_server import RedisServer
from tests.storage.redis_desk import patient_link

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
USDT = UsdtRub(Decimal("81.65"), "rapira", NOW, bid=Decimal("81.62"), ask=Decimal("81.66"), as_of=NOW)
FIAT = FiatTable({Currency.RUB: Decimal("80.9512"), Currency.IDR: Decimal(16712)}, "cbr", NOW)
WITHIN_S = 60.0


def until(found: Callable[[], bool]) -> None:
    never = threading.Event()
    for _ in range(1500):
        if found():
            return
        never.wait(0.02)
    raise AssertionError("it does not come to be")


@pytest.fixture
def link(redis_of_its_own: RedisServer) -> Iterator[Link]:
    link = patient_link(redis_of_its_own.url)
    link._pause_s = 0.05
    link.start()
    yield link
    link.stop(WITHIN_S)


@pytest.fixture
def rates(link: Link) -> RedisRates:
    return RedisRates(link, desk="desk:1")


@pytest.fixture
def listen(redis_of_its_own: RedisServer, rates: RedisRates) -> Iterator[Callable[[], Listener]]:
    made: list[Listener] = []

    def listening() -> Listener:
        made.append(listener_to(redis_of_its_own.url, rates))
        made[-1].start()
        until(lambda: redis_of_its_own.say("PUBSUB", "NUMSUB", rates.channel).endswith("1"))
        return made[-1]

    yield listening
    for each in made:
        each.stop(WITHIN_S)
        assert not each._thread.is_alive()


def test_what_was_kept_comes_back_as_it_was(rates: RedisRates) -> None:
    assert rates.last() == []
    rates.keep(USDT)
    rates.keep(FIAT)
    assert rates.last() == [USDT, FIAT]


def test_an_older_one_that_comes_late_takes_no_place(rates: RedisRates) -> None:
    """As from a process that was frozen with it."""
    later = replace(USDT, close=Decimal("82.10"), fetched_at=NOW + timedelta(microseconds=1))
    rates.keep(later)
    rates.keep(USDT)
    assert rates.last() == [later]


def test_two_desks_on_one_redis_have_rates_of_their_own(link: Link, rates: RedisRates) -> None:
    rates.keep(USDT)
    assert RedisRates(link, desk="desk:2").last() == []


@pytest.mark.parametrize(
    "text", ["", "x" * 33 + "[", "x" * 33 + "[1, 2]", "x" * 33 + '["fiat", "cbr", "now", 1, 2, 3, 4, "{}"]']
)
def test_what_cannot_be_read_is_left_out(link: Link, rates: RedisRates, text: str) -> None:
    rates.keep(FIAT)
    link.ask("SET", "desk:1:rates:usdt_rub", text)
    assert rates.last() == [FIAT]


def test_without_redis_there_are_none_and_nobody_minds(link: Link, rates: RedisRates) -> None:
    link._fall("gone", link._visit)
    rates.keep(USDT)
    assert rates.last() == []


def heard(listener: Listener, *wanted: Snapshot) -> None:
    until(lambda: all(each in listener.snapshots() for each in wanted))


def test_who_stands_by_hears_of_each_at_once_and_of_those_before(
    rates: RedisRates, listen: Callable[[], Listener]
) -> None:
    rates.keep(USDT)
    listener = listen()
    heard(listener, USDT)
    rates.keep(FIAT)
    later = replace(USDT, fetched_at=NOW + timedelta(seconds=120))
    rates.keep(later)
    heard(listener, FIAT, later)
    assert len(listener.snapshots()) == 2


def test_who_stands_by_is_not_disturbed_by_what_it_cannot_read_or_has(
    link: Link, rates: RedisRates, listen: Callable[[], Listener]
) -> None:
    listener = listen()
    link.ask("PUBLISH", rates.channel, "nonsense")
    rates.keep(USDT)
    heard(listener, USDT)
    text = link.ask("GET", "desk:1:rates:usdt_rub")
    link.ask("PUBLISH", rates.channel, text.replace("09:30", "09:29"))
    rates.keep(FIAT)
    heard(listener, FIAT)
    assert listener.snapshots() == [USDT, FIAT]


def test_what_was_missed_is_read_when_redis_is_back(
    redis_of_its_own: RedisServer, link: Link, rates: RedisRates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.redis_listener.PAUSE_S", 0.05)
    listener = Listener(lambda: RedisWire(redis_of_its_own.url, timeout_s=WITHIN_S), rates)
    listener.start()
    rates.keep(USDT)
    heard(listener, USDT)
    redis_of_its_own.kill()
    with pytest.raises(RedisAway):
        link.ask("PING")
    link._pause_s = 0.05
    redis_of_its_own.start()
    until(lambda: link.is_here)
    rates.keep(FIAT)
    heard(listener, FIAT)
    listener.stop(WITHIN_S)
    assert not listener._thread.is_alive()


def test_it_ends_while_there_is_no_redis_to_listen_to(rates: RedisRates) -> None:
    listener = listener_to("redis://127.0.0.1:9", rates)
    listener.start()
    listener.stop(WITHIN_S)
    assert not listener._thread.is_alive()
    assert listener.snapshots() == []


def test_one_that_is_stopped_before_it_is_connected_does_not_listen(
    redis_of_its_own: RedisServer, rates: RedisRates
) -> None:
    listener = listener_to(redis_of_its_own.url, rates)
    listener._stopping.set()
    listener._listen()
    assert redis_of_its_own.say("PUBSUB", "CHANNELS") == ""
