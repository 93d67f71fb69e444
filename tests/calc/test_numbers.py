from decimal import Decimal

import pytest

from calc.directions import Currency
from calc.margins import Margin
from calc.numbers import (
    ABSOLUTE,
    LIMITS,
    PERCENT,
    MarginReadings,
    NotANumber,
    NumberError,
    OutOfRange,
    TooLong,
    TooManyDecimals,
    TwoReadings,
    WrongCurrency,
    read_amount,
    read_margin,
)
from calc.numerals import Numeral, take_numeral

NO_BREAK, THIN, NARROW, FIGURE = "\u00a0", "\u2009", "\u202f", "\u2007"


def objection(text: str, currency: Currency = Currency.RUB) -> NumberError:
    with pytest.raises(NumberError) as caught:
        read_amount(text, currency)
    return caught.value


def margin_objection(text: str) -> NumberError:
    with pytest.raises(NumberError) as caught:
        read_margin(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000", "1000"),
        ("  1000\n", "1000"),
        ("1 000,50", "1000.5"),
        ("1'000.50", "1000.5"),
        ("1’000,50", "1000.5"),
        (f"1{NO_BREAK}000,50", "1000.5"),
        (f"1{THIN}000{THIN}000.5", "1000000.5"),
        (f"1{NARROW}000", "1000"),
        (f"1{FIGURE}000", "1000"),
        (f"12{NO_BREAK}345 678", "12345678"),
        ("0,5", "0.5"),
        (".5", "0.5"),
        (",5", "0.5"),
        ("0,500", "0.5"),
        ("000.500", "0.5"),
        ("1500,000", "1500"),
        ("1000.50000", "1000.5"),
        ("00100", "100"),
        ("1,500,000", "1500000"),
        ("1.500.000", "1500000"),
        ("1.500,50", "1500.5"),
        ("1,500.50", "1500.5"),
        ("1 500.500", "1500.5"),
        ("100к", "100000"),
        ("100К", "100000"),
        ("100k", "100000"),
        ("100 k", "100000"),
        ("2,5к", "2500"),
        ("1 500к", "1500000"),
        ("10 тыс", "10000"),
        ("10 тыс.", "10000"),
        ("10 тысяч", "10000"),
        ("1 тысяча", "1000"),
        ("1,5 млн", "1500000"),
        ("1,5 млн.", "1500000"),
        ("2 млн", "2000000"),
        ("1.5m", "1500000"),
        ("1,5м", "1500000"),
        ("2кк", "2000000"),
        ("2kk", "2000000"),
        ("2 ляма", "2000000"),
        ("3 миллиона", "3000000"),
        ("1 млрд", "1000000000"),
        ("0.00001к", "0.01"),
        ("1 000 000 000,00 рублей", "1000000000"),
    ],
)
def test_an_amount_is_read_the_way_people_write_it(text: str, expected: str) -> None:
    assert str(read_amount(text, Currency.RUB)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "100 rub",
        "100RUB",
        "100 руб",
        "100 руб.",
        "100руб",
        "100 рублей",
        "100 рубля",
        "100 р",
        "100р.",
        "100₽",
        "0,1к ₽",
    ],
)
def test_an_amount_may_say_its_currency(text: str) -> None:
    assert read_amount(text, Currency.RUB) == Decimal(100)


@pytest.mark.parametrize("text", ["100 usdt", "100 USDT", "100 юсдт", "100 тезер", "100 Тезеров", "0.1k usdt"])
def test_tether_has_its_own_words(text: str) -> None:
    assert read_amount(text, Currency.USDT) == Decimal(100)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("100 $", "USD"),
        ("100$", "USD"),
        ("100 usd", "USD"),
        ("100 баксов", "USD"),
        ("100 руб", "RUB"),
        ("100к₽", "RUB"),
        ("100 евро", "EUR"),
        ("100 бат", "THB"),
        ("100 дирхам", "AED"),
        ("100 ранд", "ZAR"),
        ("100 рупий", "IDR"),
    ],
)
def test_the_word_of_another_currency_is_an_objection(text: str, understood: str) -> None:
    error = objection(text, Currency.USDT)
    assert isinstance(error, WrongCurrency)
    assert (error.understood_currency_text, error.expected) == (understood, Currency.USDT)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,500", ("1500", "1.5")),
        ("1.500", ("1500", "1.5")),
        ("100.000", ("100000", "100")),
        ("100,000 руб", ("100000", "100")),
        ("1.500к", ("1500000", "1500")),
        ("1,234 млн", ("1234000",)),
        ("01,500", ("1500", "1.5")),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_guessed(text: str, readings: tuple[str, ...]) -> None:
    assert read_amount(text, Currency.RUB) == TwoReadings(tuple(map(Decimal, readings)))


