"""The screen of /report: how many quotes, what was exchanged, what the desk earned, by operator and by direction."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from html import escape
from typing import TypeVar

from calc.directions import Currency
from calc.rounding import floor_to_step
from calc.totals import Sums, Total, summed
from chat import formats
from chat.dialogue import Dialogue
from chat.keyboards import Button, keyboard
from chat.screens import Screen
from chat.texts import Texts
from desk.periods import Period, Span

VERB = "report"
MOST_OPERATORS = 20
LONGEST_NAME = 32

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Face:
    """Who looks, in which language and zone, on which day; `may_export`: the same can be had as a table."""

    owner: int
    texts: Texts
    today: date
    may_export: bool


def render(face: Face, period: Period, totals: Sequence[Total]) -> Screen:
    """Its buttons belong to no dialogue and do not wear out."""
    nobody = Dialogue(id="", owner=face.owner, language=face.texts.language)
    return Screen("\n".join(_lines(face.texts, period, totals)), keyboard(nobody, _rows(face, period)))


def title(period: Period, texts: Texts) -> str:
    said = {"first": _day(period.first), "last": _day(period.last), "zone": formats.city(texts)}
    return texts("report.day" if period.span is Span.DAY else "report.days", **said)


def _lines(texts: Texts, period: Period, totals: Sequence[Total]) -> Iterator[str]:
    sums = summed(totals)
    yield title(period, texts)
    yield ""
    if not totals:
        yield texts("report.nothing")
        return
    yield _quotes(sums, texts)
    yield texts("report.deals", deals=formats.count(sums.deals))
    yield texts("report.profit", **_profit(sums, texts))
    for count, currency in ((sums.without_rub, Currency.RUB), (sums.without_usdt, Currency.USDT)):
        if count:
            yield texts("report.without", deals=formats.count(count), currency=currency)
    if sums.deals:
        yield from ("", texts("report.turnover"), *_turnover(sums, texts))
    yield from ("", texts("report.operators"))
    operators = _grouped(totals, lambda each: each.author.id)
    names = {each.author.id: each.author.name for each in totals}
    for author, part in operators[:MOST_OPERATORS]:
        yield _row(escape(names[author][:LONGEST_NAME]), part, texts)
    if len(operators) > MOST_OPERATORS:
        yield texts("report.more", count=len(operators) - MOST_OPERATORS)
    yield from ("", texts("report.directions"))
    for direction, part in _grouped(totals, lambda each: each.direction):
        yield _row(f"{direction.pays} → {direction.gets}", part, texts)


def _grouped(totals: Iterable[Total], key: Callable[[Total], Key]) -> list[tuple[Key, Sums]]:
    """Who earned most first."""
    parts: dict[Key, list[Total]] = {}
    for each in totals:
        parts.setdefault(key(each), []).append(each)
    groups = [(name, summed(part)) for name, part in parts.items()]
    return sorted(groups, key=lambda group: (group[1].profit_rub, group[1].given), reverse=True)


def _quotes(sums: Sums, texts: Texts) -> str:
    if not sums.given:
        return texts("report.quotes_none")
    return texts("report.quotes", **_counts(sums, texts))


def _row(name: str, sums: Sums, texts: Texts) -> str:
    """Of somebody whose quotes are of the day before there are deals alone."""
    if sums.given:
        row = texts("report.row", name=name, **_counts(sums, texts))
    else:
        row = texts("report.row_deals", name=name, deals=formats.count(sums.deals))
    return texts("report.row_profit", row=row, **_profit(sums, texts)) if sums.deals else row


def _counts(sums: Sums, texts: Texts) -> dict[str, str]:
    share = floor_to_step(Fraction(100 * sums.accepted, sums.given), Decimal(1))
    return {
        "given": formats.count(sums.given),
        "accepted": formats.count(sums.accepted),
        "share": formats.percent(share, texts),
    }


def _profit(sums: Sums, texts: Texts) -> dict[str, str]:
    return {
        "rub": formats.money(sums.profit_rub, Currency.RUB, texts),
        "usdt": formats.money(sums.profit_usdt, Currency.USDT, texts),
    }


def _turnover(sums: Sums, texts: Texts) -> Iterator[str]:
    for currency in Currency:
        taken, handed = sums.taken.get(currency, Decimal(0)), sums.handed.get(currency, Decimal(0))
        if taken or handed:
            said = {
                name: formats.amount(each, currency, texts) for name, each in (("taken", taken), ("handed", handed))
            }
            yield texts("report.moved", currency=currency, **said)


def _rows(face: Face, period: Period) -> list[list[Button]]:
    texts = face.texts
    around: list[Button] = [(f"‹ {_short(period.before)}", VERB, str(period.before))]
    if period.after.first <= face.today:
        around.append((f"{_short(period.after)} ›", VERB, str(period.after)))
    day = min(face.today, period.last)
    spans = [(_label(span, period, texts), VERB, str(Period.of(span, day))) for span in Span]
    rows = [around, spans]
    if face.may_export:
        rows.append([(texts("button.report_export"), "export", f"ask.{period}")])
    return rows


def _label(span: Span, period: Period, texts: Texts) -> str:
    label = texts(f"report_span.{span}")
    return f"• {label}" if span is period.span else label


def _short(period: Period) -> str:
    if period.span is Span.DAY:
        return f"{period.first:%d.%m}"
    if period.span is Span.WEEK:
        return f"{period.first:%d.%m} – {period.last:%d.%m}"
    return f"{period.first:%m.%Y}"


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
