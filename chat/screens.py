"""What an operator sees at each step: a text and its buttons, from the dialogue alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape

from telebot.types import InlineKeyboardMarkup

from calc.deal import Quote, deal_rate, shown
from calc.directions import TARGETS, Currency, Direction
from calc.margins import Margin
from chat import findings, formats, line_screens, refusal_screens, steps
from chat.deal_lines import amounts_and_rate, profit
from chat.deciding import doubtful_feeds, typed_feeds
from chat.dialogue import Dialogue, Question
from chat.keyboards import Button, in_rows, keyboard, opening
from chat.texts import Texts
from desk.gate import Freshness, worst

MARGIN_PRESETS = tuple(Margin(Decimal(text)) for text in ("0.5", "1", "1.5", "2", "3"))
AMOUNT_PRESETS: dict[Currency, tuple[Decimal, ...]] = {
    Currency.RUB: tuple(map(Decimal, (10_000, 50_000, 100_000, 500_000))),
    **dict.fromkeys((Currency.USDT, Currency.USD, Currency.EUR), tuple(map(Decimal, (100, 500, 1_000, 5_000)))),
    **dict.fromkeys((Currency.AED, Currency.ZAR), tuple(map(Decimal, (500, 1_000, 5_000, 10_000)))),
    Currency.THB: tuple(map(Decimal, (5_000, 10_000, 50_000, 100_000))),
    Currency.IDR: tuple(map(Decimal, (1_000_000, 5_000_000, 10_000_000, 50_000_000))),
}


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: HTML, and the keyboard under it."""

    text: str
    keyboard: InlineKeyboardMarkup | None

    def presses(self) -> set[str]:
        """What its buttons send."""
        rows = self.keyboard.keyboard if self.keyboard else []
        return {button.callback_data for row in rows for button in row}


@dataclass(frozen=True, slots=True)
class View:
    """What a screen needs beside the dialogue: the moment, for the ages, and the margin given last time."""

    now: datetime
    last_margin: Callable[[Direction], Margin | None]


def render(dialogue: Dialogue, view: View) -> Screen:
    texts = Texts(dialogue.language)
    lines, rows = _body(dialogue, view, texts)
    if dialogue.notice:
        lines = [dialogue.notice, "", *lines]
    return Screen("\n".join(lines), keyboard(dialogue, [*rows, _last_row(dialogue, texts)]))


Body = tuple[list[str], Sequence[Sequence[Button]]]


def _body(dialogue: Dialogue, view: View, texts: Texts) -> Body:
    if dialogue.asking is not None:
        return line_screens.question(dialogue.asking, texts)
    if dialogue.question is not None:
        return _ask_reading(dialogue, dialogue.question, texts)
    if refusal_screens.is_about_a_refusal(dialogue):
        return refusal_screens.body(dialogue, texts, now=view.now)
    if dialogue.step == steps.RESULT:
        return _result(dialogue, view, texts)
    if dialogue.step == steps.AMOUNT:
        return _ask_amount(dialogue, texts)
    if dialogue.step == steps.MARGIN:
        return _ask_margin(dialogue, view, texts)
    if dialogue.fetching:
        return _waiting(dialogue, texts)
    return _ask_target(dialogue, texts) if dialogue.step == steps.TARGET else _ask_source(texts)


def _ask_source(texts: Texts) -> Body:
    return [texts("quote.title"), "", texts("ask.source")], [[(pays, "source", pays) for pays in TARGETS]]


def _ask_target(dialogue: Dialogue, texts: Texts) -> Body:
    targets = TARGETS[dialogue.pays] if dialogue.pays else ()
    lines = [texts("quote.title"), "", texts("ask.target", pays=dialogue.pays)]
    return lines, in_rows([(gets, "target", gets) for gets in targets], 4)


def _waiting(dialogue: Dialogue, texts: Texts) -> Body:
    return [formats.title(dialogue.pays, dialogue.gets), "", texts("fetching")], [
        [(texts("button.check"), "retry", "")]
    ]


def _ask_margin(dialogue: Dialogue, view: View, texts: Texts) -> Body:
    base = steps.base_of(dialogue)
    lines = [
        formats.title(dialogue.pays, dialogue.gets),
        texts("base", rate=formats.rate(shown(base), texts)),
        *formats.trust_lines(base, texts, now=view.now),
        *findings.warning_lines(steps.offer_of(dialogue), texts),
        "",
        texts("ask.margin"),
    ]
    rows = [[(formats.margin(each), "margin", str(each)) for each in MARGIN_PRESETS]]
    last = view.last_margin(base.direction)
    if last is not None and last not in MARGIN_PRESETS:
        rows.append([(texts("button.last_margin", margin=formats.margin(last)), "margin", str(last))])
    if typed_feeds(base):
        rows.append([(texts("button.sources"), "sources", "")])
    elif doubtful_feeds(steps.offer_of(dialogue)):
        rows.append([(texts("button.type"), "type", "")])
    return lines, rows


