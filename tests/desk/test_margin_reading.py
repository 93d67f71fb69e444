"""What is written behind /margins is read whole, or nothing is set and the flaw is named."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.directions import DIRECTIONS, Direction
from calc.errors import DeskError
from calc.floors import Policy
from calc.margins import Margin
from calc.numbers import NotANumber, NumberError, OutOfRange
from calc.tiers import Ladder
from desk.margin_reading import Buttons, Flaw, Floors, Ladders, Look, UnreadableMargins, read
from desk.margins import Whose

RUB_USDT, USDT_THB, USDT_RUB = (Direction.parse(text) for text in ("RUB-USDT", "USDT-THB", "USDT-RUB"))
PAYS_RUB = tuple(each for each in DIRECTIONS if each.pays == "RUB")
ISSUE = "<100000 3%, <1000000 2%, 1.2%"


@pytest.mark.parametrize(
    ("text", "direction", "ladder"),
    [
        ("rub usdt <100к 3%, <1м 2%, 1.2%", RUB_USDT, ISSUE),
        ("rub usdt <100к 3 %, <1м 2 %, above 1.2 %", RUB_USDT, ISSUE),
        ("руб тезер до 100к 3%, до 1м 2%, выше 1,2%", RUB_USDT, ISSUE),
        ("RUB → USDT: <100 000 3%; <1 млн 2%; от 1м 1.2", RUB_USDT, ISSUE),
        ("rub usdt\n<100к 3%\n<1м 2%\n>= 1м 1.2%", RUB_USDT, ISSUE),
        ("rub-usdt <100к: 3, <1м: 2, остальное: 1.2", RUB_USDT, ISSUE),
        ("usdt/rub 2", USDT_RUB, "2%"),
        ("usdt -> rub 0,5%", USDT_RUB, "0.5%"),
        ("usdt в баты +0.5", USDT_THB, "+0.5"),
        ("usdt thb <1000 +0.5, <5к +0,3, 1%", USDT_THB, "<1000 +0.5, <5000 +0.3, 1%"),
        ("usdt thb <1000.50 2%, 1,500%", USDT_THB, "<1000.5 2%, 1.5%"),
        ("usdt thb <1,500м 2%, 1%", USDT_THB, "<1500000 2%, 1%"),
    ],
)
def test_margins_are_read_as_people_write_them(text: str, direction: Direction, ladder: str) -> None:
    assert read(text) == Ladders(Whose.DESK, (direction,), Ladder.parse(ladder))


def test_an_own_margin_says_so() -> None:
    wanted = Ladders(Whose.OWN, (RUB_USDT,), Ladder(Margin(Decimal("1.5"))))
    assert read("my rub usdt 1.5") == read("моя руб тезер 1,5 %") == wanted


def test_one_word_is_for_many_directions() -> None:
    assert read("rub <100к 3%, 2%") == Ladders(Whose.DESK, PAYS_RUB, Ladder.parse("<100000 3%, 2%"))
    assert read("все 2%") == read("all 2") == Ladders(Whose.DESK, DIRECTIONS, Ladder.parse("2%"))


def test_margins_are_taken_away() -> None:
    assert read("rub usdt off") == read("rub usdt убрать") == Ladders(Whose.DESK, (RUB_USDT,), None)


@pytest.mark.parametrize(
    ("text", "directions", "percent", "policy"),
    [
        ("floor 0.5 warn", DIRECTIONS, "0.5", Policy.WARN),
        ("порог 0,5 % запретить", DIRECTIONS, "0.5", Policy.BLOCK),
        ("floor rub usdt 0.5 block", (RUB_USDT,), "0.5", Policy.BLOCK),
        ("floor rub 1", PAYS_RUB, "1", None),
        ("floor all off", DIRECTIONS, None, Policy.OFF),
        ("floor block", DIRECTIONS, None, Policy.BLOCK),
        ("floor 0", DIRECTIONS, "0", None),
        ("floor 1,500 off", DIRECTIONS, "1.5", Policy.OFF),
    ],
)
def test_a_floor_is_read(
    text: str, directions: tuple[Direction, ...], percent: str | None, policy: Policy | None
) -> None:
    assert read(text) == Floors(directions, None if percent is None else Decimal(percent), policy)


def test_buttons_are_read() -> None:
    half, one, third = Margin(Decimal("0.5")), Margin(Decimal(1)), Margin(Decimal("0.3"), absolute=True)
    assert read("buttons 0.5 1 % 1") == read("кнопки 0,5, 1") == read("buttons all 0.5 1") == Buttons(None, (half, one))
    assert read("buttons rub usdt +0.3 1") == Buttons(RUB_USDT, (third, one))
    assert read("buttons off") == Buttons(None, ())


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("", Look(Ladders, Whose.DESK, ())),
        ("rub usdt", Look(Ladders, Whose.DESK, (RUB_USDT,))),
        ("rub", Look(Ladders, Whose.DESK, PAYS_RUB)),
        ("my", Look(Ladders, Whose.OWN, ())),
        ("floor", Look(Floors, Whose.DESK, ())),
        ("floor rub usdt", Look(Floors, Whose.DESK, (RUB_USDT,))),
        ("buttons", Look(Buttons, Whose.OWN, ())),
    ],
)
def test_what_names_no_value_is_shown(text: str, look: Look) -> None:
    assert read(text) == look


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("2%", Flaw.SCOPE),
        ("привет", Flaw.SCOPE),
        ("thb 2%", Flaw.SCOPE),
        ("buttons rub 1 2", Flaw.SCOPE),
        ("usd eur 2%", Flaw.DIRECTION),
        ("rub usdt thb 2%", Flaw.DIRECTION),
        ("rub usdt <=100к 3%, 2%", Flaw.INCLUSIVE),
        ("rub usdt не больше 100к 3%, 2%", Flaw.INCLUSIVE),
        ("rub usdt <100к 3%, не выше 1м 2%", Flaw.INCLUSIVE),
        ("rub usdt <100к 3%", Flaw.NO_REST),
        ("rub usdt <1м 3%, <100к 2%, 1%", Flaw.ORDER),
        ("rub usdt <100к 3%, <100к 2%, 1%", Flaw.ORDER),
        ("rub usdt <100к 3%, от 1м 2%", Flaw.ORDER),
        ("rub usdt от 1м 2%", Flaw.ORDER),
        ("rub usdt 3%, 2%", Flaw.UNCLEAR),
        ("rub usdt <100к, 2%", Flaw.UNCLEAR),
        ("rub usdt <1 050, 2%", Flaw.UNCLEAR),
        ("rub usdt <100к 3%, 1м 2%", Flaw.UNCLEAR),
        ("rub usdt off 2", Flaw.UNCLEAR),
        ("rub usdt ,;", Flaw.UNCLEAR),
        ("all <100к 3%, 2%", Flaw.CURRENCY),
        ("usdt +0.5", Flaw.UNITS),
        ("buttons +0.5", Flaw.UNITS),
        ("rub usdt <1,500 3%, 2%", Flaw.TWO_READINGS),
        ("rub usdt +1,500", Flaw.TWO_READINGS),
        ("rub usdt <1к 7%, <2к 6%, <3к 5%, <4к 4%, <5к 3%, <6к 2%, 1%", Flaw.TIERS),
        ("buttons 1 2 3 4 5 6 7", Flaw.BUTTONS),
    ],
)
def test_what_cannot_be_read_names_its_flaw(text: str, flaw: Flaw) -> None:
    with pytest.raises(UnreadableMargins) as caught:
        read(text)
    assert caught.value.flaw is flaw


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("floor -0.5 warn", OutOfRange),
        ("floor 60", OutOfRange),
        ("floor +0.5", NotANumber),
        ("floor много", NotANumber),
        ("rub usdt -2", OutOfRange),
        ("rub usdt 60%", OutOfRange),
        ("rub usdt <100к 3%, 0", OutOfRange),
    ],
)
def test_a_number_beyond_its_limits_is_told(text: str, error: type[NumberError]) -> None:
    with pytest.raises(error):
        read(text)


@pytest.mark.parametrize("whose", ["", "my "])
@given(st.data())
def test_a_ladder_reads_as_it_is_printed(whose: str, data: st.DataObject) -> None:
    percents = st.integers(1, 5_000).map(lambda count: Margin(Decimal(f"{count}E-2")))
    bounds = sorted(data.draw(st.sets(st.integers(1, 10**7), max_size=5)))
    ladder = Ladder(data.draw(percents), tuple((Decimal(bound), data.draw(percents)) for bound in bounds))
    direction = data.draw(st.sampled_from(DIRECTIONS))
    wanted = read(f"{whose}{direction.pays} → {direction.gets} {ladder}")
    assert wanted == Ladders(Whose.OWN if whose else Whose.DESK, (direction,), ladder)


PIECES = "rub usdt thb все my floor buttons off warn block <100к <1м до от 3% 2 1,2% +0.5 -1 , ; 1,500 >= <= → / привет"
said = st.lists(st.sampled_from([*PIECES.split(), "\n"]), max_size=9).map(" ".join)


@settings(max_examples=300)
@given(st.one_of(said, st.text(max_size=30)))
def test_no_text_crashes_it(text: str) -> None:
    with contextlib.suppress(DeskError):
        read(text)
