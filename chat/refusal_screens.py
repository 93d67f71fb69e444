"""The screens where there is no rate to quote: what is wrong with it, and what the operator can do."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from calc.deal import shown
from calc.rounding import floor_percent, round_shown
from calc.typed import Pair
from chat import findings, formats
from chat.deciding import REASONS, typed_feeds
from chat.dialogue import Decision, Dialogue
from chat.keyboards import Button
from chat.texts import Texts
from desk.offers import Offer
from desk.typed_rates import stands_for

Body = tuple[list[str], Sequence[Sequence[Button]]]


def is_about_a_refusal(dialogue: Dialogue) -> bool:
    return dialogue.decision is not None or dialogue.refused is not None or dialogue.causes is not None


def body(dialogue: Dialogue, texts: Texts, *, now: datetime) -> Body:
    """Of a dialogue that `is_about_a_refusal`."""
    if dialogue.decision is Decision.ANYWAY:
        buttons = [[(texts(f"why.{each}"), "why", each)] for each in REASONS]
        return [formats.title(dialogue.pays, dialogue.gets), "", texts("ask.why")], buttons
    if dialogue.decision is Decision.TYPE and dialogue.pair is not None:
        return _type(dialogue, dialogue.pair, texts)
    retry, by_hand = (texts("button.retry"), "retry", ""), (texts("button.type"), "type", "")
    failed = [
        texts("no_rate.source", source=formats.source(source, texts), trouble=texts(f"trouble.{trouble}"))
        for source, trouble in dialogue.causes or ()
    ]
    if dialogue.refused is None:
        lines = [formats.title(dialogue.pays, dialogue.gets), "", texts("no_rate"), *failed]
        return lines, [[retry], *([[by_hand]] if dialogue.lacking else [])]
    lines = [formats.title(dialogue.pays, dialogue.gets), "", *_refused(dialogue.refused, texts, now=now)]
    choices = [*([by_hand] if dialogue.refused.to_type else []), (texts("button.anyway"), "anyway", "")]
    back = [[(texts("button.sources"), "sources", "")]] if typed_feeds(dialogue.refused.base) else []
    return [*lines, *(["", *failed] if failed else [])], [[retry], choices, *back]


def _refused(offer: Offer, texts: Texts, *, now: datetime) -> list[str]:
    return [
        texts("refused"),
        *(f"• {findings.sentence(each, texts)}" for each in offer.refusals),
        "",
        texts("base", rate=formats.rate(shown(offer.base), texts)),
        *formats.trust_lines(offer.base, texts, now=now),
        *findings.warning_lines(offer, texts),
    ]


def _type(dialogue: Dialogue, pair: Pair, texts: Texts) -> Body:
    head = [formats.title(dialogue.pays, dialogue.gets), ""]
    if dialogue.doubted is not None:
        value = formats.limit(dialogue.doubted, texts)
        if dialogue.known is None:
            line = texts("doubted.unknown", value=value, of=pair.of, per=pair.per)
        else:
            off = floor_percent(Fraction(dialogue.doubted) / Fraction(dialogue.known) - 1)
            part = formats.signed_percent(off, texts)
            line = texts("doubted", value=value, part=part, known=_known(dialogue.known, texts))
        return [*head, line], [[(texts("button.sure", value=value), "sure", "")]]
    lines = [*head, texts("ask.rate", of=pair.of, per=pair.per, span=formats.span(stands_for(pair), texts))]
    if dialogue.known is not None:
        lines.append(texts("ask.rate_known", value=f"<code>{_known(dialogue.known, texts)}</code>"))
    return lines, []


def _known(value: Decimal, texts: Texts) -> str:
    """As one would type it: a crossed rate has more digits than anybody needs."""
    return formats.limit(round_shown(Fraction(value)), texts)
