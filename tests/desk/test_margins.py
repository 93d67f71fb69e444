"""Which margin stands where none is named, and which floors and margins fit together."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.base import Price, base_rate
from calc.deal import MarginTooLarge, quote_paying
from calc.directions import DIRECTIONS, Cross, Currency, Direction
from calc.floors import Floor, Policy
from calc.margins import Margin
from calc.quotes import Author
from calc.snapshots import Feed, Market
from calc.tiers import Ladder
from desk.margins import ROOM, STANDARD_BUTTONS, DeskMargins, FloorAboveMargin, Tariff, Whose, percent_of
from desk.offers import NoUsableRate, Offer
from tests.chat.book import FIAT, NOW, USDT_RUB

RUB_USDT, RUB_IDR, USDT_THB = (Direction.parse(text) for text in ("RUB-USDT", "RUB-IDR", "USDT-THB"))
ANNA, BORIS = Author(1001, "Анна"), Author(1002, "Борис")
TIERS, TWO, ONE = Ladder.parse("<100000 3%, <1000000 2%, 1.2%"), Ladder.parse("2%"), Ladder.parse("1%")


class Store:
    """In memory; what was changed counts only when all of it was."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int | None, Direction], Ladder] = {}
        self.kept_floors: dict[Direction, Floor] = {}
        self.kept_buttons: dict[tuple[int, Direction | None], tuple[Margin, ...]] = {}
        self.changes: list[tuple[Author, datetime]] = []
        self.is_held = False

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        self.is_held = True
        yield
        self.is_held = False

    def ladder(self, user_id: int | None, direction: Direction) -> Ladder | None:
        return self.kept.get((user_id, direction))

    def ladders(self, user_id: int | None) -> dict[Direction, Ladder]:
        return {direction: ladder for (owner, direction), ladder in self.kept.items() if owner == user_id}

    def set_ladders(
        self, user_id: int | None, ladders: Mapping[Direction, Ladder | None], *, by: Author, at: datetime
    ) -> None:
        assert self.is_held
        self.changes.append((by, at))
        for direction, ladder in ladders.items():
            self.kept.pop((user_id, direction), None)
            if ladder is not None:
                self.kept[user_id, direction] = ladder

    def floor(self, direction: Direction) -> Floor | None:
        return self.kept_floors.get(direction)

    def floors(self) -> dict[Direction, Floor]:
        return self.kept_floors

    def set_floors(self, floors: Mapping[Direction, Floor | None], *, by: Author, at: datetime) -> None:
        assert self.is_held
        self.changes.append((by, at))
        self.kept_floors |= {direction: floor for direction, floor in floors.items() if floor is not None}

    def buttons(self, user_id: int, direction: Direction | None) -> tuple[Margin, ...]:
        return self.kept_buttons.get((user_id, direction), ())

    def set_buttons(
        self, user_id: int, margins: Mapping[Direction | None, tuple[Margin, ...]], *, by: Author, at: datetime
    ) -> None:
        self.changes.append((by, at))
        self.kept_buttons |= {(user_id, direction): chosen for direction, chosen in margins.items()}


def offer(direction: Direction) -> Offer:
    market = Market(usdt_rub=USDT_RUB, fiat=FIAT)
    return Offer(base_rate(direction, market, price=Price.SIDE, cross=Cross.RUB))


def no_offer(direction: Direction) -> Offer:
    raise NoUsableRate(direction, feeds=(Feed.USDT_RUB,))


def refused(direction: Direction) -> Offer:
    raise NoUsableRate(direction, feeds=(Feed.USDT_RUB,), refused=offer(direction))


