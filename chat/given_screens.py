"""What operators see of a quote that was given: its card, the list of several, and the word that its margin falls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from html import escape

from telebot.types import InlineKeyboardButton

from calc.deal import shown
from calc.directions import Currency
from calc.floors import Floor, Policy
from calc.quote_cards import Page
from calc.quotes import GivenQuote, QuoteState, Terms, name_of
from calc.worth import Worth
from chat import countdown, formats, ladders
from chat.deal_lines import amounts_and_rate, profit
from chat.dialogue import Dialogue
from chat.keyboards import OF_QUOTES, Button, in_rows, keyboard, opening
from chat.presses import EVERYBODY
from chat.screens import Screen
from chat.texts import Texts

_LONGEST_NAME = 24
"""Characters of a client's name on a button."""


@dataclass(frozen=True, slots=True)
class View:
    """What a card shows beside its quote; `share` are the buttons by which the client gets to see it.

    `clients` are the names that the question about the client offers, each with a quote in which it is found. `floor`
    is the desk's, where it matters still.
    `with_earnings`: whether who looks may know what the desk earns, which is its margin, too.
    """

    now: datetime
    texts: Texts
    page: Page = Page.QUOTE
    successor: GivenQuote | None = None
    clients: Sequence[tuple[str, int]] = ()
    share: Sequence[InlineKeyboardButton] = ()
    notice: str = ""
    floor: Floor | None = None
    with_earnings: bool = True


def card(quote: GivenQuote, view: View) -> Screen:
    terms, texts = quote.terms, view.texts
    named = "given.author_client" if quote.client else "given.author"
    lines = [
        *([view.notice, ""] if view.notice else []),
        state_line(quote, view),
        formats.title(terms.direction.pays, terms.direction.gets),
        texts(named, author=escape(quote.author.name), client=escape(quote.client)),
        *([] if quote.requote_of is None else [texts("given.requote_of", old=name_of(quote.requote_of))]),
        "",
        *_under(quote, view),
        *amounts_and_rate(terms, texts, reverse=terms.reverse),
        "",
        texts("result.base", rate=formats.rate(shown(terms.base, like=terms.rate), texts)),
        *(_earnings(terms, texts) if view.with_earnings else ()),
        texts("given.sources", moment=_second(quote.given_at, texts)),
        *formats.trust_lines(terms.base, texts, now=quote.given_at),
    ]
    if view.page is Page.CLIENT:
        lines += ["", texts("given.ask_client")]
    rows = _client_rows(quote, view) if view.page is Page.CLIENT else _rows(quote, view)
    screen = _screen(lines, rows, texts)
    if view.share and screen.keyboard is not None and view.page is Page.QUOTE:
        screen.keyboard.keyboard.insert(1, list(view.share))
    return screen


def _earnings(terms: Terms, texts: Texts) -> list[str]:
    asked, earned = formats.margin(terms.margin, texts, terms.base), formats.percent(terms.earned_percent, texts)
    return [texts("result.margin", asked=asked, earned=earned), profit(terms, texts)]


def state_line(quote: GivenQuote, view: View) -> str:
    """How it stands with a quote, in one line."""
    texts, state = view.texts, quote.state_at(view.now)
    if state is QuoteState.OPEN:
        time_left = countdown.sentence(quote.valid_until, view.now, texts)
        return texts("given.open", id=quote.id, left=time_left, until=_second(quote.valid_until, texts))
    moment = formats.moment(quote.decided_at or quote.valid_until, now=view.now, zone=texts.zone)
    if view.successor is not None:
        new, name = view.successor.id, escape(view.successor.author.name)
        moment = formats.moment(view.successor.given_at, now=view.now, zone=texts.zone)
        return texts("given.replaced", id=quote.id, new=new, name=name, moment=moment)
    return texts(f"given.{state}", id=quote.id, name=escape(quote.decided_name), moment=moment)


