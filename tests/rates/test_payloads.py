"""Numbers and moments as sources write them, exact or not at all."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from rates.errors import SourceError, Trouble
from rates.http import Answer
from rates.payloads import json_object, moment, number, shown


def read(text: str) -> object:
    """One JSON value as it comes out of an answer."""
    return json_object("rapira", Answer(200, {}, f'{{"value": {text}}}'.encode()))["value"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("81.65", "81.65"),
        ("81.650", "81.650"),
        ("8165e-2", "81.65"),
        ("82", "82"),
        ('"81.65"', "81.65"),
        ('"82"', "82"),
        ('"5.39256E-05"', "0.0000539256"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("1e20", "1E+20"),
        ("1e-20", "1E-20"),
    ],
)
def test_a_number_keeps_each_of_its_digits(text: str, value: str) -> None:
    assert str(number("rapira", read(text), "close")) == str(Decimal(value))


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("null", "close is missing"),
        ("true", "close is no number"),
        ("[81.65]", "close is no number"),
        ('""', "close is no number"),
        ('"-81.65"', "close is no number"),
        ('" 81.65"', "close is no number"),
        ('"81,65"', "close is no number"),
        ('"8_1.65"', "close is no number"),
        ('"NaN"', "close is no number"),
        ('"\\u0661"', "close is no number"),
        ('"' + "8" * 41 + '"', "close is no number"),
        ("NaN", "close is 'NaN'"),
        ("Infinity", "close is 'Infinity'"),
        ("-Infinity", "close is '-Infinity'"),
        ("0", "close is '0'"),
        ("-0.0", "close is '-0.0'"),
        ("-81.65", "close is '-81.65'"),
        ("1e21", "close is beyond all bounds"),
        ("1e-21", "close is beyond all bounds"),
        ("1e999999999", "close is beyond all bounds"),
        ('"1e999"', "close is beyond all bounds"),
        ('"1e9999"', "close is no number"),
    ],
)
def test_what_is_no_positive_number_is_garbage(text: str, detail: str) -> None:
    with pytest.raises(SourceError) as caught:
        number("rapira", read(text), "close")
    assert (caught.value.trouble, caught.value.detail) == (Trouble.GARBAGE, detail)


@pytest.mark.parametrize("exponent", ["9" * 30, "-" + "9" * 30])
def test_an_exponent_that_no_decimal_can_hold_is_no_json(exponent: str) -> None:
    with pytest.raises(SourceError, match="no JSON"):
        read(f"1e{exponent}")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "no JSON"),
        (b"<html>error</html>", "no JSON"),
        (b'{"value": 81.', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"\xff\xfe\xff", "no JSON"),
        (b'{"value": ' + b"8" * 41 + b"}", "no JSON"),
        (b"null", "NoneType instead of an object"),
        (b"[]", "list instead of an object"),
        (b"81.65", "Decimal instead of an object"),
    ],
)
def test_an_answer_that_is_no_object_is_garbage(body: bytes, detail: str) -> None:
    with pytest.raises(SourceError) as caught:
        json_object("rapira", Answer(200, {}, body))
    assert (caught.value.trouble, caught.value.detail) == (Trouble.GARBAGE, detail)


def test_a_moment_is_aware_and_in_utc() -> None:
    assert moment("cbr", Decimal(1795176243), "at") == datetime(2026, 11, 20, 12, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize("value", ["1795176243000", "1e19"])
def test_a_moment_beyond_the_calendar_is_garbage(value: str) -> None:
    with pytest.raises(SourceError, match="at is no moment"):
        moment("cbr", Decimal(value), "at")


def test_what_a_source_said_cannot_break_a_line_of_a_log() -> None:
    assert shown("a\nb\x1b[31m\ud800") == "'a\\nb\\x1b[31m\\ud800'"
    assert len(shown("x" * 100)) == 40


DATE = "Fri, 20 Nov 2026 12:04:05 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "60"}, 60),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "Fri, 20 Nov 2026 12:05:05 GMT", "Date": DATE}, 60),
        ({"Retry-After": "Fri, 20 Nov 2026 12:03:05 GMT", "Date": DATE}, -60),
        ({"Retry-After": "Fri, 20 Nov 2026 12:05:05 GMT"}, None),
        ({"Retry-After": "Fri, 20 Nov 2026 12:05:05 -0000", "Date": DATE}, None),
        ({"Retry-After": "Fri, 20 Nov 99999999999 12:05:05 GMT", "Date": DATE}, None),
        ({"Retry-After": "9" * 10}, None),
        ({"Retry-After": "-60"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "\u0661"}, None),
        ({"Retry-After": "soon", "Date": DATE}, None),
    ],
)
def test_a_refusal_says_for_how_long_where_the_source_does(headers: dict[str, str], seconds: float | None) -> None:
    with pytest.raises(SourceError) as caught:
        json_object("coingecko", Answer(429, headers, b""))
    assert (caught.value.trouble, caught.value.retry_after_s) == (Trouble.QUOTA, seconds)
