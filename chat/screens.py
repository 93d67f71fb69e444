"""What an operator sees at each step: a text and its buttons, from the dialogue alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from html import escape

from telebot.types import InlineKeyboardMarkup

from calc.deal import Quote, shown
from calc.directions import TARGETS, Currency, Direction
from calc.floors import Floor
from calc.margins import Margin
from chat import beyond, findings, formats, ladders, line_screens, refusal_screens, steps
from chat.asking import Kind
from chat.deal_lines import amounts_and_rate, profit
from chat.deciding import doubtful_feeds, typed_feeds
from chat.dialogue import Dialogue, Question
from chat.keyboards import Button, in_rows, keyboard, opening
from chat.quotes import tier_of
from chat.texts import MOSCOW, Texts
from desk.approvals import Standing
from desk.gate import Freshness, worst
from desk.margins import ROOM, DeskMargins, Tariff, Whose, percent_of

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
    """What a screen needs beside the dialogue: the moment, for the ages, and who looks at which margins.

    `standing` is how it stands with a result beyond the operator's limits; None within them. `zone` is of its moments.
    """

    now: datetime
    margins: DeskMargins
    user_id: int
    standing: Callable[[Dialogue], Standing | None] = lambda _: None
    zone: tzinfo = MOSCOW

    def floor(self, direction: Direction) -> Floor | None:
        return self.margins.floor_for(self.user_id, direction)

    def tariff(self, whose: Whose, direction: Direction) -> Tariff | None:
        return self.margins.tariff(whose, self.user_id, direction)


def render(dialogue: Dialogue, view: View) -> Screen:
    texts = Texts(dialogue.language)
    lines, rows = _body(dialogue, view, texts)
    if dialogue.notice:
        lines = [dialogue.notice, "", *lines]
    return Screen("\n".join(lines), keyboard(dialogue, [*rows, _last_row(dialogue, texts)]))


Body = tuple[list[str], Sequence[Sequence[Button]]]


def _body(dialogue: Dialogue, view: View, texts: Texts) -> Body:
    if dialogue.asking is not None:
        lines, rows = line_screens.question(dialogue.asking, texts)
        is_about_a_deal = dialogue.asking.kind is Kind.FAR
        return [*([formats.title(dialogue.pays, dialogue.gets), ""] if is_about_a_deal else []), *lines], rows
    if dialogue.question is not None:
        return _ask_reading(dialogue, dialogue.question, texts)
    if refusal_screens.is_about_a_refusal(dialogue):
        return refusal_screens.body(dialogue, texts, now=view.now)
    if dialogue.step == steps.RESULT:
        return _result(dialogue, view, texts)
    if dialogue.step == steps.AMOUNT:
        return _ask_amount(dialogue, view, texts)
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
        *([] if dialogue.line is None else [line_screens.wanted(dialogue.line, texts)]),
        texts("base", rate=formats.rate(shown(base), texts)),
        *formats.trust_lines(base, texts, now=view.now),
        *findings.warning_lines(steps.offer_of(dialogue), texts),
        "",
    ]
    rows: list[list[Button]] = []
    for whose in (Whose.OWN, Whose.DESK):
        tariff = view.tariff(whose, base.direction)
        if tariff is not None:
            lines.append(texts(f"margins.{whose}", margins=ladders.whole(tariff.ladder, base.direction.pays, texts)))
            rows.append(
                [(texts(f"margins_button.{whose}", margins=ladders.short(tariff.ladder, texts)), "tariff", whose)]
            )
    lines.append(texts("ask.margin"))
    buttons = view.margins.buttons_of(view.user_id, base.direction)
    rows.append([(formats.margin(each, texts), "margin", str(each)) for each in buttons])
    last = view.tariff(Whose.LAST, base.direction)
    if last is not None and last.ladder.rest not in buttons:
        margin = last.ladder.rest
        rows.append([(texts("button.last_margin", margin=formats.margin(margin, texts)), "margin", str(margin))])
    if typed_feeds(base):
        rows.append([(texts("button.sources"), "sources", "")])
    elif doubtful_feeds(steps.offer_of(dialogue)):
        rows.append([(texts("button.type"), "type", "")])
    return lines, rows


def _ask_amount(dialogue: Dialogue, view: View, texts: Texts) -> Body:
    base = steps.base_of(dialogue)
    lines = [formats.title(dialogue.pays, dialogue.gets)]
    if dialogue.tariff is not None:
        lines += ladders.deals(dialogue.tariff, base, view.floor(base.direction), texts)
    elif dialogue.margin is not None:
        lines.append(texts("margin", margin=formats.margin(dialogue.margin, texts, base)))
        floor = view.floor(base.direction)
        rate, percent = ladders.rate_with(dialogue.margin, base, floor), percent_of(dialogue.margin, base)
        lines += [] if rate is None else [texts("deal", rate=formats.rate(rate, texts))]
        lines += [ladders.under(percent, floor, texts)] if floor and floor.is_above(percent + ROOM) else []
    currency = base.direction.gets if dialogue.reverse else base.direction.pays
    buttons = [(formats.money(each, currency, texts), "amount", str(each)) for each in AMOUNT_PRESETS[currency]]
    key, other = ("ask.amount_got", "button.pays") if dialogue.reverse else ("ask.amount", "button.gets")
    turn = (texts(other), "turn", "")
    return [*lines, "", texts(key, currency=currency)], [*in_rows(buttons, 2), [turn]]


def _ask_reading(dialogue: Dialogue, question: Question, texts: Texts) -> Body:
    key = "ask.reading" if len(question.options) > 1 else "ask.reading_one"
    if dialogue.step == steps.MARGIN:
        buttons = [(formats.margin(Margin.parse(each), texts), "margin", each) for each in question.options]
    else:
        direction = steps.base_of(dialogue).direction
        currency = direction.gets if dialogue.reverse else direction.pays
        buttons = [(formats.money(Decimal(each), currency, texts), "amount", each) for each in question.options]
    return [formats.title(dialogue.pays, dialogue.gets), "", texts(key, typed=escape(question.typed))], [buttons]


def result_lines(dialogue: Dialogue, texts: Texts, *, now: datetime, floor: Floor | None = None) -> list[str]:
    """What the desk's own people see of a quote that is worked out; `floor` is as it meets the one who looks."""
    quotes = steps.quotes_of(dialogue)
    quote, several = quotes[0], len(quotes) > 1
    if several:
        deal = line_screens.table(dialogue, quotes, texts, floor=floor)
    else:
        deal = _deal(quote, texts, floor, reverse=dialogue.reverse)
    return [
        formats.title(dialogue.pays, dialogue.gets),
        *([] if dialogue.line is None else [line_screens.understood(dialogue.line, dialogue.tariff, texts)]),
        "",
        *deal,
        "",
        texts("result.base", rate=formats.rate(shown(quote.base, like=quote.rate), texts)),
        *_earned(quote, dialogue, texts, several=several),
        *formats.trust_lines(quote.base, texts, now=now),
        *findings.warning_lines(steps.offer_of(dialogue), texts),
    ]


