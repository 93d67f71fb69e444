"""What the rate sources send for given prices: the shapes are theirs, every number follows from the one market."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from sandbox.market import Prices

_SIX = Decimal("0.000001")
_FOUR = Decimal("0.0001")
_TWO = Decimal("0.01")


def write_json(value: Any) -> str:
    """JSON with the decimals as they are written; the standard encoder would make floats of them."""
    match value:
        case Mapping():
            text = "{" + ",".join(f"{quoted(key)}:{write_json(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            text = "[" + ",".join(map(write_json, value)) + "]"
        case Decimal():
            text = _plain(value)
        case str() | bool() | int() | None:
            text = json.dumps(value)
        case _:
            raise TypeError(f"not to be written as JSON: {value!r}")
    return text


def rapira_rates(prices: Prices) -> str:
    """All pairs of Rapira, of which the desk needs one."""
    rows = [
        _rapira_row("BTC/USDT", "91240.5", "91562.7", bid="91560.1", ask="91563.4", name="Bitcoin"),
        _rapira_row("ETH/USDT", "3108.42", "3121.55", bid="3121.4", ask="3121.61", name="Ethereum"),
        _rapira_row("USDT/RUB", "81.42", prices.close, bid=prices.bid, ask=prices.ask, name="Tether"),
        _rapira_row("TON/USDT", "1.862", "1.873", bid="1.872", ask="1.874", name="Toncoin"),
        _rapira_row("USDC/USDT", "0.9997", "0.9998", bid="0.9997", ask="0.9999", name="USD Coin"),
    ]
    envelope = {"code": 0, "message": "SUCCESS", "totalPage": None, "totalElement": None, "isWorking": 1}
    return write_json({"data": rows, **envelope})


def _rapira_row(
    symbol: str, opened: str, close: Decimal | str, *, bid: Decimal | str, ask: Decimal | str, name: str
) -> dict[str, Any]:
    """A row; Rapira calls the one a pair is priced in its base, the reverse of what others do."""
    start, last = Decimal(opened), Decimal(close)
    quote, base = symbol.split("/")
    return {
        "symbol": symbol,
        "open": start,
        "high": max(start, last, Decimal(ask)),
        "low": min(start, last, Decimal(bid)),
        "close": last,
        "chg": ((last - start) / start).quantize(Decimal("0.00000001")),
        "change": last - start,
        "fee": Decimal("0.002"),
        "lastDayClose": start,
        "usdRate": Decimal("1.105611219"),
        "baseUsdRate": Decimal("0.01354086"),
        "askPrice": Decimal(ask),
        "bidPrice": Decimal(bid),
        "baseCoinScale": 2,
        "coinScale": 2,
        "quoteCurrencyName": name,
        "baseCurrency": base,
        "quoteCurrency": quote,
    }


_LADDER = (("0", "1204.55"), ("0.01", "8150"), ("0.03", "25400.12"), ("0.06", "61000"), ("0.14", "120450.7"))
"""How far each level of the order book is from the best one, and what it holds."""


def rapira_book(prices: Prices) -> str:
    """The order book of USDT/RUB."""
    asks = [(prices.ask + Decimal(away), Decimal(amount)) for away, amount in _LADDER]
    bids = [(prices.bid - Decimal(away), Decimal(amount)) for away, amount in _LADDER]
    return write_json({"ask": _book_side(asks, "SELL"), "bid": _book_side(bids, "BUY")})


def _book_side(levels: list[tuple[Decimal, Decimal]], direction: str) -> dict[str, Any]:
    return {
        "minAmount": min(amount for _, amount in levels),
        "highestPrice": max(price for price, _ in levels),
        "symbol": "USDT/RUB",
        "lowestPrice": min(price for price, _ in levels),
        "maxAmount": max(amount for _, amount in levels),
        "items": [{"price": price, "amount": amount} for price, amount in levels],
        "direction": direction,
    }


def apilayer_latest(prices: Prices, now: datetime, *, base: str, symbols: Iterable[str]) -> str:
    """Units of each symbol per 1 of the base, six decimals as they send them."""
    rates = _per_base(prices, base, symbols)
    return write_json(
        {"success": True, "timestamp": int(now.timestamp()), "base": base, "date": f"{now:%Y-%m-%d}", "rates": rates}
    )


def apilayer_timeseries(days: Mapping[date, Prices], *, base: str, symbols: Iterable[str]) -> str:
    """The same for each of some days, in their order."""
    return write_json(
        {
            "success": True,
            "timeseries": True,
            "start_date": f"{min(days)}",
            "end_date": f"{max(days)}",
            "base": base,
            "rates": {f"{day}": _per_base(prices, base, symbols) for day, prices in days.items()},
        }
    )


def _per_base(prices: Prices, base: str, symbols: Iterable[str]) -> dict[str, Decimal]:
    per_usd = {"USD": Decimal(1), **prices.per_usd}
    return {code: _trimmed((per_usd[code] / per_usd[base]).quantize(_SIX)) for code in sorted(symbols) if code != base}


_CBR = {
    "AED": ("R01230", "784", 1, "Дирхам ОАЭ"),
    "USD": ("R01235", "840", 1, "Доллар США"),
    "EUR": ("R01239", "978", 1, "Евро"),
    "IDR": ("R01280", "360", 10_000, "Рупий"),
    "IRR": ("R01300", "364", 1_000_000, "Иранских риалов"),
    "KZT": ("R01335", "398", 100, "Тенге"),
    "CNY": ("R01375", "156", 1, "Юань"),
    "THB": ("R01675", "764", 10, "Батов"),
    "ZAR": ("R01810", "710", 10, "Рэндов"),
}
"""What the Bank of Russia calls a currency: its own id, the numeric code, the nominal and the name."""
_CBR_OTHERS = {"IRR": Decimal("1400116.58"), "KZT": Decimal("462.88214"), "CNY": Decimal("6.761533")}
"""Units per 1 USD of what the bank lists and the desk does not trade."""


_PLAIN_FROM = Decimal("0.0001")


def cbr_daily(prices: Prices, in_force: date) -> bytes:
    """The table of the Bank of Russia as its bytes: RUB per nominal, a comma, dated the day it is in force from."""
    per_usd = {"USD": Decimal(1), **_CBR_OTHERS, **prices.per_usd}
    rows = "".join(_cbr_row(code, prices.per_usd["RUB"] / per_usd[code]) for code in _CBR)
    dated = f"{in_force:%d.%m.%Y}"
    head = f'<?xml version="1.0" encoding="windows-1251"?><ValCurs Date="{dated}" name="Foreign Currency Market">'
    return f"{head}{rows}</ValCurs>".encode("windows-1251")


def _cbr_row(code: str, rub: Decimal) -> str:
    number, numeric, nominal, name = _CBR[code]
    value = _comma(_plain((nominal * rub).quantize(_FOUR)))
    unit = _comma(_plain(_significant(rub)) if rub >= _PLAIN_FROM else _scientific(rub))
    return (
        f'<Valute ID="{number}"><NumCode>{numeric}</NumCode><CharCode>{code}</CharCode><Nominal>{nominal}</Nominal>'
        f"<Name>{name}</Name><Value>{value}</Value><VunitRate>{unit}</VunitRate></Valute>"
    )


def _significant(value: Decimal) -> Decimal:
    return _trimmed(Decimal(f"{value:.6g}"))


def _scientific(value: Decimal) -> str:
    """As .NET writes it: two digits of the exponent."""
    exponent = value.adjusted()
    return f"{_plain(_significant(value.scaleb(-exponent)))}E{exponent:+03d}"


def _comma(number: str) -> str:
    return number.replace(".", ",")


def erapi_latest(prices: Prices, now: datetime) -> str:
    """The open table of ExchangeRate-API: made at midnight, the next one a day later."""
    made = now.replace(hour=0, minute=2, second=31, microsecond=0)
    following = made + timedelta(days=1)
    others = {"CNY": Decimal("6.761533"), "GBP": Decimal("0.740205"), "KZT": Decimal("462.88214")}
    rates = {code: _trimmed(rate) for code, rate in sorted({**others, **prices.per_usd}.items())}
    return write_json(
        {
            "result": "success",
            "provider": "https://www.exchangerate-api.com",
            "documentation": "https://www.exchangerate-api.com/docs/free",
            "terms_of_use": "https://www.exchangerate-api.com/terms",
            "time_last_update_unix": int(made.timestamp()),
            "time_last_update_utc": format_datetime(made.astimezone(UTC)),
            "time_next_update_unix": int(following.timestamp()),
            "time_next_update_utc": format_datetime(following.astimezone(UTC)),
            "time_eol_unix": 0,
            "base_code": "USD",
            "rates": {"USD": 1, **rates},
        }
    )


def coingecko_simple(prices: Prices, now: datetime, *, currencies: Iterable[str], updated: bool) -> str:
    """The index price of a USDT in each currency, lower case as they write them."""
    per_usd = {"USD": Decimal(1), **prices.per_usd}
    known = [code for code in currencies if code.upper() in per_usd]
    tether: dict[str, Any] = {code: prices.usd_per_usdt * per_usd[code.upper()] for code in known}
    tether = {code: price.quantize(_SIX if price < 1 else _TWO) for code, price in tether.items()}
    if updated:
        tether["last_updated_at"] = int(now.timestamp()) - 45
    return write_json({"tether": tether})


def _plain(value: Decimal) -> str:
    return f"{value:f}"


def _trimmed(value: Decimal) -> Decimal:
    """Without zeros at the end, as a JSON number of theirs has none."""
    return value.normalize() if value != value.to_integral() else value.to_integral()
