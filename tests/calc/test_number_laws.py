"""What holds for every text that is typed and every number that is printed."""

from decimal import ROUND_UP, Context, Decimal, Inexact, Rounded, localcontext

from hypothesis import example, given, settings
from hypothesis import strategies as st

from calc.directions import Currency
from calc.margins import Margin
from calc.numbers import (
    ABSOLUTE,
    LIMITS,
    PERCENT,
    Limits,
    MarginReadings,
    NumberError,
    TwoReadings,
    read_amount,
    read_margin,
)
from calc.numerals import decimals_of, take_numeral

GROUPS = ("", " ", "\u00a0", "\u2009", "\u202f", "'", "’", ",", ".")
SUFFIXES = {"": 0, "к": 3, "k": 3, " тыс.": 3, " тысяч": 3, "m": 6, " млн": 6, " млн.": 6, "кк": 6, " лям": 6}
WORDS = {
    Currency.RUB: ("", " руб.", "₽", " рублей", " rub"),
    Currency.USDT: ("", " usdt", " USDT", " тезер"),
    Currency.USD: ("", "$", " баксов"),
    Currency.EUR: ("", "€", " евро"),
    Currency.THB: ("", "฿", " бат"),
    Currency.AED: ("", " aed"),
    Currency.ZAR: ("", " рэндов"),
    Currency.IDR: ("", " рупий", " IDR"),
}

many = settings(max_examples=150)
currencies = st.sampled_from(Currency)
typed = st.text(st.sampled_from("0123456789.,' +-−%кkmтысмлнрубuseh$₽\u00a0\u2009’ \n"), max_size=45)
texts = st.one_of(st.text(max_size=60), typed)


def values_within(limits: Limits) -> st.SearchStrategy[Decimal]:
    unit = Decimal(f"1E-{limits.decimals}")
    highest = int(limits.highest * 10**limits.decimals)
    magnitudes = [10**digits for digits in range(len(str(highest)))]
    units = st.sampled_from(magnitudes).flatmap(lambda low: st.integers(low, min(10 * low, highest)))
    return units.map(lambda count: count * unit).filter(limits.allow)


def amounts_read(text: str, currency: Currency) -> tuple[Decimal, ...]:
    try:
        read = read_amount(text, currency)
    except NumberError:
        return ()
    return read.readings if isinstance(read, TwoReadings) else (read,)


def margins_read(text: str) -> tuple[Margin, ...]:
    try:
        read = read_margin(text)
    except NumberError:
        return ()
    return read.readings if isinstance(read, MarginReadings) else (read,)


def printed(value: Decimal, *, group: str, point: str, keep_zeros: bool) -> str:
    text = f"{value:,f}"
    if not keep_zeros and "." in text:
        text = text.rstrip("0").rstrip(".")
    whole, _, decimals = text.partition(".")
    return whole.replace(",", group) + (point + decimals if decimals else "")


@st.composite
def printed_values(draw: st.DrawFn, limits: Limits) -> tuple[str, Decimal]:
    """An allowed number and one of the ways in which people write it."""
    value = draw(values_within(limits))
    suffix = draw(st.sampled_from(list(SUFFIXES)))
    group = draw(st.sampled_from(GROUPS))
    point = draw(st.sampled_from([each for each in ",." if each != group]))
    mantissa = Decimal(f"{value:f}E-{SUFFIXES[suffix]}")
    return printed(mantissa, group=group, point=point, keep_zeros=draw(st.booleans())) + suffix, value


@many
@given(currency=currencies, more=st.data())
def test_a_printed_amount_is_read_back_or_offered(currency: Currency, more: st.DataObject) -> None:
    text, value = more.draw(printed_values(LIMITS[currency]))
    assert value in amounts_read(text + more.draw(st.sampled_from(WORDS[currency])), currency)


@many
@given(more=st.data())
def test_a_printed_percentage_is_read_back_or_offered(more: st.DataObject) -> None:
    value = more.draw(values_within(PERCENT))
    text = printed(value, group="", point=more.draw(st.sampled_from(",.")), keep_zeros=more.draw(st.booleans()))
    assert read_margin(text + more.draw(st.sampled_from(["", "%", " %"]))) == Margin(value)


@many
@given(more=st.data())
def test_a_printed_absolute_margin_is_read_back_or_offered(more: st.DataObject) -> None:
    value = more.draw(values_within(ABSOLUTE))
    text = printed(value, group=" ", point=more.draw(st.sampled_from(",.")), keep_zeros=more.draw(st.booleans()))
    assert Margin(value, absolute=True) in margins_read(f"+{text}")


@many
@given(
    whole=st.integers(1, 999), decimals=st.integers(0, 999), point=st.sampled_from(",."), suffix=st.sampled_from("к ")
)
def test_three_digits_after_one_separator_are_never_guessed(whole: int, decimals: int, point: str, suffix: str) -> None:
    read = read_amount(f"{whole}{point}{decimals:03}{suffix}", Currency.RUB)
    assert isinstance(read, TwoReadings)
    assert list(read.readings) == sorted(read.readings, reverse=True)
    assert Decimal(f"{whole}{decimals:03}") * (1000 if suffix == "к" else 1) in read.readings


@many
@given(text=texts, currency=currencies)
@example(text="1\ud800", currency=Currency.RUB)
@example(text="\x00", currency=Currency.RUB)
def test_any_text_is_an_allowed_amount_or_an_objection(text: str, currency: Currency) -> None:
    for value in amounts_read(text, currency):
        assert LIMITS[currency].lowest <= value <= LIMITS[currency].highest
        assert decimals_of(value) <= LIMITS[currency].decimals
        assert "E" not in str(value)


@many
@given(text=texts)
def test_any_text_is_an_allowed_margin_or_an_objection(text: str) -> None:
    for margin in margins_read(text):
        limits = ABSOLUTE if margin.absolute else PERCENT
        assert limits.lowest <= margin.value <= limits.highest
        assert decimals_of(margin.value) <= limits.decimals
        assert Margin.parse(str(margin)) == margin


@many
@given(text=texts)
def test_what_is_left_of_a_text_is_its_end(text: str) -> None:
    numeral = take_numeral(text)
    if numeral is not None:
        assert len(numeral.rest) < len(text)
        assert 1 <= len(numeral.readings) <= 2


@many
@given(text=st.one_of(typed, printed_values(LIMITS[Currency.RUB]).map(lambda pair: pair[0])))
def test_the_decimal_context_of_the_thread_has_no_say(text: str) -> None:
    usual = amounts_read(text, Currency.RUB)
    for hostile in (Context(prec=6, rounding=ROUND_UP), Context(prec=1, traps=[Inexact, Rounded])):
        with localcontext(hostile):
            assert amounts_read(text, Currency.RUB) == usual
