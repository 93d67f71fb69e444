"""How the margins and floors of the desk are said: whole ladders, the tier of an amount, and whose a margin is."""

from decimal import Decimal
from html import escape

from calc.base import BaseRate
from calc.deal import MarginTooLarge, Rate, deal_rate
from calc.directions import Currency
from calc.floors import Floor
from calc.margins import Margin
from calc.tiers import Ladder, Tier
from chat import formats
from chat.texts import Texts
from desk.margins import ROOM, Tariff, percent_of


def bound(tier: Tier, currency: Currency, texts: Texts) -> str:
    """`< 100 000 RUB`, `from 1 000 000 RUB`; "" for the tier of every amount. No HTML."""
    if tier.below is not None:
        return f"<{formats.NBSP}{formats.money(tier.below, currency, texts)}"
    return texts("tier.from", since=formats.money(tier.since, currency, texts)) if tier.since else ""


def short(ladder: Ladder, texts: Texts) -> str:
    """The margins alone: `3 / 2 / 1,2 %`."""
    margins = [tier.margin for tier in ladder.tiers]
    if any(each.absolute for each in margins):
        return formats.margins(margins, texts, between=" / ")
    return f"{' / '.join(formats.limit(each.value, texts) for each in margins)}{formats.NBSP}%"


def whole(ladder: Ladder, currency: Currency, texts: Texts) -> str:
    """`< 100 000 RUB: 3 %, from 100 000 RUB: 2 %`, as HTML; no tier is broken in two by a narrow screen."""
    return escape(", ".join(step(tier, formats.margin(tier.margin, texts), currency, texts) for tier in ladder.tiers))


def step(tier: Tier, margin: str, currency: Currency, texts: Texts) -> str:
    """`< 100 000 RUB: 3 %`, and the margin alone for the tier of every amount. No HTML."""
    where = bound(tier, currency, texts)
    return f"{where}: {margin}".replace(" ", formats.NBSP) if where else margin


def named(margin: Margin, tier: Tier | None, tariff: Tariff | None, base: BaseRate, texts: Texts) -> str:
    """`2 % (desk, < 100 000 RUB)`, as HTML; without its source where it was given by hand."""
    said = formats.margin(margin, texts, base)
    if tariff is None or tier is None:
        return said
    parts = [texts(f"whose.{tariff.whose}"), bound(tier, base.direction.pays, texts)]
    return f"{said} ({escape(', '.join(filter(None, parts)))})"


def deals(tariff: Tariff, base: BaseRate, floor: Floor | None, texts: Texts) -> list[str]:
    """Each tier with its margin and the rate of a small deal, before the amount is known; units are said once."""
    rates = [rate_with(margin, base, floor) for margin in tariff.margins]
    units = {texts("rate", value="", of=rate.of, per=rate.per).strip() for rate in rates if rate is not None}
    common = units.pop() if len(units) == 1 else ""
    lines = [texts(f"deals.{tariff.whose}", units=f", {common}" if common else "")]
    for tier, rate in zip(tariff.ladder.tiers, rates, strict=True):
        line = escape(step(tier, formats.margin(tier.margin, texts, base), base.direction.pays, texts))
        if rate is not None:
            line = f"{line} → <b>{formats.number(rate.value, texts) if common else formats.rate(rate, texts)}</b>"
        lines.append(line)
    return lines


def rate_with(margin: Margin, base: BaseRate, floor: Floor | None) -> Rate | None:
    """The rate of a small deal; None where no quote is given at it."""
    try:
        percent = percent_of(margin, base)
    except MarginTooLarge:
        return None
    return None if floor is not None and floor.blocks(percent + ROOM) else deal_rate(base, margin)


def floor(value: Floor, texts: Texts) -> str:
    """`0,5 %, warn`."""
    return texts("floor.said", percent=formats.percent(value.percent, texts), policy=texts(f"policy.{value.policy}"))


def under(earned_percent: Decimal, floor: Floor, texts: Texts) -> str:
    """Why a quote is not given, or what is said against it."""
    key = "floor.blocked" if floor.blocks(earned_percent) else "floor.warned"
    return texts(key, earned=formats.percent(earned_percent, texts), floor=formats.percent(floor.percent, texts))