def test_one_of_two_readings_is_not_guessed_even_where_the_other_is_not_allowed() -> None:
    assert read_amount("1,234", Currency.RUB) == TwoReadings((Decimal(1234),))
    assert read_amount("10.000к", Currency.USDT) == TwoReadings((Decimal(10_000_000), Decimal(10_000)))
    assert read_amount("10.001к", Currency.USDT) == TwoReadings((Decimal(10_001),))


def test_where_neither_reading_is_allowed_the_objection_is_to_the_nearer_one() -> None:
    error = objection("100.001 млн", Currency.USDT)
    assert isinstance(error, OutOfRange)
    assert error.understood == Decimal(100_001_000)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "abc", "руб", "%", "-", "+", ".", ",", "'", "к", "тыс", "NaN", "nan", "inf", "-Infinity", "sNaN"),
        *("1e5", "1E5", "0x10", "1_000", "١٢٣", "１２３", "½", "²", "5²", "Ⅷ", "1/2", "1:2", "10*2", "1;5"),
        *("12 34", "1 2345", "1 23 456", "0 500", "1  000", "1\n000", "1\t000", "1 000'000", "1'000 000", "'500"),
        *("1.23.456", "1,5,0", "1,500,50", "1.500.50", "1,,5", "1..5", "1,.5", "1.500,500.5", "0,500,000", "1 00,5"),
        *(
            "1.",
            "1,",
            "5'",
            "5%",
            "+5",
            "--5",
            "5-",
            "100т",
            "100 кг",
            "100кр",
            "100 руб usdt",
            "100 руб..",
            "10к.",
            "10k k",
        ),
    ],
)
def test_what_is_no_number_is_said_to_be_none(text: str) -> None:
    error = objection(text)
    assert isinstance(error, NotANumber)
    assert error.text == " ".join(text.split())


@pytest.mark.parametrize("text", ["-5", "- 5", "−5", "–5", "—5", "‑5", "-5 руб", "-0,005к"])
def test_a_minus_of_any_kind_is_understood(text: str) -> None:
    error = objection(text)
    assert isinstance(error, OutOfRange)
    assert error.understood == Decimal(-5)


@pytest.mark.parametrize("text", ["0", "0,00", "0 руб", "-0", "0к", "000"])
def test_zero_is_out_of_range(text: str) -> None:
    error = objection(text)
    assert isinstance(error, OutOfRange)
    assert str(error.understood) == "0"


@pytest.mark.parametrize(
    ("currency", "lowest", "highest"),
    [
        (Currency.RUB, "0.01", "1000000000"),
        (Currency.USDT, "0.01", "10000000"),
        (Currency.IDR, "1", "1000000000000"),
    ],
)
def test_both_ends_of_the_range_are_allowed_and_nothing_beyond(currency: Currency, lowest: str, highest: str) -> None:
    assert read_amount(lowest, currency) == Decimal(lowest)
    assert read_amount(highest, currency) == Decimal(highest)
    above = str(Decimal(highest) + currency.step)
    for beyond in ("0.009", above):
        error = objection(beyond, currency)
        assert isinstance(error, OutOfRange)
        assert (error.understood, error.unit) == (Decimal(beyond), currency)
        assert (error.lowest, error.highest) == (Decimal(lowest), Decimal(highest))


@pytest.mark.parametrize(
    ("text", "currency", "allowed"),
    [
        ("0.123", Currency.RUB, 2),
        ("1000,505", Currency.RUB, 2),
        ("10.1234", Currency.USDT, 2),
        ("1,000005 к", Currency.USDT, 2),
        ("100,5", Currency.IDR, 0),
    ],
)
def test_too_many_decimals_are_not_rounded_away(text: str, currency: Currency, allowed: int) -> None:
    error = objection(text, currency)
    assert isinstance(error, TooManyDecimals)
    assert (error.allowed, error.unit) == (allowed, currency)


def test_the_range_is_told_before_the_decimals() -> None:
    assert isinstance(objection("99999999999,999"), OutOfRange)
    assert isinstance(objection("0,001"), OutOfRange)


