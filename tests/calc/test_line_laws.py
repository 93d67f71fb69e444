"""What holds for every line: it never crashes, every number of it is in the echo, and a printed request reads back."""

import re
from collections.abc import Iterable
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from calc.directions import DIRECTIONS
from calc.errors import DeskError
from calc.lines import RATE, read_line
from calc.margins import Margin
from calc.numbers import ABSOLUTE, LIMITS, PERCENT, Limits
from calc.numerals import take_numeral
from calc.requests import Convention, Question, Request

many = settings(max_examples=400)

WORDS = (
    "руб rub usdt юсдт бат евро $ ₽ рупий баксов usdtrub в на за из to for -> / * % @ x по курс маржа нужно хочет "
    "купить продать отдать поменять получить сколько стоит how и или не минус привет клиент офисе тр тыс к млн trc20 "
    "№ , ; . ? тайские все плюс + - стоят будет"
)
NUMBERS = (
    "100к",
    "1000",
    "1,500",
    "1.500",
    "100 000",
    "100 200",
    "2%",
    "+0.5",
    "-5",
    "87.5",
    "2",
    "50",
    "10к",
    "0",
    "1,2,3",
)
conventions = st.dictionaries(st.sampled_from(",."), st.sampled_from(Convention))
said = st.lists(st.sampled_from([*WORDS.split(), *NUMBERS, *NUMBERS]), max_size=9).flatmap(
    lambda pieces: st.sampled_from([" ".join(pieces), "".join(pieces)])
)
typed = st.text(st.sampled_from("0123456789.,' +-−%/*xкkmтырубusdt$₽евна\u00a0\n№_"), max_size=40)
lines = st.one_of(said, said, typed, st.text(max_size=60))


def readings_of(line: str, known: dict[str, Convention] | None = None) -> list[Request]:
    """Every request that a line may become, by whichever buttons."""
    try:
        read = read_line(line, conventions=known or {})
    except DeskError:
        return []
    if isinstance(read, Question):
        return [reading.request for option in read.options for reading in option]
    return [read]


def shown(request: Request) -> list[Decimal]:
    """Every number that the echo of a request shows."""
    rate = [] if request.rate is None else [request.rate]
    return [*request.amounts, *rate, *([] if request.margin is None else [request.margin.value])]


def numbers_in(line: str) -> list[list[Decimal]]:
    """What each number of a line can mean, found without the reader; `100 200` is one number or its pieces.

    Thousands may stand behind it in a word that only lines know.
    """
    found = []
    text = re.sub(r"(?i)(trc|erc|bep|трц|трс|ерц|бэп)[ -]?20", "", line)
    text = "".join(" " if each.isspace() else each for each in text)
    start = re.search(r"(?:(?<!\S)|(?<=[+-]))[.,]?\d|\d", text)
    while start is not None:
        text = text[start.start() :].rstrip()
        numeral = take_numeral(text)
        written = text[: len(text) - len(numeral.rest)] if numeral else text.split()[0]
        if numeral is not None:
            values = [abs(each) for each in numeral.readings]
            pieces = [Decimal(each) for each in re.findall(r"\d+", written) if " " in written.strip()]
            found.append([*values, *(each * 10**power for each in values for power in (3, 6)), *pieces])
        text = text[max(1, len(written)) :]
        start = re.search(r"(?:(?<!\S)|(?<=[+-]))[.,]?\d|\d", text)
    return found


def limits_values(limits: Limits) -> st.SearchStrategy[Decimal]:
    unit = Decimal(f"1E-{limits.decimals}")
    highest = int(limits.highest * 10**limits.decimals)
    return st.integers(1, highest).map(lambda count: plain(count * unit)).filter(limits.allow)


def plain(value: Decimal) -> Decimal:
    text = f"{value:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    direction, reverse = draw(st.sampled_from(DIRECTIONS)), draw(st.booleans())
    limits = LIMITS[direction.gets if reverse else direction.pays]
    margins = st.one_of(
        limits_values(PERCENT).map(Margin), limits_values(ABSOLUTE).map(lambda value: Margin(value, absolute=True))
    )
    margin = draw(st.one_of(st.none(), margins))
    return Request(
        direction,
        tuple(draw(st.lists(limits_values(limits), min_size=1, max_size=10, unique=True))),
        reverse=reverse,
        margin=margin,
        rate=draw(limits_values(RATE)) if margin is None and draw(st.booleans()) else None,
    )


@many
@given(request=requests(), known=conventions)
def test_a_printed_request_reads_as_the_same_request(request: Request, known: dict[str, Convention]) -> None:
    assert read_line(str(request), conventions=known) == request


@many
@given(line=lines, known=conventions)
@example(line="1\ud800 usdt руб", known={})
@example(line="\x00", known={})
def test_any_text_is_a_request_a_question_or_an_objection(line: str, known: dict[str, Convention]) -> None:
    try:
        read = read_line(line, conventions=known)
    except DeskError:
        return
    assert isinstance(read, Request) or all(read.options)


@many
@given(line=lines, known=conventions)
def test_every_reading_is_within_the_limits_of_the_desk(line: str, known: dict[str, Convention]) -> None:
    for request in readings_of(line, known):
        assert 1 <= len(request.amounts) <= 10
        assert all(LIMITS[request.currency].allow(amount) for amount in request.amounts)
        assert request.margin is None or request.rate is None
        assert request.margin is None or (ABSOLUTE if request.margin.absolute else PERCENT).allow(request.margin.value)


@many
@given(line=lines)
@example(line="usdt 100 200 руб")
@example(line="10к * 1,500 . 2 usdt")
def test_every_number_of_a_line_is_in_its_echo(line: str) -> None:
    for request in readings_of(line):
        for meanings in numbers_in(line):
            assert any(value in meanings for value in shown(request)), (line, str(request))


@many
@given(line=lines)
def test_the_echo_shows_no_number_that_is_not_in_the_line(line: str) -> None:
    for request in readings_of(line):
        meanings = [value for each in numbers_in(line) for value in each]
        assert all(value in meanings for value in shown(request)), (line, str(request))


@many
@given(line=lines)
def test_every_reading_of_a_line_prints_and_reads_as_itself(line: str) -> None:
    for request in readings_of(line):
        assert read_line(str(request)) == request


def test_the_words_of_the_laws_do_make_requests() -> None:
    assert any(readings_of(" ".join(pieces)) for pieces in _pairs(WORDS.split()))


def _pairs(words: Iterable[str]) -> list[list[str]]:
    return [["100к", "руб", each, "usdt"] for each in words]
