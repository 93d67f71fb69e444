"""Every amount has one margin: that of the only tier it belongs to."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calc.base import BaseRate
from calc.deal import quote_getting, quote_paying
from calc.directions import DIRECTIONS, Currency, Direction
from calc.floors import Floor, Policy
from calc.margins import Margin
from calc.tiers import Ladder, Tier, tier_for
from tests.market import BASES

RUB_USDT = Direction.parse("RUB-USDT")
ISSUE = Ladder.parse("<100000 3%, <1000000 2%, 1.2%")


def base_of(direction: Direction) -> BaseRate:
    return BaseRate(
        direction=direction,
        value=Decimal(BASES[str(direction)]),
        legs=(),
        cross=None,
        peg=None,
        rub_per_usdt_bid=None,
        rub_per_usdt_ask=None,
    )


cents = st.integers(1, 10**12).map(lambda count: Decimal(f"{count}E-2"))
percents = st.integers(1, 5_000).map(lambda count: Margin(Decimal(f"{count}E-2")))
absolutes = st.integers(1, 10**12).map(lambda count: Margin(Decimal(f"{count}E-6"), absolute=True))
margins = st.one_of(percents, absolutes)


@st.composite
def ladders(draw: st.DrawFn, margin: st.SearchStrategy[Margin] = margins) -> Ladder:
    bounds = sorted(draw(st.sets(cents, max_size=6)))
    return Ladder(draw(margin), tuple((bound, draw(margin)) for bound in bounds))


@given(ladders(), cents)
def test_every_amount_falls_into_exactly_one_tier(ladder: Ladder, pays: Decimal) -> None:
    holding = [tier for tier in ladder.tiers if pays >= tier.since and (tier.below is None or pays < tier.below)]
    assert holding == [ladder.tier_of(pays)]


@given(ladders(), st.data())
def test_a_bound_belongs_to_the_tier_above_it(ladder: Ladder, data: st.DataObject) -> None:
    assume(ladder.steps)
    bound = data.draw(st.sampled_from([below for below, _ in ladder.steps]))
    assert ladder.tier_of(bound).since == bound
    assert ladder.tier_of(bound - Decimal("0.01")).since < bound


@given(ladders())
def test_a_ladder_reads_as_it_is_printed(ladder: Ladder) -> None:
    assert Ladder.parse(str(ladder)) == ladder
    assert str(Ladder.parse(str(ladder))) == str(ladder)


@given(ladders(), cents, margins)
def test_a_tier_that_is_added_and_taken_away_leaves_what_was(ladder: Ladder, below: Decimal, margin: Margin) -> None:
    added = ladder.with_step(below, margin)
    assert added.tier_of(below - Decimal("0.01")).margin == margin
    assume(below not in dict(ladder.steps))
    assert added.without_step(below) == ladder


@pytest.mark.parametrize(
    ("pays", "margin"), [("0.01", "3%"), ("99999.99", "3%"), ("100000", "2%"), ("999999.99", "2%"), ("1000000", "1.2%")]
)
def test_an_amount_at_a_bound_is_above_it(pays: str, margin: str) -> None:
    assert ISSUE.tier_of(Decimal(pays)).margin == Margin.parse(margin)


def test_bounds_rise() -> None:
    with pytest.raises(ValueError, match="do not rise"):
        Ladder.parse("<1000000 2%, <100000 3%, 1.2%")
    with pytest.raises(ValueError, match="do not rise"):
        Ladder.parse("<0 2%, 1.2%")


def test_a_ladder_of_one_margin_has_one_tier() -> None:
    assert Ladder(Margin(Decimal(2))).tiers == (Tier(Decimal(0), None, Margin(Decimal(2))),)


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
@given(data=st.data())
def test_an_exact_amount_has_the_tier_of_what_is_paid_for_it(direction: Direction, data: st.DataObject) -> None:
    """Or stands between two tiers: then it has the lower one, whose margin makes it cost more than that one holds."""
    base = base_of(direction)
    per_one = Decimal(BASES[str(direction)])
    usual = 10_000 if direction.pays is Currency.USDT else 1_000_000
    bounds = sorted(data.draw(st.sets(st.integers(1, usual), max_size=5)))
    ladder = Ladder(data.draw(percents), tuple((Decimal(bound), data.draw(percents)) for bound in bounds))
    worth = usual * (per_one if direction.pays is Currency.USDT else 1 / per_one)
    gets = Decimal(max(1, data.draw(st.integers(1, int(2 * worth) + 1))))

    tier = tier_for(ladder, base, amount=gets, reverse=True)

    pays = quote_getting(base, tier.margin, gets=gets).pays
    assert pays >= tier.since
    if ladder.tier_of(pays) != tier:
        above = next(each for each in ladder.tiers if each.since == tier.below)
        assert quote_getting(base, above.margin, gets=gets).pays < above.since


def test_an_amount_that_is_paid_has_its_own_tier() -> None:
    base = base_of(RUB_USDT)
    assert tier_for(ISSUE, base, amount=Decimal(100_000), reverse=False).margin == Margin(Decimal(2))


@pytest.mark.parametrize(
    ("gets", "margin", "pays"),
    [
        ("1180", "3%", "99249.80"),  # below the bound at 3 %
        ("1195", "3%", "100511.45"),  # 99 531,55 at 2 %: too little for the tier of 2 %
        ("1201", "2%", "100031.29"),
        ("20000", "1.2%", "1652800.00"),
    ],
)
def test_the_margin_of_a_large_amount_is_given_to_who_pays_one(gets: str, margin: str, pays: str) -> None:
    base = base_of(RUB_USDT)
    tier = tier_for(ISSUE, base, amount=Decimal(gets), reverse=True)
    assert tier.margin == Margin.parse(margin)
    assert quote_getting(base, tier.margin, gets=Decimal(gets)).pays == Decimal(pays)


def test_a_floor_is_above_what_earns_less() -> None:
    floor = Floor(Decimal("0.5"), Policy.WARN)
    earned = quote_paying(base_of(RUB_USDT), Margin(Decimal("0.4")), pays=Decimal(100_000)).earned_percent
    assert floor.is_above(earned)
    assert not floor.blocks(earned)
    assert not floor.is_above(Decimal("0.5"))
    assert Floor(Decimal("0.5"), Policy.BLOCK).blocks(earned)
    assert not Floor(Decimal("0.5"), Policy.BLOCK).blocks(Decimal("0.5"))
    assert not Floor(Decimal("0.5"), Policy.OFF).is_above(Decimal(-3))


@given(st.integers(0, 5_000).map(lambda count: Decimal(f"{count}E-2")), st.sampled_from(Policy))
def test_a_floor_reads_as_it_is_printed(percent: Decimal, policy: Policy) -> None:
    floor = Floor(percent, policy)
    assert Floor.parse(str(floor)) == floor