def _ask_amount(dialogue: Dialogue, texts: Texts) -> Body:
    base = steps.base_of(dialogue)
    lines = [formats.title(dialogue.pays, dialogue.gets)]
    if dialogue.margin is not None:
        lines += [
            texts("margin", margin=formats.margin(dialogue.margin, base)),
            texts("deal", rate=formats.rate(deal_rate(base, dialogue.margin), texts)),
        ]
    currency = base.direction.gets if dialogue.reverse else base.direction.pays
    buttons = [(formats.money(each, currency), "amount", str(each)) for each in AMOUNT_PRESETS[currency]]
    key, other = ("ask.amount_got", "button.pays") if dialogue.reverse else ("ask.amount", "button.gets")
    turn = (texts(other), "turn", "")
    return [*lines, "", texts(key, currency=currency)], [*in_rows(buttons, 2), [turn]]


def _ask_reading(dialogue: Dialogue, question: Question, texts: Texts) -> Body:
    key = "ask.reading" if len(question.options) > 1 else "ask.reading_one"
    if dialogue.step == steps.MARGIN:
        buttons = [(formats.margin(Margin.parse(each)), "margin", each) for each in question.options]
    else:
        direction = steps.base_of(dialogue).direction
        currency = direction.gets if dialogue.reverse else direction.pays
        buttons = [(formats.money(Decimal(each), currency), "amount", each) for each in question.options]
    return [formats.title(dialogue.pays, dialogue.gets), "", texts(key, typed=escape(question.typed))], [buttons]


def _result(dialogue: Dialogue, view: View, texts: Texts) -> Body:
    quotes = steps.quotes_of(dialogue)
    quote, several = quotes[0], len(quotes) > 1
    lines = [
        formats.title(dialogue.pays, dialogue.gets),
        *([] if dialogue.line is None else [line_screens.understood(dialogue.line, texts)]),
        "",
        *(line_screens.table(quotes, texts) if several else amounts_and_rate(quote, texts, reverse=dialogue.reverse)),
        "",
        texts("result.base", rate=formats.rate(shown(quote.base, like=quote.rate), texts)),
        *_earned(quote, dialogue, texts, several=several),
        *formats.trust_lines(quote.base, texts, now=view.now),
        *findings.warning_lines(steps.offer_of(dialogue), texts),
    ]
    too_old = steps.offer_of(dialogue).override is None and worst(quote.base.legs, view.now) is Freshness.TOO_OLD
    if dialogue.fetching:
        lines += ["", texts("refreshing")]
    elif too_old:
        lines += ["", texts("result.too_old")]
    rows: list[list[Button]] = [
        [(texts("button.amount"), "re_amount", ""), (texts("button.margin"), "re_margin", "")],
        [(texts("button.refresh"), "refresh", ""), (texts("button.new"), "new", "")],
    ]
    if several:
        rows = [*line_screens.table_rows(dialogue), *rows]
    if dialogue.client_card:
        rows = [*(list(row) for row in in_rows([opening(number) for number in dialogue.given], 3)), *rows]
    if dialogue.line is not None and dialogue.line.settled:
        rows.append([(texts("button.read_anew"), "read_anew", "")])
    if not dialogue.client_card and not too_old:
        rows.insert(0, [(texts("button.client"), "client", "")])
    return lines, rows


def _earned(quote: Quote, dialogue: Dialogue, texts: Texts, *, several: bool) -> list[str]:
    """What the desk keeps; of several amounts each has its own line for that."""
    asked = formats.margin(quote.margin, steps.base_of(dialogue))
    if several:
        return [texts("margin", margin=asked)]
    return [
        *(formats.depth_lines(quote.depth, texts) if quote.depth else formats.depth_warning(quote, texts)),
        texts("result.margin", asked=asked, earned=formats.percent(quote.earned_percent)),
        profit(quote, texts),
    ]


def _last_row(dialogue: Dialogue, texts: Texts) -> list[Button]:
    cancel = (texts("button.cancel"), "cancel", "")
    if dialogue.step == steps.SOURCE:
        return [cancel]
    return [(texts("button.back"), "back", ""), cancel]
