"""Sentences in both languages, and numbers as a person reads them."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

from calc.directions import Currency
from calc.errors import DeskError
from calc.margins import Margin
from chat import formats
from chat.commands import COMMANDS
from chat.dialogue import Dialogue
from chat.mistakes import sentence
from chat.presses import Press, decode
from chat.texts import LANGUAGES, PARTS, TABLES, Texts, language_of

NBSP = "\N{NO-BREAK SPACE}"
RU, EN = Texts("ru"), Texts("en")


def test_both_languages_have_the_same_keys() -> None:
    assert all(part.RU.keys() == part.EN.keys() for part in PARTS)


def test_no_sentence_stands_in_two_parts() -> None:
    assert sum(len(part.RU) for part in PARTS) == len(TABLES["ru"])


@pytest.mark.parametrize("key", TABLES["ru"])
def test_both_languages_fill_in_the_same_values_and_keep_the_same_html(key: str) -> None:
    russian, english = TABLES["ru"][key], TABLES["en"][key]
    assert values(russian) == values(english)
    assert tags(russian) == tags(english)


def values(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


def tags(text: str) -> list[str]:
    return re.findall(r"<[^>]*>", text)


def test_every_sentence_is_said_somewhere() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in Path("chat").glob("*.py"))
    said = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', code))
    begun = set(re.findall(r'f"([a-z_]+\.)\{', code))
    assert [key for key in TABLES["ru"] if key not in said and not key.startswith(tuple(begun))] == []


def test_every_command_has_its_line() -> None:
    assert all(f"command.{command.name}" in TABLES["ru"] for command in COMMANDS)


def test_languages_have_their_own_names() -> None:
    assert {language_of("ru"), language_of("ru-RU")} == {"ru"}
    assert {language_of(None), language_of("de"), language_of("en-GB")} == {"en"}
    assert set(LANGUAGES) == {"ru", "en"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1234567.50", "1_234_567,50"),
        ("999", "999"),
        ("0.0048", "0,0048"),
        ("-19.90", "\N{MINUS SIGN}19,90"),
        ("1E+3", "1_000"),
    ],
)
def test_numbers_as_each_language_writes_them(value: str, text: str) -> None:
    russian = text.replace("_", NBSP)
    assert formats.number(Decimal(value), RU) == russian
    assert formats.number(Decimal(value), EN) == russian.replace(",", ".")


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("1000", Currency.RUB, "1_000_RUB"),
        ("1000.00", Currency.RUB, "1_000_RUB"),
        ("11.4", Currency.USDT, "11,40_USDT"),
        ("20519", Currency.IDR, "20_519_IDR"),
    ],
)
def test_the_currency_stands_behind_the_amount(value: str, currency: Currency, text: str) -> None:
    assert formats.money(Decimal(value), currency, RU) == text.replace("_", NBSP)


def test_a_bound_has_every_digit_and_no_trailing_zero() -> None:
    assert formats.limit(Decimal("9" * 30), RU).replace(NBSP, "") == "9" * 30
    assert formats.limit(Decimal("0.0100"), RU) == "0,01"
    assert formats.limit(Decimal(1000), RU) == f"1{NBSP}000"


def test_margins_of_both_kinds() -> None:
    assert formats.margin(Margin(Decimal("1.50")), RU) == f"1,5{NBSP}%"
    assert formats.margin(Margin(Decimal("0.50"), absolute=True), EN) == "+0.5"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (7199, "119 min ago"),
        (7200, "2 h ago"),
        (200_000, "2 d ago"),
    ],
)
def test_ages(seconds: int, text: str) -> None:
    assert formats.ago(timedelta(seconds=seconds), Texts("en")) == text


def test_the_longest_button_fits_into_telegrams_64_bytes() -> None:
    press = Press("re_margin", "", owner=2**53, dialogue="zzzzzzzz", screen=99_999)
    amount = Press("amount", "1000000000.00", owner=2**53, dialogue="zzzzzzzz", screen=99_999)
    assert max(len(press.encode()), len(amount.encode())) <= 64
    assert decode(amount.encode()) == amount


def test_an_error_that_is_no_slip_of_the_operator_is_not_hidden() -> None:
    with pytest.raises(DeskError, match="something else"):
        sentence(DeskError("something else"), Dialogue(id="", owner=1, language="ru"))


def test_an_amount_beside_its_currency_has_the_decimals_of_money() -> None:
    assert formats.amount(Decimal("7641.9"), Currency.USDT, RU) == f"7{formats.NBSP}641,90"
    assert formats.amount(Decimal(200), Currency.USDT, RU) == "200"