def fall(quote: GivenQuote, worth: Worth, texts: Texts) -> Screen:
    """That the margin of an open quote has fallen, and by how much less it would earn: in RUB, or else in USDT."""
    terms = quote.terms
    lost = _lost(terms.profit_rub, worth.profit_rub, Currency.RUB, texts)
    lost = lost or _lost(terms.profit_usdt, worth.profit_usdt, Currency.USDT, texts)
    said = {
        "id": quote.id,
        "before": formats.percent(terms.earned_percent, texts),
        "now": formats.percent(worth.earned_percent, texts),
        "lost": lost,
    }
    about = texts(
        "given.about",
        pays=formats.money(terms.pays, terms.direction.pays, texts),
        gets=formats.money(terms.gets, terms.direction.gets, texts),
        until=_second(quote.valid_until, texts),
    )
    client = f" · {escape(quote.client)}" if quote.client else ""
    line = texts("given.fall", **said)
    return _screen(
        [line, f"{about}{client}"], [[_requote(quote, texts), _hold(quote, texts), _close(quote, texts)]], texts
    )


def held(quote: GivenQuote, percent: Decimal, texts: Texts) -> Screen:
    line = texts("given.held", id=quote.id, now=formats.percent(percent, texts))
    return _screen([line], [[_requote(quote, texts), _close(quote, texts)]], texts)


def over(quote: GivenQuote, view: View) -> Screen:
    """What stands in the place of a warning whose quote is over."""
    return Screen(state_line(quote, view), keyboard=None)


def _under(quote: GivenQuote, view: View) -> list[str]:
    """That it earns less than the floor: it is given by now, so nothing is kept back any more."""
    earned = quote.terms.earned_percent
    if view.floor is None or not view.floor.is_above(earned):
        return []
    return [ladders.under(earned, replace(view.floor, policy=Policy.WARN), view.texts), ""]


def _rows(quote: GivenQuote, view: View) -> list[list[Button]]:
    texts, state = view.texts, quote.state_at(view.now)
    client: Button = (texts("button.name_client"), OF_QUOTES, f"client.{quote.number}")
    if state is QuoteState.OPEN:
        accepted: Button = (texts("button.accepted"), OF_QUOTES, f"accept.{quote.number}")
        declined: Button = (texts("button.declined"), OF_QUOTES, f"decline.{quote.number}")
        return [[accepted, declined], [_requote(quote, texts), _close(quote, texts)], [client]]
    if view.successor is not None:
        return [[opening(view.successor.number)]]
    return [[client]] if state is QuoteState.ACCEPTED else [[_requote(quote, texts)]]


def _client_rows(quote: GivenQuote, view: View) -> list[Sequence[Button]]:
    names = [(_short(name), OF_QUOTES, f"name.{quote.number}.{found_in}") for name, found_in in view.clients]
    back: Button = (view.texts("button.back"), OF_QUOTES, f"back.{quote.number}")
    return [*in_rows(names, 2), [back]]


def _requote(quote: GivenQuote, texts: Texts) -> Button:
    return texts("button.requote"), OF_QUOTES, f"requote.{quote.number}"


def _close(quote: GivenQuote, texts: Texts) -> Button:
    return texts("button.close_quote"), OF_QUOTES, f"close.{quote.number}"


def _hold(quote: GivenQuote, texts: Texts) -> Button:
    return texts("button.hold"), OF_QUOTES, f"hold.{quote.number}"


def _screen(lines: Sequence[str], rows: Sequence[Sequence[Button]], texts: Texts) -> Screen:
    """Its buttons belong to no dialogue, and to every operator."""
    return Screen("\n".join(lines), keyboard(Dialogue(id="", owner=EVERYBODY, language=texts.language), rows))


def _lost(before: Decimal | None, now: Decimal | None, currency: Currency, texts: Texts) -> str:
    return "" if before is None or now is None else formats.money(now - before, currency, texts)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _second(moment: datetime, texts: Texts) -> str:
    return f"{moment.astimezone(texts.zone):%H:%M:%S}"
