"""The days of the past from APILayer: one counted call, whole days, and no word on the rates of now."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import responses

from calc.directions import Currency
from rates.errors import NotAsked, SourceError, Trouble
from rates.http import Http
from rates.quota import hash_of
from rates.sources.apilayer import ApiLayer
from tests.market import PER_USD
from tests.rates.asking import KEY
from tests.rates.conftest import NOW
from tests.rates.counting import Counted, quota_of
from tests.rates.payloads import asked, cases, parsed, tell, tell_case

FIRST, LAST = date(2026, 11, 18), date(2026, 11, 20)
OTHERS = {str(code): float(units) for code, units in PER_USD.items() if code is not Currency.RUB}


def series() -> dict[str, Any]:
    """The sample, which has RUB alone, with the other currencies that are asked for."""
    told: dict[str, Any] = parsed("apilayer_timeseries.json")
    told["rates"] = {day: rates | OTHERS for day, rates in told["rates"].items()}
    return told


class Plan:
    """A key that serves the rates of now, and what was counted for it."""

    def __init__(self, http: Http, *keys: str) -> None:
        self.counts = Counted()
        quota = quota_of(*keys or (KEY,), counts=self.counts)
        url = "https://api.apilayer.com/exchangerates_data"
        self.source = ApiLayer(http, url=url, keys=keys or (KEY,), quota=quota, utcnow=lambda: NOW)

    @property
    def row(self) -> tuple[int, int]:
        """Calls, and failures in a row."""
        row = self.counts.rows["2026-11", hash_of(KEY)]
        return row.used, row.failed_in_a_row

    def trouble(self) -> SourceError:
        with pytest.raises(SourceError) as caught:
            self.source.past(FIRST, LAST)
        return caught.value


@pytest.fixture
def plan(http: Http) -> Plan:
    return Plan(http)


@responses.activate
def test_all_days_come_in_one_counted_call_with_the_key_in_its_header(plan: Plan) -> None:
    tell("apilayer past", series(), headers=cases("apilayer_errors.json")["ok_with_quota_headers"]["headers"])
    tables = plan.source.past(FIRST, LAST)
    assert [table.per_usd[Currency.RUB] for table in tables] == [
        Decimal("82.105218"),
        Decimal("82.270341"),
        Decimal("82.412507"),
    ]
    assert {table.per_usd[Currency.IDR] for table in tables} == {Decimal("17248.35")}
    assert [table.as_of for table in tables] == [
        datetime(2026, 11, day, 23, 59, 59, tzinfo=UTC) for day in (18, 19, 20)
    ]
    (call,) = responses.calls
    assert call.request.headers["apikey"] == KEY
    assert asked() == [
        {
            "base": "USD",
            "symbols": "RUB,EUR,THB,AED,ZAR,IDR",
            "start_date": "2026-11-18",
            "end_date": "2026-11-20",
        }
    ]
    assert plan.row == (250 - 173, 0)


@responses.activate
def test_another_base_is_crossed_as_it_is_for_the_rates_of_now(plan: Plan) -> None:
    told = series()
    told["base"] = "EUR"
    told["rates"] = {day: {**rates, "USD": 1.25} for day, rates in told["rates"].items()}
    tell("apilayer past", told)
    assert plan.source.past(FIRST, LAST)[0].per_usd[Currency.EUR] == Decimal("0.8")


@responses.activate
def test_days_that_are_not_told_whole_or_were_not_asked_for_are_left_out(plan: Plan) -> None:
    told = series()
    rates = told["rates"]["2026-11-19"]
    told["rates"] |= {
        "2026-11-18": {code: rate for code, rate in rates.items() if code != "IDR"},
        "2026-11-20": {**rates, "THB": -32.3},
        "2026-11-21": rates,
        "2026-11-17": rates,
        "yesterday": rates,
        "2026-11-16": None,
    }
    tell("apilayer past", told)
    (table,) = plan.source.past(FIRST, LAST)
    assert table.as_of == datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("rates", [None, [], {}, {"2026-11-19": {}}, "sample"])
@responses.activate
def test_no_whole_day_is_garbage(plan: Plan, rates: object) -> None:
    sample: dict[str, Any] = parsed("apilayer_timeseries.json")
    tell("apilayer past", sample if rates == "sample" else {**sample, "rates": rates})
    error = plan.trouble()
    assert (error.trouble, error.detail) == (Trouble.GARBAGE, "no rates of those days")


REFUSALS = ("invalid_api_key", "not_subscribed", "unknown_route", "invalid_symbols", "success_false_104")


@pytest.mark.parametrize("case", REFUSALS)
@responses.activate
def test_a_refusal_is_counted_and_no_other_key_is_tried(http: Http, case: str) -> None:
    plan = Plan(http, KEY, "second")
    tell_case("apilayer past", cases("apilayer_errors.json")[case])
    assert plan.trouble().trouble is not Trouble.BLOCKED
    assert len(responses.calls) == 1
    assert plan.row[0] == 1


@pytest.mark.parametrize("case", REFUSALS)
@responses.activate
def test_only_a_plan_that_is_used_up_says_something_of_the_rates_of_now(plan: Plan, case: str) -> None:
    tell_case("apilayer past", cases("apilayer_errors.json")[case])
    plan.trouble()
    assert plan.row == (1, 1 if case == "success_false_104" else 0)


@responses.activate
def test_a_call_is_made_only_when_one_can_be_spared(plan: Plan) -> None:
    with pytest.raises(NotAsked, match="no call to spare"):
        plan.source.check_spare()
    tell("apilayer", parsed("apilayer_latest.json"))
    plan.source.fetch()
    plan.source.check_spare()
    assert plan.row == (1, 0)


@responses.activate
def test_the_past_is_asked_of_the_key_that_serves(http: Http) -> None:
    told = cases("apilayer_errors.json")
    plan = Plan(http, "first", KEY)
    matcher = responses.matchers.header_matcher
    url = "https://api.apilayer.com/exchangerates_data/latest"
    responses.get(url, json=told["quota_exceeded"]["body"], status=429, match=[matcher({"apikey": "first"})])
    responses.get(url, json=parsed("apilayer_latest.json"), match=[matcher({"apikey": KEY})])
    plan.source.fetch()
    tell("apilayer past", series())
    plan.source.past(FIRST, LAST)
    assert responses.calls[-1].request.headers["apikey"] == KEY
