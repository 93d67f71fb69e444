"""A jump is held until a second source or the next fetch confirms it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.snapshots import Feed, Snapshot, UsdtRub
from rates.acceptance import Acceptance
from rates.errors import NotConfirmed
from rates.hooks import Hooks
from tests.market import PER_USD
from tests.rates.conftest import NOW
from tests.rates.snapshots import FIAT, USDT_RUB


class Taking:
    """An acceptance, who was told, and what another source would say."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Snapshot]] = []
        self.asked = 0
        self.other: Snapshot | None = None
        hooks: Hooks[Snapshot] = Hooks()
        hooks.subscribe(lambda name, snapshot: self.told.append((name, snapshot)))
        self.acceptance = Acceptance(hooks)

    def take(self, snapshot: Snapshot) -> bool:
        """Whether it was accepted."""
        try:
            self.acceptance.examine(snapshot, ask_another=self.ask_another)
        except NotConfirmed:
            return False
        self.acceptance.accept(snapshot)
        return True

    def ask_another(self) -> Snapshot | None:
        self.asked += 1
        return self.other


@pytest.fixture
def taking() -> Taking:
    return Taking()


def at(close: str, *, after_s: float, source: str = "rapira") -> UsdtRub:
    return UsdtRub(Decimal(close), source, NOW + timedelta(seconds=after_s))


def test_the_first_snapshot_of_a_feed_is_accepted_since_there_is_nothing_to_compare_it_with(taking: Taking) -> None:
    assert taking.take(USDT_RUB)
    assert taking.take(FIAT)
    assert taking.told == [("usdt_rub", USDT_RUB), ("fiat", FIAT)]
    assert taking.asked == 0


def test_a_move_within_the_limit_is_accepted_and_no_other_source_is_asked(taking: Taking) -> None:
    assert taking.take(at("80", after_s=0))
    assert taking.take(at("82.4", after_s=120))
    assert taking.asked == 0


def test_a_jump_is_held_and_nobody_hears_of_it(taking: Taking, caplog: pytest.LogCaptureFixture) -> None:
    before, jumped = at("80", after_s=0), at("83", after_s=120)
    taking.take(before)
    assert not taking.take(jumped)
    assert taking.asked == 1
    assert taking.acceptance.held() == (jumped,)
    assert taking.told == [("usdt_rub", before)]
    assert "jump held feed=usdt_rub source=rapira close=83 was=80" in caplog.text


def test_the_next_fetch_confirms_a_jump(taking: Taking, caplog: pytest.LogCaptureFixture) -> None:
    taking.take(at("80", after_s=0))
    taking.take(at("83", after_s=120))
    confirming = at("83.5", after_s=135)
    assert taking.take(confirming)
    assert taking.acceptance.held() == ()
    assert taking.told[-1] == ("usdt_rub", confirming)
    assert "jump confirmed feed=usdt_rub source=rapira by=the next fetch" in caplog.text


def test_a_fetch_in_the_same_moment_confirms_nothing_however_often_it_is_repeated(taking: Taking) -> None:
    taking.take(at("80", after_s=0))
    for after_s in (120.0, 122.0, 124.9):
        assert not taking.take(at("83", after_s=after_s))
    assert taking.take(at("83", after_s=125))


def test_a_next_fetch_that_is_back_is_accepted_and_the_jump_forgotten(
    taking: Taking, caplog: pytest.LogCaptureFixture
) -> None:
    taking.take(at("80", after_s=0))
    taking.take(at("83", after_s=120))
    assert taking.take(at("80.2", after_s=135))
    assert taking.acceptance.held() == ()
    assert "jump gone feed=usdt_rub source=rapira" in caplog.text
    assert not taking.take(at("83", after_s=150)), "an earlier jump must not confirm a later one"


def test_a_next_fetch_that_is_somewhere_else_again_is_held_in_its_place(taking: Taking) -> None:
    taking.take(at("80", after_s=0))
    taking.take(at("83", after_s=120))
    elsewhere = at("90", after_s=135)
    assert not taking.take(elsewhere)
    assert taking.acceptance.held() == (elsewhere,)
    assert taking.take(at("90", after_s=150))


def test_another_source_confirms_a_jump_at_once(taking: Taking, caplog: pytest.LogCaptureFixture) -> None:
    taking.take(at("80", after_s=0))
    taking.other = at("82.9", after_s=120, source="coingecko")
    assert taking.take(at("83", after_s=120))
    assert "jump confirmed feed=usdt_rub source=rapira by=coingecko" in caplog.text


@pytest.mark.parametrize("close", ["80", "81.4", "90"])
def test_another_source_that_sees_no_such_jump_confirms_nothing(taking: Taking, close: str) -> None:
    taking.take(at("80", after_s=0))
    taking.other = at(close, after_s=120, source="coingecko")
    assert not taking.take(at("83", after_s=120))


def test_a_jump_of_one_feed_does_not_hold_the_other(taking: Taking) -> None:
    taking.take(at("80", after_s=0))
    taking.take(FIAT)
    taking.take(at("83", after_s=120))
    assert taking.take(replace(FIAT, fetched_at=NOW + timedelta(hours=1)))


def test_a_restored_snapshot_is_what_the_first_fetch_is_compared_with(taking: Taking) -> None:
    taking.acceptance.restore(at("80", after_s=0))
    assert taking.told == []
    assert not taking.take(at("83", after_s=120))


def test_the_time_without_a_change_counts_from_the_first_fetch_with_these_values(taking: Taking) -> None:
    def since() -> Callable[[Feed], float]:
        moments = taking.acceptance.unchanged_since()
        return lambda feed: (moments[feed] - NOW).total_seconds()

    for after_s in (0, 120, 240):
        taking.take(at("80", after_s=after_s, source="rapira" if after_s else "coingecko"))
        assert since()(Feed.USDT_RUB) == 0
    taking.take(at("80.01", after_s=360))
    assert since()(Feed.USDT_RUB) == 360
    taking.take(FIAT)
    taking.take(replace(FIAT, per_usd={**PER_USD}, fetched_at=NOW + timedelta(hours=1)))
    assert since()(Feed.FIAT) == 0


def test_a_failing_subscriber_stops_no_other_and_no_rate(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Snapshot] = []
    hooks: Hooks[Snapshot] = Hooks()

    def fail(_name: str, _snapshot: Snapshot) -> None:
        raise OSError("the disk is full")

    hooks.subscribe(fail)
    hooks.subscribe(lambda _, snapshot: heard.append(snapshot))
    acceptance = Acceptance(hooks)
    acceptance.accept(USDT_RUB)
    assert heard == [USDT_RUB]
    assert "subscriber failed name=usdt_rub" in caplog.text


def test_subscribers_are_called_outside_of_the_lock() -> None:
    """One that looks at the acceptance it is told by would wait for ever inside of it."""
    hooks: Hooks[Snapshot] = Hooks()
    acceptance = Acceptance(hooks)
    seen: list[tuple[Snapshot, ...]] = []
    hooks.subscribe(lambda *_: seen.append(acceptance.held()))
    acceptance.accept(USDT_RUB)
    assert seen == [()]