class Desk:
    def __init__(self, offer: Callable[[Direction], Offer] = offer) -> None:
        self.store = Store()
        self.last: dict[tuple[int, Direction], Margin] = {}
        self.margins = DeskMargins(
            self.store,
            last=lambda *key: self.last.get(key),
            offer=offer,
            is_owner=lambda user_id: user_id == BORIS.id,
            utcnow=lambda: NOW,
        )

    def set(self, ladder: Ladder | None, *, whose: Whose = Whose.DESK, direction: Direction = RUB_USDT) -> None:
        self.margins.set_ladders(whose, [direction], lambda _: ladder, by=ANNA)

    def set_floor(self, percent: str, policy: Policy = Policy.WARN) -> None:
        self.margins.set_floors([RUB_USDT], lambda _: Floor(Decimal(percent), policy), by=ANNA)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_own_margin_goes_before_the_desks_and_that_before_the_last_one(desk: Desk) -> None:
    assert desk.margins.tariff_for(ANNA.id, RUB_USDT) is None
    desk.last[ANNA.id, RUB_USDT] = Margin(Decimal("0.7"))
    assert desk.margins.tariff_for(ANNA.id, RUB_USDT) == Tariff(Whose.LAST, Ladder(Margin(Decimal("0.7"))))
    desk.set(TIERS)
    assert desk.margins.tariff_for(ANNA.id, RUB_USDT) == Tariff(Whose.DESK, TIERS)
    desk.set(ONE, whose=Whose.OWN)
    assert desk.margins.tariff_for(ANNA.id, RUB_USDT) == Tariff(Whose.OWN, ONE)
    assert desk.margins.tariff_for(BORIS.id, RUB_USDT) == Tariff(Whose.DESK, TIERS)
    assert desk.margins.tariff_for(ANNA.id, USDT_THB) is None


def test_what_is_set_is_listed_and_taken_away(desk: Desk) -> None:
    desk.set(TIERS)
    desk.set(ONE, whose=Whose.OWN)
    desk.set_floor("0.5")
    assert desk.margins.ladders(Whose.DESK, ANNA.id) == {RUB_USDT: TIERS}
    assert desk.margins.ladders(Whose.OWN, ANNA.id) == {RUB_USDT: ONE}
    assert desk.margins.floors() == {RUB_USDT: Floor(Decimal("0.5"), Policy.WARN)}
    desk.set(None)
    assert desk.margins.ladders(Whose.DESK, ANNA.id) == {}
    assert desk.store.changes == [(ANNA, NOW)] * 4


def test_a_change_is_made_of_what_stands(desk: Desk) -> None:
    desk.set(TWO)
    third = Margin(Decimal(3))
    desk.margins.set_ladders(
        Whose.DESK, [RUB_USDT], lambda ladder: ladder and ladder.with_step(Decimal(100_000), third), by=ANNA
    )
    assert desk.store.ladder(None, RUB_USDT) == Ladder.parse("<100000 3%, 2%")


def test_buttons_are_those_of_the_direction_or_of_all_or_what_everybody_has(desk: Desk) -> None:
    one, two = (Margin(Decimal(1)),), (Margin(Decimal(2)),)
    assert desk.margins.buttons_of(ANNA.id, RUB_USDT) == desk.margins.buttons_of(ANNA.id, None) == STANDARD_BUTTONS
    desk.margins.set_buttons([None], one, by=ANNA)
    desk.margins.set_buttons([RUB_USDT], two, by=ANNA)
    assert desk.margins.buttons_of(ANNA.id, RUB_USDT) == two
    assert desk.margins.buttons_of(ANNA.id, USDT_THB) == desk.margins.buttons_of(ANNA.id, None) == one
    assert desk.margins.buttons_of(BORIS.id, RUB_USDT) == STANDARD_BUTTONS


@pytest.mark.parametrize("policy", [Policy.BLOCK, Policy.WARN])
def test_a_floor_above_a_margin_of_the_desk_is_refused(desk: Desk, policy: Policy) -> None:
    desk.set(TIERS)
    with pytest.raises(FloorAboveMargin) as caught:
        desk.set_floor("1.2", policy)
    assert (caught.value.direction, caught.value.highest) == (RUB_USDT, Decimal("1.18"))
    assert caught.value.tier.since == 1_000_000
    assert desk.margins.floor_of(RUB_USDT) is None
    desk.set_floor("1.18", policy)
    assert desk.margins.floor_of(RUB_USDT) == Floor(Decimal("1.18"), policy)


