"""Numbers, rates and ages as a person reads them: no-break spaces, the decimal sign of their language, units behind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from html import escape

from calc.ages import DAILY_SOURCES, age
from calc.base import BaseRate, Leg, Side
from calc.deal import Quote, Rate, shown
from calc.depth import DepthPrice
from calc.directions import Currency
from calc.margins import Margin
from calc.requests import Request
from calc.rounding import round_alike
from chat.texts import MOSCOW, Texts
from desk.gate import Freshness, freshness

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
_GIGABYTE = 1_000_000_000
DEEP_USDT = Decimal(10_000)
"""From this amount on the top of the order book is hardly the price of all of it."""


def number(value: Decimal, texts: Texts) -> str:
    """Every digit of the value: `1234567.50` is `1 234 567,50` to a Russian, `1 234 567.50` to an English reader."""
    whole, point, decimals = f"{value.copy_abs():,f}".partition(".")
    text = whole.replace(",", NBSP) + (texts("decimal_sign") if point else "") + decimals
    return MINUS + text if value < 0 else text


def alike(rates: Sequence[Decimal], texts: Texts) -> list[str]:
    """Rates of one pair beside each other: `95,21`, `97,20`."""
    return [number(each, texts) for each in round_alike([Fraction(rate) for rate in rates])]


def money(value: Decimal, currency: Currency, texts: Texts) -> str:
    """An amount in the currency's step, whole amounts without decimals: `1 000 RUB`, `11,49 USDT`."""
    return f"{amount(value, currency, texts)}{NBSP}{currency}"


def amount(value: Decimal, currency: Currency, texts: Texts) -> str:
    """The same where the currency stands already: `1 000`, `11,40`."""
    whole = value.to_integral_value()
    return number(whole if value == whole else value.quantize(currency.step), texts)


def limit(value: Decimal, texts: Texts) -> str:
    """A bound without trailing zeros: `0,01`, `50`, `1 000 000 000`."""
    text = f"{value:f}"
    return number(Decimal(text.rstrip("0").rstrip(".") if "." in text else text), texts)


def percent(value: Decimal, texts: Texts) -> str:
    return f"{limit(value, texts)}{NBSP}%"


def signed_percent(value: Decimal, texts: Texts) -> str:
    return percent(value, texts) if value < 0 else f"+{percent(value, texts)}"


def peg(value: Decimal, texts: Texts) -> str:
    return number(value.quantize(Decimal("0.0001")), texts)


def margin(value: Margin, texts: Texts, base: BaseRate | None = None) -> str:
    """`2 %`, or `+0,5 RUB`: an absolute one is in the units of the base rate as it is shown."""
    if not value.absolute:
        return percent(value.value, texts)
    return f"+{limit(value.value, texts)}" + (f"{NBSP}{shown(base).of}" if base else "")


def margins(values: Iterable[Margin], texts: Texts, *, between: str = ", ") -> str:
    return between.join(margin(each, texts) for each in values)


def title(pays: Currency | None, gets: Currency | None) -> str:
    return f"<b>{pays} → {gets}</b>"


def request(value: Request, texts: Texts) -> str:
    """What was understood of a line, every number of it: `10 000 RUB, 50 000 RUB → USDT, маржа 2 %`."""
    amounts = ", ".join(money(each, value.currency, texts) for each in value.amounts)
    sides = (str(value.direction.pays), amounts) if value.reverse else (amounts, str(value.direction.gets))
    line = f"{sides[0]} → {sides[1]}"
    if value.rate is not None:
        return texts("request.rate", request=line, rate=limit(value.rate, texts))
    return line if value.margin is None else texts("request.margin", request=line, margin=margin(value.margin, texts))


def rate(value: Rate, texts: Texts) -> str:
    """`205,19 IDR за 1 RUB`."""
    return texts("rate", value=number(value.value, texts), of=value.of, per=value.per).replace(" ", NBSP)


def ago(span: timedelta, texts: Texts) -> str:
    """`5 мин назад`."""
    unit, count = _measured(span)
    return texts(f"age.{unit}", n=count)


def span(value: timedelta, texts: Texts) -> str:
    """`5 мин`; an hour that somebody set is said as they set it."""
    unit, count = ("hours", 1) if value == timedelta(hours=1) else _measured(value)
    return texts(f"span.{unit}", n=count)


def _measured(value: timedelta) -> tuple[str, int]:
    """In the largest unit of which there are two, or one minute."""
    seconds = int(value.total_seconds())
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length or (unit == "minutes" and seconds >= length):
            return unit, seconds // length
    return "seconds", seconds


