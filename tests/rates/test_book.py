"""The book answers out of memory; what it brings up to date is bounded in age and kept."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.snapshots import Feed, Market, UsdtRub
from rates.errors import NoRate, NotConfirmed
from tests.rates.conftest import NOW, Clock
from tests.rates.desks import HOUR, MINUTE, TTL_S, Desk
from tests.rates.snapshots import FIAT, USDT_RUB


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock)


@pytest.fixture
def on_demand(clock: Clock) -> Desk:
    return Desk(clock, on_demand=True)


def test_an_empty_book_knows_nothing_and_asks_nobody(desk: Desk, on_demand: Desk) -> None:
    for each in (desk, on_demand):
        assert each.book.market() == Market()
        assert (each.calls, each.beside) == ((0, 0), [])


def test_what_is_loaded_is_in_the_market_and_kept(desk: Desk) -> None:
    assert [desk.book.load(feed) for feed in Feed] == [USDT_RUB, FIAT]
    assert desk.book.market() == Market(USDT_RUB, FIAT, unchanged_since={feed: desk.clock.utcnow() for feed in Feed})
    assert [desk.book.load(feed) for feed in Feed] == [USDT_RUB, FIAT]
    assert desk.kept == [USDT_RUB, FIAT]
    assert desk.calls == (1, 1)


def test_a_refresh_goes_past_what_is_fresh(desk: Desk) -> None:
    desk.book.load(Feed.USDT_RUB)
    desk.clock.forward(1)
    assert desk.book.refresh(Feed.USDT_RUB).fetched_at == NOW + timedelta(seconds=1)
    assert desk.calls == (2, 0)


def test_a_refresh_that_fails_leaves_the_last_good_one(desk: Desk) -> None:
    desk.book.load(Feed.USDT_RUB)
    desk.usdt_rub.fails = True
    with pytest.raises(NoRate) as caught:
        desk.book.refresh(Feed.USDT_RUB)
    assert desk.book.last_error(Feed.USDT_RUB) is caught.value
    assert desk.book.last_error(Feed.FIAT) is None
    assert desk.book.market().usdt_rub == USDT_RUB

    desk.usdt_rub.fails = False
    desk.book.refresh(Feed.USDT_RUB)
    assert desk.book.last_error(Feed.USDT_RUB) is None


def test_the_last_good_one_is_forgotten_long_after_it_may_be_quoted(desk: Desk) -> None:
    for feed in Feed:
        desk.book.load(feed)
    desk.clock.forward(24 * HOUR - 0.001)
    assert (desk.book.market().usdt_rub, desk.book.market().fiat) == (USDT_RUB, FIAT)
    desk.clock.forward(0.001)
    assert (desk.book.market().usdt_rub, desk.book.market().fiat) == (None, FIAT)
    desk.clock.forward(13 * 24 * HOUR - 0.001)
    assert desk.book.market().fiat == FIAT
    desk.clock.forward(0.001)
    assert desk.book.market().fiat is None


def test_what_is_too_old_is_fetched_and_waited_for(desk: Desk) -> None:
    desk.book.load(Feed.USDT_RUB)
    desk.clock.forward(31 * MINUTE)
    assert desk.book.load(Feed.USDT_RUB).fetched_at == desk.clock.utcnow()


def test_what_grew_too_old_while_the_machine_slept_is_fetched(desk: Desk) -> None:
    """The monotonic clock of the cache stands still then; the clock of the day does not."""
    asleep = replace(USDT_RUB, fetched_at=NOW - timedelta(minutes=30))
    desk.cache.put(Feed.USDT_RUB, asleep)
    assert desk.book.load(Feed.USDT_RUB) == USDT_RUB


def test_a_snapshot_that_cannot_be_kept_is_a_rate_all_the_same(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.keep_fails = True
    assert desk.book.load(Feed.FIAT) == FIAT
    assert desk.book.market().fiat == FIAT
    assert "subscriber failed name=fiat" in caplog.text


def test_a_restored_snapshot_has_the_age_it_has(desk: Desk) -> None:
    desk.clock.forward(20 * HOUR)
    desk.book.restore([USDT_RUB, FIAT])
    desk.clock.forward(4 * HOUR - 0.001)
    assert (desk.book.market().usdt_rub, desk.book.market().fiat) == (USDT_RUB, FIAT)
    desk.clock.forward(0.001)
    assert (desk.book.market().usdt_rub, desk.book.market().fiat) == (None, FIAT)
    assert desk.kept == []


def test_a_restored_snapshot_is_fresh_for_what_is_left_of_its_time(desk: Desk) -> None:
    desk.clock.forward(299)
    desk.book.restore([USDT_RUB])
    desk.book.load(Feed.USDT_RUB)
    assert desk.beside == []
    desk.clock.forward(1)
    desk.book.load(Feed.USDT_RUB)
    assert len(desk.beside) == 1


def test_a_restored_snapshot_of_a_clock_that_is_a_little_ahead_is_new(desk: Desk) -> None:
    ahead = replace(USDT_RUB, fetched_at=NOW + timedelta(seconds=60))
    desk.book.restore([ahead])
    desk.clock.forward(24 * HOUR - 1)
    assert desk.book.market().usdt_rub == ahead
    desk.clock.forward(1)
    assert desk.book.market().usdt_rub is None


@pytest.mark.parametrize("age", [timedelta(hours=24), timedelta(seconds=-61)])
def test_what_was_kept_too_long_ago_or_by_a_wrong_clock_is_left_out(desk: Desk, age: timedelta) -> None:
    desk.book.restore([replace(USDT_RUB, fetched_at=NOW - age)])
    assert desk.book.market() == Market()
    assert desk.cache.stats().entries == 0


def test_on_demand_a_look_at_what_is_stale_refreshes_it_beside_and_answers_at_once(on_demand: Desk) -> None:
    on_demand.book.load(Feed.USDT_RUB)
    assert on_demand.book.market().usdt_rub == USDT_RUB
    assert on_demand.beside == []

    on_demand.clock.forward(TTL_S[Feed.USDT_RUB])
    assert on_demand.book.market().usdt_rub == USDT_RUB
    assert on_demand.book.market().usdt_rub == USDT_RUB
    (job,) = on_demand.beside
    job()
    refreshed = on_demand.book.market().usdt_rub
    assert isinstance(refreshed, UsdtRub)
    assert refreshed.fetched_at == on_demand.clock.utcnow()
    assert on_demand.calls == (2, 0)

    on_demand.clock.forward(24 * HOUR)
    assert on_demand.book.market().usdt_rub is None


def test_with_a_refresher_nobody_else_asks_the_sources(desk: Desk) -> None:
    desk.book.load(Feed.USDT_RUB)
    desk.clock.forward(TTL_S[Feed.USDT_RUB])
    assert desk.book.market().usdt_rub == USDT_RUB
    assert desk.beside == []


def test_what_has_become_too_old_by_its_own_time_is_fetched_again_however_lately_it_came(desk: Desk) -> None:
    desk.fiat.snapshot = replace(FIAT, source="apilayer", as_of=NOW - timedelta(hours=78))
    desk.book.load(Feed.FIAT)
    desk.clock.forward(1 * HOUR)
    desk.book.load(Feed.FIAT)
    assert desk.fiat.calls == 1
    desk.clock.forward(1 * HOUR)
    desk.book.load(Feed.FIAT)
    assert desk.fiat.calls == 2


def test_a_jump_is_no_rate_yet_and_what_was_before_stays_in_the_market_beside_it(desk: Desk) -> None:
    before = desk.book.load(Feed.USDT_RUB)
    desk.usdt_rub.snapshot = replace(USDT_RUB, close=Decimal(90), bid=Decimal("89.9"), ask=Decimal("90.1"))
    desk.usdt_rub.second = None
    desk.clock.forward(120)
    with pytest.raises(NotConfirmed):
        desk.book.refresh(Feed.USDT_RUB)
    assert desk.usdt_rub.other_than == [None, None, "rapira"]
    market = desk.book.market()
    assert market.usdt_rub == before
    assert [each.fetched_at for each in market.held] == [desk.clock.utcnow()]
    assert desk.kept == [before]
    assert desk.book.last_error(Feed.USDT_RUB) is None

    desk.clock.forward(15)
    confirmed = desk.book.refresh(Feed.USDT_RUB)
    assert desk.book.market().usdt_rub == confirmed
    assert desk.book.market().held == ()
    assert desk.kept == [before, confirmed]


def test_who_is_told_of_a_confirmed_jump_finds_it_in_the_market_and_not_what_was_before(desk: Desk) -> None:
    desk.book.load(Feed.USDT_RUB)
    desk.usdt_rub.snapshot = replace(USDT_RUB, close=Decimal(90), bid=Decimal("89.9"), ask=Decimal("90.1"))
    desk.clock.forward(120)
    with pytest.raises(NotConfirmed):
        desk.book.refresh(Feed.USDT_RUB)
    seen: list[Market] = []
    desk.accepted.subscribe(lambda *_: seen.append(desk.book.market()))
    desk.clock.forward(15)
    confirmed = desk.book.refresh(Feed.USDT_RUB)
    assert [(market.usdt_rub, market.held) for market in seen] == [(confirmed, ())]


def test_a_second_source_confirms_a_jump_in_the_same_fetch(desk: Desk) -> None:
    desk.book.load(Feed.USDT_RUB)
    jumped = replace(USDT_RUB, close=Decimal(90), bid=Decimal("89.9"), ask=Decimal("90.1"))
    desk.usdt_rub.snapshot = jumped
    desk.usdt_rub.second = replace(jumped, source="coingecko", close=Decimal("89.5"), bid=None, ask=None)
    desk.clock.forward(120)
    assert desk.book.refresh(Feed.USDT_RUB) == replace(jumped, fetched_at=desk.clock.utcnow())
