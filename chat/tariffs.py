"""Quotes whose margin is taken from the desk, or from the operator's own: a change there reaches those under way."""

from dataclasses import replace

from calc.deal import Quote
from calc.directions import Direction
from calc.margins import Margin
from chat import formats, ladders
from chat.dialogue import Dialogue
from chat.texts import Texts
from desk.margins import DeskMargins, Tariff, Whose


def missing_margin(margins: DeskMargins, user_id: int, direction: Direction) -> Margin | Tariff | None:
    """What a quote that names no margin is made with; one that was given last is a margin like any other."""
    tariff = margins.tariff_for(user_id, direction)
    return tariff.ladder.rest if tariff is not None and tariff.whose is Whose.LAST else tariff


def is_blocked(margins: DeskMargins, user_id: int, quote: Quote, texts: Texts) -> str | None:
    """Why the floor keeps somebody from giving a quote; None where it does not."""
    floor = margins.floor_for(user_id, quote.base.direction)
    if floor is None or not floor.blocks(quote.earned_percent):
        return None
    earned, least = formats.percent(quote.earned_percent, texts), formats.percent(floor.percent, texts)
    return texts("floor.short", earned=earned, floor=least)


def is_doubted(margins: DeskMargins, user_id: int, quote: Quote, texts: Texts) -> str | None:
    """What the floor says against a quote that may be given all the same."""
    floor = margins.floor_for(user_id, quote.base.direction)
    if floor is None or not floor.is_above(quote.earned_percent):
        return None
    return ladders.under(quote.earned_percent, floor, texts)


def as_of_now(dialogue: Dialogue, margins: DeskMargins) -> Dialogue:
    """The same screen with what stands now of the margins that were chosen; without any where they were taken away."""
    if dialogue.tariff is None or dialogue.direction is None:
        return dialogue
    now = margins.tariff(dialogue.tariff.whose, dialogue.owner, dialogue.direction)
    if now == dialogue.tariff:
        return dialogue
    return replace(dialogue, tariff=now, margin=None, client_card=False)


def told(before: Dialogue, now: Dialogue, after: Dialogue) -> Dialogue:
    """The next screen, with a word on it where the margins of the quote were changed under it.

    `before` is what the last screen showed, `now` the same `as_of_now`.
    """
    was, is_kept = before.tariff, after.margin is not None or after.tariff is not None
    if was is None or before.direction is None or was == now.tariff or after.tariff != now.tariff:
        return after
    texts, pays = Texts(after.language), before.direction.pays
    if now.tariff is not None:
        said = ladders.whole(was.ladder, pays, texts), ladders.whole(now.tariff.ladder, pays, texts)
        notice = texts(f"margins_changed.{was.whose}", before=said[0], now=said[1])
    elif is_kept:
        return after
    else:
        notice = texts(f"margins_gone.{was.whose}")
    return replace(after, notice="\n".join(filter(None, [notice, after.notice])))
