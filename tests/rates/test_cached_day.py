"""A day of the desk by the clock: how many looks at the market are answered out of memory, and by how many calls."""

import random

import pytest

from calc.snapshots import Feed, Market
from tests.rates.conftest import Clock
from tests.rates.desks import HOUR, MINUTE, TTL_S, Desk

DAY_S, OPENS_S, CLOSES_S = 24 * HOUR, 9 * HOUR, 21 * HOUR
QUOTES, LOOKS_A_QUOTE = 150, 6
"""Of a busy desk: each screen of a quote looks at the market, and each look is for two snapshots."""
TURN_S = {Feed.USDT_RUB: 120.0, Feed.FIAT: TTL_S[Feed.FIAT]}
OUTAGES = [
    (11 * HOUR, 11 * HOUR + 20 * MINUTE),
    (15 * HOUR, 15 * HOUR + 3 * MINUTE),
    (19 * HOUR, 19 * HOUR + 9 * MINUTE),
]
"""Of the exchange; the second one is over before anything grew old."""


class Day:
    """Seconds of a day; the exchange is away now and then."""

    def __init__(self, clock: Clock, *, seed: int, on_demand: bool) -> None:
        dice = random.Random(seed)
        begins = [dice.uniform(OPENS_S, CLOSES_S) for _ in range(QUOTES)]
        self.looks = sorted(begin + number * dice.uniform(2, 20) for begin in begins for number in range(LOOKS_A_QUOTE))
        self.desk = Desk(clock, on_demand=on_demand)
        self._midnight_s = clock.seconds

    def come_to(self, moment_s: float) -> None:
        self.desk.clock.seconds = self._midnight_s + moment_s
        self.desk.usdt_rub.fails = self.is_out(moment_s)

    def is_out(self, moment_s: float) -> bool:
        return any(begin <= moment_s < end for begin, end in OUTAGES)

    def look(self) -> int:
        """How many of the two snapshots are there and fresh; what a look sets going is done when it is over."""
        market = self.desk.book.market()
        for job in self.desk.beside:
            job()
        self.desk.beside.clear()
        return self.fresh(market)

    def fresh(self, market: Market) -> int:
        now, held = self.desk.clock.utcnow(), (market.usdt_rub, market.fiat)
        return sum(each is not None and (now - each.fetched_at).total_seconds() < TTL_S[each.feed] for each in held)

    @property
    def share_from_memory(self) -> float:
        stats = self.desk.cache.stats()
        return stats.hits / (stats.hits + stats.misses)


@pytest.mark.parametrize("seed", range(5))
def test_a_desk_with_refreshers_finds_a_fresh_rate_in_memory(clock: Clock, seed: int) -> None:
    day = Day(clock, seed=seed, on_demand=False)
    turns = [(number * turn_s, feed) for feed, turn_s in TURN_S.items() for number in range(int(DAY_S // turn_s) + 1)]
    fresh = 0

    for moment_s, feed in sorted([*turns, *((moment_s, None) for moment_s in day.looks)], key=lambda each: each[0]):
        day.come_to(moment_s)
        if feed is None:
            fresh += day.look()
        elif feed is Feed.FIAT or not day.is_out(moment_s):
            day.desk.book.refresh(feed)

    assert day.share_from_memory == 1.0
    assert fresh / (2 * len(day.looks)) > 0.95


@pytest.mark.parametrize("seed", range(5))
def test_a_desk_without_refreshers_makes_one_call_for_each_expiry_that_is_seen(clock: Clock, seed: int) -> None:
    day = Day(clock, seed=seed, on_demand=True)
    for feed in Feed:
        day.desk.book.load(feed)

    for moment_s in day.looks:
        day.come_to(moment_s)
        day.look()

    assert day.share_from_memory > 0.95
    assert day.desk.calls == (calls(day, Feed.USDT_RUB), calls(day, Feed.FIAT))


def calls(day: Day, feed: Feed) -> int:
    """By the rule itself: who finds an entry that has expired has it fetched; a failure is not repeated for 3 s."""
    made, expires_s, rests_until_s = 1, TTL_S[feed], 0.0
    for moment_s in day.looks:
        if moment_s >= expires_s and moment_s >= rests_until_s:
            made += 1
            if feed is Feed.USDT_RUB and day.is_out(moment_s):
                rests_until_s = moment_s + 3.0
            else:
                expires_s = moment_s + TTL_S[feed]
    return made
