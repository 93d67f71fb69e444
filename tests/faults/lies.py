"""How each fault of the table is brought about at a stand-in: what the source does, or what it says instead."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.faults import Faults
from sandbox.market import SAMPLE, Prices
from sandbox.payloads import apilayer_latest, cbr_daily, coingecko_simple, erapi_latest, rapira_book, rapira_rates

TARGETS = {
    "rapira": "rapira",
    "rapira book": "rapira_book",
    "coingecko": "coingecko",
    "apilayer": "apilayer",
    "cbr": "cbr",
    "exchangerate-api": "erapi",
}
"""What the stand calls a source."""

JSON, XML = "application/json", "text/xml; charset=windows-1251"
ENDLESS = {"timeout": "silence", "dripping body": "drip"}
"""What ends at the deadline of a call."""
NO_ANSWER = {**ENDLESS, "connection cut": "reset_before"}
STATUSES = ("400", "401", "403", "404", "429", "451", "500", "502")
EIGHT = Decimal("0.00000001")

_PRICE = {
    "rapira": rb'(?<="askPrice":)81\.66',
    "rapira book": rb'(?<="price":)81\.66',
    "coingecko": rb'(?<="rub":)82\.36',
    "apilayer": rb'(?<="RUB":)82\.412507',
    "cbr": rb"(?<=<Value>)82,4125",
    "exchangerate-api": rb'(?<="RUB":)82\.412507',
}
"""The number that is spoilt; one is enough to make a snapshot worthless."""

_CURRENCY = {
    "coingecko": rb'"rub":[0-9.]+,',
    "apilayer": rb'"THB":[0-9.]+,',
    "cbr": rb'<Valute ID="R01675">.*?</Valute>',
    "exchangerate-api": rb'"THB":[0-9.]+,',
}
_SYMBOL = {"rapira": rb"USDT/RUB", "rapira book": rb"USDT/RUB", "coingecko": rb"tether"}


def tell(faults: Faults, source: str, fault: str, *, now: datetime) -> None:
    """The source has the fault from now on. A connection that is refused is made by its address, not here."""
    target = TARGETS[source]
    if fault in NO_ANSWER:
        faults.add(target, NO_ANSWER[fault], delay_s=0.05)
    elif fault == "429 for two minutes":
        faults.add(target, "429", retry_after=120)
    elif fault in STATUSES:
        faults.add(target, "canned", status=int(fault), body=b"{}")
    elif fault == "403 by plan":
        faults.add(target, "canned", status=403, body=b'{"message":"You cannot consume this service"}')
    elif fault == "HTML with 200":
        faults.add(target, "html")
    elif fault == "quota told with 200":
        faults.add(target, "quota_104")
    else:
        charset = {"cbr": "text/xml; charset=utf-8"}.get(source, f"{JSON}; charset=windows-1251")
        kind = charset if fault == "wrong charset told" else XML if source == "cbr" else JSON
        faults.add(target, "canned", body=_SAID[fault](source, now), content_type=kind)


def good(source: str, now: datetime, prices: Prices = SAMPLE) -> bytes:
    """What the source says when it is well."""
    match source:
        case "rapira":
            return rapira_rates(prices).encode()
        case "rapira book":
            return rapira_book(prices).encode()
        case "coingecko":
            return coingecko_simple(prices, now, currencies=["rub"], updated=True).encode()
        case "apilayer":
            return apilayer_latest(prices, now, base="USD", symbols=prices.per_usd).encode()
        case "cbr":
            return cbr_daily(prices, now)
        case _:
            return erapi_latest(prices, now).encode()


def _edited(body: bytes, pattern: bytes, instead: bytes) -> bytes:
    edited, times = re.subn(pattern, instead, body)
    assert times, f"{pattern!r} is not in {body!r}"
    return edited


def _priced(instead: bytes) -> Callable[[str, datetime], bytes]:
    return lambda source, now: _edited(good(source, now), _PRICE[source], instead)


def _worth(times: str) -> Callable[[str, datetime], bytes]:
    """The rouble is worth so many times less."""
    factor = Decimal(times)
    prices = replace(
        SAMPLE,
        bid=SAMPLE.bid * factor,
        ask=SAMPLE.ask * factor,
        close=SAMPLE.close * factor,
        per_usd={**SAMPLE.per_usd, "RUB": SAMPLE.per_usd["RUB"] * factor},
    )
    return lambda source, now: good(source, now, prices)


def _inverted(source: str, now: datetime) -> bytes:
    prices = Prices(
        bid=(1 / SAMPLE.ask).quantize(EIGHT),
        ask=(1 / SAMPLE.bid).quantize(EIGHT),
        close=(1 / SAMPLE.close).quantize(EIGHT),
        per_usd={code: (1 / units).quantize(EIGHT) for code, units in SAMPLE.per_usd.items()},
        usd_per_usdt=SAMPLE.usd_per_usdt,
    )
    return good(source, now, prices)


def _dated(away: timedelta) -> Callable[[str, datetime], bytes]:
    return lambda source, now: good(source, now + away)


def _crossed(source: str, now: datetime) -> bytes:
    return good(source, now, replace(SAMPLE, bid=SAMPLE.ask, ask=SAMPLE.bid))


def _truncated(source: str, now: datetime) -> bytes:
    whole = good(source, now)
    return whole[: len(whole) * 9 // 10]


def _failure(source: str, now: datetime) -> bytes:
    if source == "apilayer":
        return b'{"success":false,"error":{"code":106,"type":"no_rates_available","info":"..."}}'
    if source == "exchangerate-api":
        return b'{"result":"error","error-type":"unsupported-code"}'
    return b'{"data":null,"code":500,"message":"ERROR","totalPage":null,"totalElement":null,"isWorking":1}'


def _unreadable(source: str, now: datetime) -> bytes:
    if source == "cbr":
        return _edited(good(source, now), rb"windows-1251", b"windows-9999")
    return _edited(good(source, now), rb"^\{", '{"note":"Рубль",'.encode("windows-1251"))


_SAID: dict[str, Callable[[str, datetime], bytes]] = {
    "empty": lambda source, now: b"",
    "failure told with 200": _failure,
    "closed for now": lambda source, now: _edited(good(source, now), rb'"isWorking":1', b'"isWorking":0'),
    "truncated": _truncated,
    "NaN": _priced(b"NaN"),
    "zero": _priced(b"0"),
    "negative": _priced(b"-81.66"),
    "missing currency": lambda source, now: _edited(good(source, now), _CURRENCY[source], b""),
    "missing symbol": lambda source, now: _edited(good(source, now), _SYMBOL[source], b"TON/USDT"),
    "crossed book": _crossed,
    "10 x too much": _worth("10"),
    "inverted": _inverted,
    "jump of 8 %": _worth("1.08"),
    "of yesterday": _dated(timedelta(days=-1)),
    "months old": _dated(timedelta(days=-90)),
    "of next year": _dated(timedelta(days=365)),
    "wrong charset told": good,
    "unreadable charset": _unreadable,
}
