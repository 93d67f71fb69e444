"""The past of the stand-ins: dated tables of the bank, and a series of days for one call of a plan."""

import json
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from sandbox import SAMPLE, Sandbox
from sandbox.past import days_between, prices_on, table_day
from tests.sandbox.hands import Api

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2024, 11, day) for day in (15, 16, 17, 18))
SYMBOLS = "RUB,EUR,THB,AED,ZAR,IDR"


def bank(api: Api, asked: str) -> ET.Element:
    status, body = api.raw(f"/cbr/scripts/XML_daily.asp?date_req={asked}", method="GET")
    assert status == 200
    return ET.fromstring(body)


def dated(table: ET.Element) -> str:
    return str(table.get("Date"))


def series(api: Api, query: str, *, key: str = "k") -> dict[str, Any]:
    path = f"/apilayer/timeseries?{query}&base=USD&symbols={SYMBOLS}"
    status, body = api.raw(path, method="GET", headers={"apikey": key})
    assert status == 200, body
    answer: dict[str, Any] = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    return answer


def rub(table: ET.Element, code: str) -> Decimal:
    (row,) = (row for row in table if row.findtext("CharCode") == code)
    return Decimal(str(row.findtext("Value")).replace(",", ".")) / Decimal(str(row.findtext("Nominal")))


@pytest.mark.parametrize(
    ("day", "table"), [(FRIDAY, FRIDAY), (SATURDAY, SATURDAY), (SUNDAY, SATURDAY), (MONDAY, SATURDAY)]
)
def test_the_table_of_saturday_is_in_force_until_tuesday(api: Api, day: date, table: date) -> None:
    assert table_day(day) == table
    assert dated(bank(api, f"{day:%d/%m/%Y}")) == f"{table:%d.%m.%Y}"


def test_a_day_to_come_has_the_newest_table(api: Api) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert dated(bank(api, "01/01/2099")) == f"{table_day(tomorrow):%d.%m.%Y}"


@pytest.mark.parametrize("asked", ["2024-11-15", "15.11.2024", "%20", "31/02/2024"])
def test_a_day_that_is_none_is_an_error_without_a_table(sandbox: Sandbox, api: Api, asked: str) -> None:
    assert (bank(api, asked).get("Date"), list(bank(api, asked))) == (None, [])
    assert sandbox.journal.count("cbr") == 0


def test_both_sources_tell_the_same_past_each_time_they_are_asked(api: Api) -> None:
    answer = series(api, f"start_date={FRIDAY}&end_date={MONDAY}")
    assert (answer["start_date"], answer["end_date"], answer["base"]) == (f"{FRIDAY}", f"{MONDAY}", "USD")
    assert [*answer["rates"]] == [f"{day}" for day in days_between(FRIDAY, MONDAY)]
    for day in (FRIDAY, SATURDAY):
        per_usd, table = answer["rates"][f"{day}"], bank(api, f"{day:%d/%m/%Y}")
        assert per_usd == prices_on(day).per_usd
        for code in ("EUR", "THB", "AED", "ZAR", "IDR"):
            assert abs(rub(table, code) / (per_usd["RUB"] / per_usd[code]) - 1) < Decimal("0.00001")
        assert abs(rub(table, "USD") - per_usd["RUB"]) <= Decimal("0.00005")
    assert series(api, f"start_date={FRIDAY}&end_date={MONDAY}") == answer


def test_the_past_moves_as_a_market_does() -> None:
    days = [prices_on(day).per_usd for day in days_between(date(2026, 1, 1), date(2026, 12, 31))]
    for code, rate in SAMPLE.per_usd.items():
        told = [each[code] for each in days]
        assert all(abs(value / rate - 1) < Decimal("0.02") for value in told)
        steps = [abs(after / before - 1) for before, after in pairwise(told)]
        assert max(steps) < Decimal("0.012")
        assert len(set(told)) > 300 or code == "AED"


def test_a_series_ends_today_whatever_was_asked(api: Api) -> None:
    today = datetime.now(UTC).date()
    answer = series(api, f"start_date={today - timedelta(days=1)}&end_date={today + timedelta(days=9)}")
    assert [*answer["rates"]] == [f"{today - timedelta(days=1)}", f"{today}"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("start_date=2024-01-01", 501),
        ("start_date=then&end_date=2024-01-02", 501),
        ("start_date=2024-01-02&end_date=2024-01-01", 504),
        ("start_date=2099-01-01&end_date=2099-01-02", 504),
        ("start_date=2023-01-01&end_date=2024-01-01", 505),
    ],
)
def test_a_series_that_cannot_be_is_refused_with_a_status_of_200(api: Api, query: str, code: int) -> None:
    answer = series(api, query)
    assert (answer["success"], answer["error"]["code"]) == (False, code)


def test_a_series_of_a_year_is_one_call_of_the_plan(sandbox: Sandbox, api: Api) -> None:
    path = f"/apilayer/timeseries?start_date=2023-01-01&end_date=2023-12-31&base=USD&symbols={SYMBOLS}"
    _, _, first = api.whole(path, headers={"apikey": "k"})
    _, body, second = api.whole(path, headers={"apikey": "k"})
    assert len(json.loads(body)["rates"]) == 365
    assert [each["x-ratelimit-remaining-month"] for each in (first, second)] == ["249", "248"]
    assert api.raw(path, method="GET")[0] == 401
    assert sandbox.journal.count("apilayer") == 0


def test_the_past_of_a_source_fails_by_a_name_of_its_own(sandbox: Sandbox, api: Api) -> None:
    sandbox.faults.add("cbr_past", "451")
    sandbox.faults.add("apilayer_past", "quota")
    assert api.raw("/cbr/scripts/XML_daily.asp?date_req=15/11/2024", method="GET")[0] == 451
    assert api.raw("/cbr/scripts/XML_daily.asp", method="GET")[0] == 200
    assert api.raw("/apilayer/timeseries", method="GET", headers={"apikey": "k"})[0] == 429
    assert api.raw("/apilayer/latest", method="GET", headers={"apikey": "k"})[0] == 200
    assert (sandbox.journal.count("cbr_past"), sandbox.journal.count("apilayer_past")) == (1, 1)