def test_forty_characters_are_read_and_one_more_is_not() -> None:
    assert read_amount("0" * 37 + "100", Currency.RUB) == Decimal(100)
    assert read_amount(" " * 38 + "100", Currency.RUB) == Decimal(100)
    error = objection("0" * 38 + "100")
    assert isinstance(error, TooLong)
    assert (error.length, error.allowed) == (41, 40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", "2"),
        ("2%", "2"),
        ("2 %", "2"),
        (f"2{NO_BREAK}%", "2"),
        ("0,5", "0.5"),
        (".5%", "0.5"),
        ("1.25 %", "1.25"),
        ("+2%", "2"),
        ("+ 2 %", "2"),
        ("2 процента", "2"),
        ("1,5 проц.", "1.5"),
        ("0,500", "0.5"),
        ("0.01", "0.01"),
        ("50", "50"),
    ],
)
def test_a_margin_is_a_percentage(text: str, expected: str) -> None:
    assert read_margin(text) == Margin(Decimal(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("+0.50", "0.5"), ("+0,5", "0.5"), ("+ 3", "3"), ("+0.000001", "0.000001"), ("+1 000", "1000"), ("+1к", "1000")],
)
def test_a_plus_without_a_percent_sign_means_units_of_the_rate(text: str, expected: str) -> None:
    assert read_margin(text) == Margin(Decimal(expected), absolute=True)


def test_a_margin_with_two_readings_is_not_guessed() -> None:
    assert read_margin("1,500") == MarginReadings((Margin(Decimal("1.5")),))
    assert read_margin("+1.234") == MarginReadings(
        (Margin(Decimal(1234), absolute=True), Margin(Decimal("1.234"), absolute=True))
    )


@pytest.mark.parametrize("text", ["0", "0%", "-1", "−0,5%", "0.005", "50.01", "100%", "1000", "2k"])
def test_a_percentage_out_of_range_is_an_objection(text: str) -> None:
    error = margin_objection(text)
    assert isinstance(error, OutOfRange)
    assert (error.lowest, error.highest, error.unit) == (Decimal("0.01"), Decimal(50), "%")


@pytest.mark.parametrize("text", ["+0", "+0.0000001", "+1000001"])
def test_an_absolute_margin_out_of_range_is_an_objection(text: str) -> None:
    error = margin_objection(text)
    assert isinstance(error, OutOfRange)
    assert (error.lowest, error.highest, error.unit) == (Decimal("0.000001"), Decimal(1_000_000), "")


@pytest.mark.parametrize(
    ("text", "understood", "allowed"),
    [("1.999", "1.999", 2), ("1,234%", "1.234", 2), ("2.5001", "2.5001", 2), ("+0.1234567", "0.1234567", 6)],
)
def test_a_margin_of_too_many_decimals_is_not_rounded(text: str, understood: str, allowed: int) -> None:
    error = margin_objection(text)
    assert isinstance(error, TooManyDecimals)
    assert (error.understood, error.allowed) == (Decimal(understood), allowed)


@pytest.mark.parametrize("text", ["", "%", "+", "+%", "two", "2%%", "%2", "2 руб", "2 usdt", "++2", "1e1", "2 3"])
def test_what_is_no_margin_is_said_to_be_none(text: str) -> None:
    assert isinstance(margin_objection(text), NotANumber)


def test_an_endless_margin_is_too_long() -> None:
    assert isinstance(margin_objection("1" * 5000), TooLong)


def test_the_limits_say_what_they_count() -> None:
    assert {limits.unit for limits in LIMITS.values()} == set(Currency)
    assert (PERCENT.unit, ABSOLUTE.unit) == ("%", "")


def test_the_numbers_of_a_line_are_taken_one_after_the_other() -> None:
    first = take_numeral("100к руб usdt 2%")
    assert first == Numeral((Decimal(100_000),), sign="", rest="руб usdt 2%")
    second = take_numeral("100 000,50 2,500%")
    assert second == Numeral((Decimal("100000.5"),), sign="", rest="2,500%")
    assert take_numeral(second.rest) == Numeral((Decimal(2500), Decimal("2.5")), sign="", rest="%")
    assert take_numeral("+0.50 за 10") == Numeral((Decimal("0.5"),), sign="+", rest="за 10")
    assert take_numeral("100 1000 usdt") == Numeral((Decimal(100),), sign="", rest="1000 usdt")
    assert take_numeral("100, 2%") == Numeral((Decimal(100),), sign="", rest=", 2%")
    assert take_numeral("usdt 2%") is None


@pytest.mark.parametrize("piece", ["1", " 000", ",000", "1,", "1 ", "1 000 ", "'", "-", "1k", "a", ".1"])
def test_a_line_of_any_length_is_read_in_linear_time(piece: str) -> None:
    numeral = take_numeral("1" + piece * 100_000)
    assert numeral is None or numeral.readings