def test_a_margin_under_the_floor_is_refused(desk: Desk) -> None:
    desk.set_floor("1.2")
    with pytest.raises(FloorAboveMargin):
        desk.set(TIERS)
    assert desk.store.ladder(None, RUB_USDT) is None
    desk.set(TWO)
    assert desk.store.ladder(None, RUB_USDT) == TWO


def test_a_floor_that_is_off_or_zero_fits_every_margin(desk: Desk) -> None:
    desk.set(Ladder.parse("0.01%"))
    desk.set_floor("5", Policy.OFF)
    desk.set_floor("0", Policy.BLOCK)
    assert desk.margins.floor_of(RUB_USDT) == Floor(Decimal(0), Policy.BLOCK)


def test_an_own_margin_is_held_against_a_floor_that_blocks(desk: Desk) -> None:
    desk.set_floor("1.2", Policy.WARN)
    desk.set(ONE, whose=Whose.OWN)
    desk.set(None, whose=Whose.OWN)
    desk.set_floor("1.2", Policy.BLOCK)
    with pytest.raises(FloorAboveMargin):
        desk.set(ONE, whose=Whose.OWN)


def test_the_highest_floor_is_never_below_zero(desk: Desk) -> None:
    desk.set(Ladder.parse("0.01%"))
    with pytest.raises(FloorAboveMargin) as caught:
        desk.set_floor("0.5")
    assert caught.value.highest == 0


def test_an_absolute_margin_is_compared_at_the_rate_of_now() -> None:
    half = Ladder.parse("+0.5")  # 0.61 % of 81.66
    for desk in (Desk(), Desk(refused)):
        desk.set_floor("0.6")
        with pytest.raises(FloorAboveMargin) as caught:
            desk.set(half)
        assert caught.value.percent == Decimal("0.61")
        desk.set_floor("0.59")
        desk.set(half)


def test_an_absolute_margin_that_nobody_can_compare_is_left_to_the_quotes() -> None:
    desk = Desk(no_offer)
    desk.set_floor("0.6")
    desk.set(Ladder.parse("+0.5"))
    assert desk.margins.ladders(Whose.DESK, ANNA.id) == {RUB_USDT: Ladder.parse("+0.5")}


def test_an_absolute_margin_beyond_what_the_rate_bears_is_refused(desk: Desk) -> None:
    with pytest.raises(MarginTooLarge):
        desk.set(Ladder.parse("<1000 1%, +500"))


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
@given(st.integers(30, 2_000).map(lambda count: Decimal(f"{count}E-2")))
def test_a_margin_that_fits_a_floor_never_falls_under_it(direction: Direction, percent: Decimal) -> None:
    """However the rate and the payout are rounded."""
    base, margin = offer(direction).base, Margin(percent)
    pays = Decimal(5_000 if direction.pays is Currency.USDT else 500_000)
    assert not Floor(percent - ROOM, Policy.BLOCK).blocks(quote_paying(base, margin, pays=pays).earned_percent)
    assert abs(percent_of(margin, base) - percent) <= ROOM


def test_a_floor_that_blocks_only_warns_an_owner(desk: Desk) -> None:
    assert desk.margins.floor_for(BORIS.id, RUB_USDT) is None
    for policy in Policy:
        desk.set_floor("0.5", policy)
        assert desk.margins.floor_for(ANNA.id, RUB_USDT) == Floor(Decimal("0.5"), policy)
        softened = Policy.WARN if policy is Policy.BLOCK else policy
        assert desk.margins.floor_for(BORIS.id, RUB_USDT) == Floor(Decimal("0.5"), softened)


def test_an_open_quote_has_to_earn_the_floor_or_to_lose_nothing(desk: Desk) -> None:
    assert desk.margins.least_percent(RUB_USDT) == 0
    desk.set_floor("0.5")
    assert desk.margins.least_percent(RUB_USDT) == Decimal("0.5")
    desk.set_floor("0.5", Policy.OFF)
    assert desk.margins.least_percent(RUB_USDT) == 0


def test_a_tariff_is_kept_and_read_back() -> None:
    tariff = Tariff(Whose.DESK, TIERS)
    assert Tariff.from_data(tariff.to_data()) == tariff
    assert list(map(str, tariff.margins)) == ["3%", "2%", "1.2%"]
