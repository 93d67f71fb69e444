"""Lines as operators type them, each with the request or the question that it has to be."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from calc.directions import Currency, Direction
from calc.errors import DeskError
from calc.lines import LONGEST_LINE, names_both_sides, read_line
from calc.margins import Margin
from calc.requests import About, Convention, LineError, Missing, Question, Request, settle

with (Path(__file__).parent / "lines.tsv").open(encoding="utf-8", newline="") as file:
    LINES = [(row["line"], row["expected"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
"""What is expected of a line: a request; `?`, what is asked and the options, with ` / ` between readings that a later
question tells apart; `!` and what is missing, or the objection to a number."""


def told(line: str) -> str:
    try:
        read = read_line(line)
    except LineError as error:
        return f"! {error}"
    except DeskError as error:
        return f"! {type(error).__name__} {error}"
    if isinstance(read, Request):
        return str(read)
    options = " | ".join(" / ".join(str(reading.request) for reading in option) for option in read.options)
    return f"? {read.about} {options}"


def question(line: str) -> Question:
    read = read_line(line)
    assert isinstance(read, Question)
    return read


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_a_line_is_read_asked_about_or_refused_as_expected(line: str, expected: str) -> None:
    assert told(line) == expected


def test_the_table_is_long_and_each_line_stands_in_it_once() -> None:
    assert len({line for line, _ in LINES}) == len(LINES) >= 200


def test_a_request_holds_what_the_line_said() -> None:
    assert read_line("нужно 5000 usdt за рубли +0,5") == Request(
        Direction(Currency.RUB, Currency.USDT),
        (Decimal(5000),),
        reverse=True,
        margin=Margin(Decimal("0.5"), absolute=True),
    )


def test_what_differs_in_two_things_is_asked_one_after_the_other() -> None:
    first = question("1,500 usdt за рубли")
    assert first.about is About.DIRECTION
    second = settle(first.options[0])
    assert isinstance(second, Question)
    assert second.about is About.NUMBER
    assert [str(reading.request) for option in second.options for reading in option] == [
        "RUB -> 1500 USDT",
        "RUB -> 1.5 USDT",
    ]


def test_an_option_says_which_convention_it_takes() -> None:
    options = question("1,500 usdt руб").options
    assert [option[0].conventions for option in options] == [
        ((",", Convention.GROUPS),),
        ((",", Convention.DECIMALS),),
    ]


@pytest.mark.parametrize(
    ("convention", "line", "expected"),
    [
        (Convention.GROUPS, "1,500 usdt руб", "1500 USDT -> RUB"),
        (Convention.DECIMALS, "1,500 usdt руб", "1.5 USDT -> RUB"),
        (Convention.DECIMALS, "100к руб usdt по 87,500", "100000 RUB -> USDT @ 87.5"),
        (Convention.DECIMALS, "1000 usdt руб +1,500", "1000 USDT -> RUB +1.5"),
    ],
)
def test_what_the_desk_means_by_a_separator_is_not_asked_again(
    convention: Convention, line: str, expected: str
) -> None:
    assert str(read_line(line, conventions={",": convention})) == expected


def test_the_convention_of_one_separator_says_nothing_of_the_other() -> None:
    read = read_line("1.500 usdt руб", conventions={",": Convention.GROUPS})
    assert isinstance(read, Question)


def test_a_convention_that_gives_no_allowed_number_is_not_followed_silently() -> None:
    read = read_line("1,234 usdt руб", conventions={",": Convention.DECIMALS})
    assert isinstance(read, Question)
    assert [str(reading.request) for option in read.options for reading in option] == ["1234 USDT -> RUB"]


def test_what_was_understood_is_told_with_what_is_missing() -> None:
    with pytest.raises(LineError) as caught:
        read_line("привет, 1,500 и 30к")
    assert caught.value.missing is Missing.CURRENCY
    assert caught.value.understood.amounts == ((Decimal(1500), Decimal("1.5")), (Decimal(30000),))
    with pytest.raises(LineError) as caught:
        read_line("usdt в рубли")
    assert caught.value.missing is Missing.AMOUNT
    assert caught.value.understood.currencies == (Currency.USDT, Currency.RUB)


def test_a_line_names_both_sides_or_an_amount_of_one() -> None:
    assert names_both_sides("нужно 5000 usdt за рубли")
    assert not names_both_sides("5000 usdt")


def test_a_line_longer_than_a_message_is_not_read_in_part() -> None:
    line = "100к руб usdt" + " " * LONGEST_LINE + "2%"
    with pytest.raises(LineError) as caught:
        read_line(line)
    assert caught.value.missing is Missing.UNCLEAR


def test_a_letter_that_grows_when_made_small_moves_nothing() -> None:
    assert str(read_line("İ 100 rub usdt")) == "100 RUB -> USDT"


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        " 1",
        " 000",
        ",000",
        "к",
        "usdt ",
        "руб",
        "купить ",
        "в ",
        "1 usdt ",
        "/",
        "x",
        " x 1",
        "%",
        "-",
        "+1 ",
        "_1",
    ],
)
def test_the_longest_message_is_read_at_once(piece: str) -> None:
    line = ("1 " + piece * LONGEST_LINE)[:LONGEST_LINE]
    assert told(line)