def _result(dialogue: Dialogue, view: View, texts: Texts) -> Body:
    quotes = steps.quotes_of(dialogue)
    quote, several = quotes[0], len(quotes) > 1
    floor = view.floor(quote.base.direction)
    is_blocked = floor is not None and any(floor.blocks(each.earned_percent) for each in quotes)
    lines = result_lines(dialogue, texts, now=view.now, floor=floor)
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
        rows = [*line_screens.table_rows(dialogue, texts), *rows]
    if dialogue.client_card:
        rows = [*(list(row) for row in in_rows([opening(number) for number in dialogue.given], 3)), *rows]
    if dialogue.line is not None and dialogue.line.settled:
        rows.append([(texts("button.read_anew"), "read_anew", "")])
    if not (dialogue.client_card or too_old or is_blocked):
        rows.insert(0, [(texts("button.client"), "client", "")])
    standing = view.standing(dialogue)
    if standing is None:
        return lines, rows
    lines += ["", *beyond.lines(standing, texts, now=view.now, zone=view.zone)]
    if not standing.is_free:
        rows = beyond.kept_back(rows)
        if not (dialogue.fetching or too_old or is_blocked):
            rows = [*beyond.rows(standing, texts), *rows]
    return lines, rows


def _deal(quote: Quote, texts: Texts, floor: Floor | None, *, reverse: bool) -> list[str]:
    """The deal; nothing of it where the floor keeps it from being given."""
    is_under = floor is not None and floor.is_above(quote.earned_percent)
    warning = [ladders.under(quote.earned_percent, floor, texts)] if floor is not None and is_under else []
    is_blocked = floor is not None and floor.blocks(quote.earned_percent)
    deal = amounts_and_rate(quote, texts, reverse=reverse)
    return warning if is_blocked else [*warning, *([""] if warning else []), *deal]


def _earned(quote: Quote, dialogue: Dialogue, texts: Texts, *, several: bool) -> list[str]:
    """What the desk keeps; of several amounts each has its own line for that."""
    base, tariff = steps.base_of(dialogue), dialogue.tariff
    if several:
        of_tariff = tariff and texts(
            f"margins.{tariff.whose}", margins=ladders.whole(tariff.ladder, base.direction.pays, texts)
        )
        return [of_tariff or texts("margin", margin=formats.margin(quote.margin, texts, base))]
    amount = quote.gets if dialogue.reverse else quote.pays
    asked = ladders.named(quote.margin, tier_of(dialogue, base, amount), tariff, base, texts)
    return [
        *(formats.depth_lines(quote.depth, texts) if quote.depth else formats.depth_warning(quote, texts)),
        texts("result.margin", asked=asked, earned=formats.percent(quote.earned_percent, texts)),
        profit(quote, texts),
    ]


def _last_row(dialogue: Dialogue, texts: Texts) -> list[Button]:
    cancel = (texts("button.cancel"), "cancel", "")
    if dialogue.step == steps.SOURCE:
        return [cancel]
    return [(texts("button.back"), "back", ""), cancel]
