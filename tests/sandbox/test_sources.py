import json
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import pytest

from sandbox import SAMPLE, Prices, Sandbox
from sandbox.market import Market
from sandbox.payloads import write_json
from sandbox.sources import ROUTES
from tests.sandbox.hands import Api, Clock


def get(api: Api, path: str, **headers: str) -> Any:
    status, body = api.raw(path, method="GET", headers=headers)
    assert status == 200, body
    return json.loads(body, parse_float=Decimal, parse_int=Decimal)


def rapira(api: Api) -> dict[str, Any]:
    answer = get(api, "/rapira/open/market/rates")
    assert (answer["code"], answer["isWorking"]) == (0, 1)
    rows: dict[str, dict[str, Any]] = {row["symbol"]: row for row in answer["data"]}
    return rows["USDT/RUB"]


def cbr(api: Api) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Nominal, RUB per nominal and RUB per unit, as they are written."""
    status, body = api.raw("/cbr/scripts/XML_daily.asp", method="GET")
    assert status == 200
    table = ET.fromstring(body)
    return {
        str(row.findtext("CharCode")): (number(row, "Nominal"), number(row, "Value"), number(row, "VunitRate"))
        for row in table
    }


def number(row: ET.Element, name: str) -> Decimal:
    return Decimal(str(row.findtext(name)).replace(",", "."))


def test_every_source_tells_the_same_market(sandbox: Sandbox, api: Api) -> None:
    sandbox.market.set(bid=Decimal("90.11"), ask=Decimal("90.17"), close=Decimal("90.15"), per_usd={"RUB": Decimal(91)})
    prices = sandbox.market.now()

    row = rapira(api)
    assert (row["bidPrice"], row["askPrice"], row["close"]) == (prices.bid, prices.ask, prices.close)
    book = get(api, "/rapira/market/exchange-plate-mini?symbol=USDT/RUB")
    assert (book["bid"]["items"][0]["price"], book["ask"]["items"][0]["price"]) == (prices.bid, prices.ask)

    layer = get(api, "/apilayer/latest?base=USD&symbols=RUB,EUR,THB,AED,ZAR,IDR", apikey="k")
    assert layer["rates"] == prices.per_usd
    open_rates = get(api, "/erapi/v6/latest/USD")["rates"]
    assert {code: open_rates[code] for code in prices.per_usd} == prices.per_usd

    bank = cbr(api)
    for code in ("EUR", "THB", "AED", "ZAR", "IDR"):
        nominal, value, unit = bank[code]
        rub = prices.per_usd["RUB"] / prices.per_usd[code]
        assert abs(value - nominal * rub) <= Decimal("0.00005")
        assert abs(unit - rub) <= rub * Decimal("0.00001")
    assert bank["USD"] == (Decimal(1), prices.per_usd["RUB"], prices.per_usd["RUB"])

    tether = get(api, "/coingecko/api/v3/simple/price?ids=tether&vs_currencies=rub,usd,idr,xyz")["tether"]
    assert tether["usd"] == prices.usd_per_usdt
    assert abs(tether["rub"] - prices.usd_per_usdt * 91) <= Decimal("0.005")
    assert tether.keys() == {"usd", "rub", "idr"}


def test_the_market_begins_as_the_samples_have_it(sandbox: Sandbox, api: Api) -> None:
    assert sandbox.market.now() == SAMPLE
    nominal, value, unit = cbr(api)["IDR"]
    assert (nominal, value, unit) == (Decimal(10_000), Decimal("47.7799"), Decimal("0.00477799"))
    assert cbr(api)["IRR"][2] < Decimal("0.0001")


def test_the_bank_writes_windows_1251_with_commas_and_the_day_after(sandbox: Sandbox, api: Api) -> None:
    body = api.raw("/cbr/scripts/XML_daily.asp", method="GET")[1]
    assert body.startswith(b'<?xml version="1.0" encoding="windows-1251"?><ValCurs Date="')
    assert "Рупий".encode("windows-1251") in body
    assert b"<Nominal>10000</Nominal>" in body
    assert b"<Value>82,4125</Value>" in body
    assert b"<VunitRate>5,88612E-05</VunitRate>" in body


def test_apilayer_asks_for_a_key_that_is_good(sandbox: Sandbox, api: Api) -> None:
    sandbox.sources.apilayer.refused_keys.add("bad")
    sandbox.sources.apilayer.used_up_keys.add("empty")
    path = "/apilayer/latest?base=USD&symbols=RUB"
    told = {key: api.raw(path, method="GET", headers={"apikey": key} if key else {}) for key in ("", "bad", "empty")}
    assert told[""] == (401, b'{"message":"No API key found in request"}')
    assert told["bad"] == (401, b'{"message":"Invalid authentication credentials"}')
    assert told["empty"][0] == 429
    assert b"exceeded your daily/monthly API rate limit" in told["empty"][1]


def test_apilayer_crosses_and_refuses_as_it_does(sandbox: Sandbox, api: Api) -> None:
    assert get(api, "/apilayer/latest?base=EUR&symbols=RUB,USD", apikey="k")["rates"] == {
        "RUB": Decimal("95.51607"),
        "USD": Decimal("1.159"),
    }
    assert len(get(api, "/apilayer/latest", apikey="k")["rates"]) == 6
    for query, code in (("base=XXX", b"invalid_base_currency"), ("symbols=RUB,XXX", b"invalid_currency_codes")):
        status, body = api.raw(f"/apilayer/latest?{query}", method="GET", headers={"apikey": "k"})
        assert (status, code in body) == (400, True)


def test_a_fault_can_be_for_one_key(sandbox: Sandbox, api: Api) -> None:
    sandbox.faults.add("apilayer", "quota", key="first")
    path = "/apilayer/latest?base=USD&symbols=RUB"
    assert api.raw(path, method="GET", headers={"apikey": "first"})[0] == 429
    assert api.raw(path, method="GET", headers={"apikey": "second"})[0] == 200


def test_calls_are_counted_by_route(sandbox: Sandbox, api: Api) -> None:
    for path in ROUTES:
        api.raw(path, method="GET")
    api.raw("/rapira/open/market/rates", method="GET")
    assert {name: sandbox.journal.count(name) for name in ROUTES.values()} == {
        "rapira": 2,
        "rapira_book": 1,
        "apilayer": 1,
        "apilayer_past": 1,
        "cbr": 1,
        "erapi": 1,
        "coingecko": 1,
    }
    assert [call.status for call in sandbox.journal.calls("apilayer")] == [401]


def test_another_route_is_not_there(api: Api) -> None:
    assert api.raw("/rapira/market/symbol-thumb", method="GET")[0] == 404
    assert api.raw("/rapira/open/market/rates", method="POST")[0] == 404


def test_coingecko_says_when_when_asked(api: Api) -> None:
    path = "/coingecko/api/v3/simple/price?ids=tether&vs_currencies=rub&include_last_updated_at=true"
    assert get(api, path)["tether"]["last_updated_at"] > 1_700_000_000


def test_the_settings_point_to_the_routes(sandbox: Sandbox, api: Api) -> None:
    routes = {
        "RAPIRA_URL": "/open/market/rates",
        "APILAYER_URL": "/latest",
        "CBR_URL": "/scripts/XML_daily.asp",
        "ERAPI_URL": "/v6/latest/USD",
        "COINGECKO_URL": "/api/v3/simple/price",
    }
    assert sandbox.source_urls.keys() == routes.keys()
    for name, route in routes.items():
        url = sandbox.source_urls[name]
        assert api.raw(url.removeprefix(sandbox.url) + route, method="GET", headers={"apikey": "k"})[0] == 200
    assert sandbox.settings["TELEGRAM_API_URL"] == sandbox.url
    assert sandbox.settings["BOT_TOKEN"] == sandbox.token


def walk(clock: Clock, *, seed: int) -> list[Prices]:
    market = Market(drift=True, seed=seed, step_s=5, clock=clock)
    seen = []
    for _ in range(200):
        clock.tick(5)
        seen.append(market.now())
    return seen


def test_the_drift_is_the_same_for_a_seed_and_stays_sane() -> None:
    first = walk(Clock(), seed=1)
    assert walk(Clock(), seed=1) == first
    assert walk(Clock(), seed=2) != first
    assert len({prices.close for prices in first}) > 10
    assert len({prices.per_usd["IDR"] for prices in first}) > 10
    for prices in first:
        assert prices.bid < prices.close < prices.ask
        assert abs(prices.close / SAMPLE.close - 1) <= Decimal("0.021")
        assert all(prices.per_usd[code].as_tuple().exponent == -6 for code in prices.per_usd)


def test_the_drift_steps_with_the_clock_alone(clock: Clock) -> None:
    market = Market(drift=True, step_s=5, clock=clock)
    clock.tick(4.9)
    assert market.now() == SAMPLE
    clock.tick(0.2)
    moved = market.now()
    assert moved != SAMPLE
    assert market.now() == moved
    market.drift(on=False)
    clock.tick(1_000)
    assert market.now() == moved
    market.set(close=Decimal(80))
    assert market.now().close == 80
    assert market.now().per_usd == moved.per_usd


def test_only_what_is_json_is_written() -> None:
    assert write_json([True, None, "я", Decimal("1E+3")]) == '[true,null,"\\u044f",1000]'
    with pytest.raises(TypeError, match=r"0\.5"):
        write_json(0.5)
