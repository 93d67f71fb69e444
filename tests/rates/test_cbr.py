"""The table of the Bank of Russia: its charset, its comma, its nominals, and what is no such table."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import responses

from calc.directions import Currency
from calc.snapshots import FiatTable
from rates.checks import checked_past
from rates.errors import SourceError, Trouble
from rates.http import Http
from rates.sources.cbr import BankOfRussia
from tests.rates.asking import outcome, trouble
from tests.rates.conftest import NOW
from tests.rates.payloads import asked, body, tell

BOMB = """<?xml version="1.0" encoding="{charset}"?>
<!DOCTYPE ValCurs [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<ValCurs Date="21.11.2026">&b;</ValCurs>"""
TABLE = body("cbr_daily.xml")
THB = "<Nominal>10</Nominal><Name>Батов</Name><Value>25,4739".encode("cp1251")
IDR = "<Nominal>10000</Nominal><Name>Рупий</Name>".encode("cp1251")


@responses.activate
def test_the_bank_of_russia_is_read_in_its_charset_with_comma_and_nominal(http: Http) -> None:
    tell("cbr", TABLE, headers={"Content-Type": "text/xml"})
    table = outcome("cbr", http)
    assert isinstance(table, FiatTable)
    assert table.as_of == datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
    assert table.as_of.tzinfo is UTC
    rub = Decimal("82.4386")
    assert table.per_usd == {
        Currency.RUB: rub,
        Currency.EUR: rub / Decimal("95.6120"),
        Currency.THB: rub / Decimal("2.54739"),
        Currency.AED: rub / Decimal("22.4475"),
        Currency.ZAR: rub / Decimal("4.93024"),
        Currency.IDR: rub / Decimal("0.00477877"),
    }


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        (b"", "no XML"),
        (b"<html><body>Just a moment...", "no XML"),
        (b"<html></html>", "'html' instead of ValCurs"),
        (b"<!DOCTYPE html><html></html>", "a DOCTYPE"),
        (BOMB.format(charset="windows-1251").encode("cp1251"), "a DOCTYPE"),
        (BOMB.format(charset="utf-16").encode("utf-16"), "a DOCTYPE"),
        (TABLE[:500], "no XML"),
        (TABLE.replace(b"windows-1251", b"utf-8"), "no XML"),
        (TABLE.replace(b"windows-1251", b"klingon"), "no XML"),
        (b"<ValCurs>Error in parameters</ValCurs>", "USD is missing"),
        (TABLE.replace(b"<CharCode>IDR", b"<CharCode>XXX"), "IDR is missing"),
        (TABLE.replace(b"82,4386", b"0,0000"), "USD value is '0.0000'"),
        (TABLE.replace(b"<Value>82,4386</Value>", b""), "USD value is no number"),
        (TABLE.replace(IDR, b""), "IDR nominal is missing"),
        (TABLE.replace(IDR, b"<Nominal>1</Nominal>"), "IDR 1.7251008 per USD is out of bounds"),
        (TABLE.replace(b'"21.11.2026"', b'"2026-11-21"'), "no date"),
        (TABLE.replace(b'Date="21.11.2026"', b""), "no date"),
        (TABLE.replace(b'"21.11.2026"', b'"01.01.0001"'), "no date"),
        (TABLE.replace(b'"21.11.2026"', b'"21.11.2027"'), "dated 2027-11-20, which is to come"),
    ],
)
@responses.activate
def test_a_table_of_the_bank_that_is_not_plainly_good_is_garbage(http: Http, sent: bytes, detail: str) -> None:
    assert sent != TABLE
    tell("cbr", sent, headers={"Content-Type": "text/xml; charset=windows-1251"})
    error = trouble("cbr", http)
    assert error.trouble is Trouble.GARBAGE
    assert detail in error.detail


@pytest.mark.parametrize(
    "sent",
    [
        TABLE.replace(b"<ValCurs", b"<!-- a comment --><ValCurs", 1),
        TABLE.replace(b"<Value>25,4739</Value>", b"<Value>254,739E-01</Value>"),
        TABLE.replace(
            b"<Nominal>10</Nominal><Name>\xc1\xe0\xf2\xee\xe2</Name><Value>25,4739",
            b"<Nominal>1</Nominal><Value>2,54739",
        ),
        TABLE.replace(b"<VunitRate>2,54739</VunitRate>", b""),
    ],
)
@responses.activate
def test_a_table_of_the_bank_may_be_written_in_other_ways(http: Http, sent: bytes) -> None:
    assert sent != TABLE
    tell("cbr", sent)
    table = outcome("cbr", http)
    assert isinstance(table, FiatTable)
    assert table.per_usd[Currency.THB] == Decimal("82.4386") / Decimal("2.54739")


@responses.activate
def test_the_table_of_a_day_is_asked_for_by_its_date(http: Http) -> None:
    tell("cbr", TABLE, headers={"Content-Type": "text/xml"})
    table = BankOfRussia(http, url="https://www.cbr.ru", utcnow=lambda: NOW).past(date(2026, 11, 22))
    assert table == outcome("cbr", http)
    assert asked() == [{"date_req": "22/11/2026"}, {}]
    in_force = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)  # Saturday's, in Moscow
    sunday = in_force + timedelta(days=1)
    assert checked_past(table, sunday) is table
    with pytest.raises(SourceError, match="asked for 2026-11-20 20:59 UTC"):
        checked_past(table, in_force - timedelta(minutes=1))


@responses.activate
def test_a_day_without_a_table_is_garbage(http: Http) -> None:
    tell("cbr", b'<?xml version="1.0" encoding="windows-1251"?><ValCurs>Error in parameters</ValCurs>')
    with pytest.raises(SourceError, match="USD is missing") as caught:
        BankOfRussia(http, url="https://www.cbr.ru", utcnow=lambda: NOW).past(date(1990, 1, 1))
    assert caught.value.trouble is Trouble.GARBAGE
