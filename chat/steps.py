"""The way through a quote: each function takes a dialogue one step on, asking the desk, and touches nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from calc.agreed import NoMarginLeft
from calc.base import BaseRate
from calc.deal import MarginTooLarge, PayoutTooSmall, Quote, base_for, deal_rate, shown
from calc.directions import TARGETS, Currency
from calc.margins import Margin
from calc.numbers import MarginReadings, NumberError, TwoReadings, WrongCurrency, read_amount, read_margin
from chat import formats
from chat.asking import Line
from chat.dialogue import Dialogue, Question, Quoting
from chat.mistakes import sentence
from chat.quotes import agreed_rate, quotes_at
from chat.texts import Texts
from desk.margins import Tariff
from desk.offers import NoUsableRate, Offer
from desk.quoting import Desk

SOURCE: str = Quoting.WAITING_FOR_SOURCE_CURRENCY.name
TARGET: str = Quoting.WAITING_FOR_TARGET_CURRENCY.name
MARGIN: str = Quoting.WAITING_FOR_MARGIN.name
AMOUNT: str = Quoting.WAITING_FOR_AMOUNT.name
RESULT: str = Quoting.SHOWING_RESULT.name

_NOTHING_GIVEN: dict[str, Any] = {"margin": None, "tariff": None, "amount": None, "reverse": False, "line": None}


def quote_of(dialogue: Dialogue) -> Quote:
    """The quote of a dialogue that knows its base rate, margin and amount; the same dialogue gives the same quote.

    Of several amounts the first. Raises PayoutTooSmall, MarginTooLarge, NoMarginLeft.
    """
    return quotes_of(dialogue)[0]


def quotes_of(dialogue: Dialogue) -> list[Quote]:
    """One for each amount. Raises like `quote_of`."""
    return quotes_at(dialogue, base_of(dialogue))


def is_the_same(dialogue: Dialogue, other: Dialogue) -> bool:
    """Whether two results promise the client and the desk the same, each amount of a table."""
    one, two = (
        [(each.pays, each.gets, each.rate, each.base.value) for each in quotes_of(result)]
        for result in (dialogue, other)
    )
    return one == two


def base_of(dialogue: Dialogue) -> BaseRate:
    return offer_of(dialogue).base


def offer_of(dialogue: Dialogue) -> Offer:
    if dialogue.offer is None:
        raise ValueError(f"no base rate in {dialogue.step}")
    return dialogue.offer


def choose_source(dialogue: Dialogue, pays: Currency) -> Dialogue:
    """An amount of another currency is another amount, so what was given for the last direction is forgotten."""
    return dialogue.turn(step=TARGET, pays=pays, gets=None, offer=None, **_NOTHING_GIVEN)


def choose_target(dialogue: Dialogue, gets: Currency, desk: Desk) -> Dialogue:
    """Straight to the margin where memory has a rate; else `fetching`, and the rate comes later."""
    if dialogue.pays is None or gets not in TARGETS[dialogue.pays]:
        raise ValueError(f"{dialogue.pays} -> {gets} is not a direction")
    return take_rate(replace(dialogue, gets=gets, offer=None), desk)


def take_rate(dialogue: Dialogue, desk: Desk) -> Dialogue:
    """On with the rate that memory has now, or the screen that waits for one."""
    if dialogue.direction is None:
        raise ValueError("no direction chosen")
    try:
        return rate_arrived(dialogue, desk.offer(dialogue.direction))
    except NoUsableRate:
        return dialogue.turn(step=TARGET, fetching=True)


def rate_arrived(dialogue: Dialogue, offer: Offer) -> Dialogue:
    """On with a rate: to the margin, or to the result where margin and amount are known; what changed is said."""
    is_priced = dialogue.margin is not None or dialogue.tariff is not None or agreed_rate(dialogue) is not None
    if dialogue.amount is None or not is_priced:
        return dialogue.turn(step=MARGIN, offer=offer)
    before, priced = dialogue.base, replace(dialogue, offer=offer)
    try:
        quotes = quotes_of(priced)
    except PayoutTooSmall as error:
        return priced.turn(step=AMOUNT, amount=None, line=None, notice=sentence(error, priced))
    except (MarginTooLarge, NoMarginLeft) as error:
        notice = sentence(error, priced)
        return priced.turn(step=MARGIN, margin=None, tariff=None, line=_with_margin(dialogue.line, None), notice=notice)
    priced = replace(priced, margin=quotes[0].margin)
    texts, notice = Texts(dialogue.language), ""
    moved = [] if before is None else _moved_from(before, quotes)
    if moved:
        was, quote = moved[0]
        notice = texts("notice.refreshed", before=formats.rate(shown(was, like=quote.rate), texts))
    elif dialogue.fetching:
        was_asked = before is None or before.legs != offer.base.legs
        notice = texts("notice.unchanged" if was_asked else "notice.just_asked")
    sent = dialogue.client_card and before is not None and not moved
    return priced.turn(step=RESULT, notice=notice, client_card=sent)


def rate_failed(dialogue: Dialogue, failure: NoUsableRate) -> Dialogue:
    """A result stays as it is and says so; where a rate is waited for the screen names who failed and why.

    A rate that the gate refuses is shown with its reasons, whatever stood there before.
    """
    causes = tuple((cause.source, str(cause.trouble)) for cause in failure.causes)
    if dialogue.step == RESULT and failure.refused is None and not failure.feeds:
        return dialogue.turn(notice=Texts(dialogue.language)("notice.refresh_failed"))
    return dialogue.turn(step=TARGET, refused=failure.refused, lacking=failure.feeds, causes=causes)


def choose_margin(dialogue: Dialogue, margin: Margin | Tariff, desk: Desk) -> Dialogue:
    """On to the amount, or straight to the result where an amount was given before."""
    if dialogue.amount is not None:
        given = replace(dialogue, **_kept(margin))
        return _result(dialogue, replace(given, line=_with_margin(dialogue.line, given.margin)), desk)
    try:
        for each in margin.margins if isinstance(margin, Tariff) else (margin,):
            deal_rate(base_of(dialogue), each)
    except MarginTooLarge as error:
        return noted(dialogue, sentence(error, dialogue))
    return _to_amount(dialogue, margin, desk)


def choose_amount(dialogue: Dialogue, amount: Decimal, desk: Desk) -> Dialogue:
    return _result(dialogue, replace(dialogue, amount=amount, line=None), desk)


def typed(dialogue: Dialogue, text: str, desk: Desk) -> Dialogue:
    """A typed message: a margin, an amount, or something to be told about; nothing given before is lost."""
    try:
        if dialogue.step == MARGIN:
            margin = read_margin(text)
            if isinstance(margin, MarginReadings):
                return dialogue.turn(question=Question(text, tuple(str(each) for each in margin.readings)))
            return choose_margin(dialogue, margin, desk)
        if dialogue.step in {AMOUNT, RESULT} and dialogue.pays is not None:
            meant, amount = _read_amount(dialogue, text)
            if isinstance(amount, TwoReadings):
                return meant.turn(question=Question(text, tuple(f"{each:f}" for each in amount.readings)))
            return choose_amount(meant, amount, desk)
    except NumberError as error:
        return noted(dialogue, sentence(error, dialogue))
    return noted(dialogue, Texts(dialogue.language)("notice.choose"))


def turn_round(dialogue: Dialogue) -> Dialogue:
    """The amount step for the other side: what the client pays, or exactly what the client gets."""
    return dialogue.turn(step=AMOUNT, amount=None, reverse=not dialogue.reverse)


def take_request(dialogue: Dialogue, line: Line, margin: Margin | Tariff | None, desk: Desk) -> Dialogue:
    """What was asked for in one line, as far as the steps lead without an answer."""
    request = line.request
    given = replace(
        dialogue,
        **_kept(margin),
        pays=request.direction.pays,
        gets=request.direction.gets,
        reverse=request.reverse,
        amount=request.amounts[0],
        line=line,
    )
    return take_rate(given, desk)


def other_amount(dialogue: Dialogue) -> Dialogue:
    return dialogue.turn(step=AMOUNT)


def other_margin(dialogue: Dialogue) -> Dialogue:
    return dialogue.turn(step=MARGIN)


def refresh(dialogue: Dialogue) -> Dialogue:
    """The result stays in view while the exchange is asked."""
    return dialogue.turn(fetching=True)


def back(dialogue: Dialogue) -> Dialogue:
    """To the step before; what is being changed, or waited for, goes back to the result it came from."""
    if dialogue.decision is not None:
        return about_the_same(dialogue)
    asked = dialogue.question is not None or (dialogue.asking is not None and dialogue.step != RESULT)
    if asked or dialogue.step == SOURCE:
        return dialogue.turn()
    if dialogue.step == RESULT:
        return dialogue.turn(step=AMOUNT, amount=None, line=None)
    if dialogue.base is not None and dialogue.margin is not None and dialogue.amount is not None:
        return dialogue.turn(step=RESULT)
    if dialogue.step == AMOUNT:
        return dialogue.turn(step=MARGIN, margin=None, tariff=None)
    if dialogue.gets is not None:
        return dialogue.turn(step=TARGET, gets=None, offer=None, **_NOTHING_GIVEN)
    return dialogue.turn(step=SOURCE, pays=None)


def marked_if_past(dialogue: Dialogue, desk: Desk) -> Dialogue:
    """A result that somebody went back to says so when its rate stands no more."""
    if dialogue.step != RESULT or desk.is_current(offer_of(dialogue)):
        return dialogue
    return replace(dialogue, notice=Texts(dialogue.language)("notice.past"))


def about_the_same(dialogue: Dialogue, **changes: Any) -> Dialogue:
    """The next screen, about the refusal of the last one."""
    return dialogue.turn(
        **{"refused": dialogue.refused, "lacking": dialogue.lacking, "causes": dialogue.causes} | changes
    )


def _read_amount(dialogue: Dialogue, text: str) -> tuple[Dialogue, Decimal | TwoReadings]:
    """An amount and the side it is on: one that names the other currency of the two is on the other side."""
    direction = base_of(dialogue).direction
    here, there = (direction.gets, direction.pays) if dialogue.reverse else (direction.pays, direction.gets)
    try:
        return dialogue, read_amount(text, here)
    except WrongCurrency as error:
        if error.understood_currency_text != there:
            raise
        return replace(dialogue, reverse=not dialogue.reverse), read_amount(text, there)


def _moved_from(before: BaseRate, quotes: Sequence[Quote]) -> list[tuple[BaseRate, Quote]]:
    """The quotes that would have another base rate than before, with that one.

    Compared for each amount: the depth may have changed where the top has not.
    """
    pairs = [(base_for(before, each.pays)[0], each) for each in quotes]
    return [(was, each) for was, each in pairs if was.value != each.base.value]


def _with_margin(line: Line | None, margin: Margin | None) -> Line | None:
    """The same line, but with a margin that was chosen instead of what it said; the echo says so."""
    return None if line is None else replace(line, request=replace(line.request, margin=margin, rate=None))


def noted(dialogue: Dialogue, notice: str) -> Dialogue:
    """The same screen with a word on it: its buttons stay good, and a rate on its way still finds it."""
    return replace(dialogue, notice=notice, question=None)


def _result(before: Dialogue, given: Dialogue, desk: Desk) -> Dialogue:
    """The result of what was given, or the sentence that says why not, on the step as it was before.

    A base rate that memory has left behind while the operator was thinking is taken anew, and the card says so.
    A refresh under way goes on under another amount.
    """
    try:
        margin = quote_of(given).margin
    except (PayoutTooSmall, MarginTooLarge, NoMarginLeft) as error:
        return noted(before, sentence(error, given))
    if desk.is_current(offer_of(given)):
        return given.turn(step=RESULT, fetching=given.fetching, client_card=False, margin=margin)
    return take_rate(replace(given, client_card=False, margin=margin), desk)


def _kept(margin: Margin | Tariff | None) -> dict[str, Any]:
    """What is kept of a margin that was chosen."""
    return {"margin": None, "tariff": margin} if isinstance(margin, Tariff) else {"margin": margin, "tariff": None}


def _to_amount(dialogue: Dialogue, margin: Margin | Tariff, desk: Desk) -> Dialogue:
    """The step that tells the rate of the deal, and no age: it is not made of a base rate that stands no more."""
    if desk.is_current(offer_of(dialogue)):
        return dialogue.turn(step=AMOUNT, **_kept(margin))
    renewed = take_rate(dialogue, desk)
    if renewed.fetching:
        return renewed
    after, before, texts = choose_margin(renewed, margin, desk), base_of(dialogue), Texts(dialogue.language)
    if after.notice or base_of(after).value == before.value:
        return after
    return replace(after, notice=texts("notice.refreshed", before=formats.rate(shown(before), texts)))