def count(value: int) -> str:
    """Without decimals it is the same in every language."""
    return f"{value:,}".replace(",", NBSP)


def moment(value: datetime, *, now: datetime, zone: tzinfo) -> str:
    """The minute, with its day where that is another one."""
    there = value.astimezone(zone)
    return f"{there:%H:%M}" if there.date() == now.astimezone(zone).date() else f"{there:%d.%m %H:%M}"


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes, to be said in the language of whoever is told."""

    bytes: int


def in_bytes(size: int, texts: Texts) -> str:
    """`2,4 МБ`, `76,7 ГБ`."""
    unit, of = ("gigabytes", _GIGABYTE) if size >= _GIGABYTE else ("megabytes", 1_000_000)
    return texts(unit, value=number((Decimal(size) / of).quantize(Decimal("0.1")), texts))


def day_and_minute(value: datetime, zone: tzinfo) -> str:
    """For somebody who may read it on another day."""
    return f"{value.astimezone(zone):%H:%M %d.%m}"


def second(value: datetime, zone: tzinfo) -> str:
    return f"{value.astimezone(zone):%d.%m %H:%M:%S}"


def day(value: datetime, zone: tzinfo) -> str:
    return f"{value.astimezone(zone):%d.%m}"


def city(texts: Texts) -> str:
    """The zone in which moments are told, by the name of its city."""
    key = str(texts.zone)
    return texts(f"zone.{key}") if f"zone.{key}" in texts else key.rpartition("/")[2].replace("_", " ")


def source(name: str, texts: Texts) -> str:
    """A source as its vendor wants to be named, as HTML; a kept rate may be of one that is no longer in the table."""
    return texts(f"source.{name}") if f"source.{name}" in texts else escape(name)


def leg(value: Leg, texts: Texts, *, now: datetime) -> str:
    """One leg of the trust line: source, side and age, marked where it is ageing; who typed it, and for how long."""
    if value.until is not None:
        left = max(value.until - now, timedelta(0))
        stands = "leg.typed" if left else "leg.typed_over"
        return texts(stands, name=escape(value.by), age=ago(age(value, now), texts), left=span(left, texts))
    named = texts(f"leg.{value.side or 'none'}", source=source(value.source, texts))
    if value.source in DAILY_SOURCES and value.as_of is not None:
        named = f"{named} {texts('leg.daily', day=f'{value.as_of.astimezone(MOSCOW):%d.%m.%Y}')}"
    key = {Freshness.FRESH: "leg.fresh", Freshness.AGEING: "leg.ageing", Freshness.TOO_OLD: "leg.too_old"}
    return texts(key[freshness(value, now)], leg=named, age=ago(age(value, now), texts))


def depth_lines(depth: DepthPrice, texts: Texts) -> list[str]:
    """What the amount costs on the exchange beside the price at the top, and a warning where nobody knows."""
    usdt = money(depth.usdt, Currency.USDT, texts)
    lines = [texts("depth", usdt=usdt, price=_price(depth.price, texts), top=_price(depth.top, texts))]
    if not depth.is_covered:
        lines.append(texts("depth.not_covered", visible=money(depth.visible, Currency.USDT, texts)))
    return lines


def depth_warning(quote: Quote, texts: Texts) -> list[str]:
    """For an amount that may well take more than the top, where the exchange's order book is not at hand."""
    of_exchange = [leg for leg in quote.base.legs if leg.side in (Side.BID, Side.ASK)]
    usdt = quote.pays if quote.base.direction.pays is Currency.USDT else quote.gets
    is_known = quote.depth is not None or bool(quote.base.levels)
    return [texts("depth.unknown")] if of_exchange and not is_known and usdt >= DEEP_USDT else []


def _price(rub_per_usdt: Decimal, texts: Texts) -> str:
    """To the hundredth of a kopeck at the most, so that a little depth shows, too."""
    whole, _, decimals = f"{rub_per_usdt:.4f}".partition(".")
    return number(Decimal(f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"), texts)


def trust_lines(base: BaseRate, texts: Texts, *, now: datetime) -> list[str]:
    """Where a base rate comes from: a line per leg, then how it was crossed and the peg."""
    lines = [leg(each, texts, now=now) for each in base.legs]
    notes = []
    if base.cross is not None:
        notes.append(texts(f"cross.{base.cross}"))
    if base.peg is not None:
        notes.append(texts("peg", peg=peg(base.peg, texts)))
    if notes:
        lines.append(" · ".join(notes))
    return lines
