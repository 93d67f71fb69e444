"""The five steps of a quote as every peer shows them, with the texts and buttons of ours and the state in memory."""

from dataclasses import dataclass
from decimal import Decimal
from html import escape

from tests.load.peers.deal import TARGETS, Cache, deal, shown

NBSP = "\N{NO-BREAK SPACE}"
AMOUNTS = {"RUB": ("10 000", "50 000", "100 000", "500 000"), "USDT": ("100", "500", "1 000", "5 000")}
MARGINS = ("0,5", "1", "1,5", "2", "3")

Rows = list[list[tuple[str, str]]]
"""Label and callback data of each button."""


@dataclass(slots=True)
class State:
    """A quote under way, in memory alone."""

    card: int = 0
    pays: str = ""
    gets: str = ""
    percent: Decimal | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Screen:
    """HTML, and the buttons under it."""

    text: str
    rows: Rows


class Flow:
    """One state for each chat; a peer sends or edits what it returns."""

    def __init__(self, cache: Cache) -> None:
        self.states: dict[int, State] = {}
        self._cache = cache
        self._opened = 0

    def open(self, chat_id: int) -> Screen:
        self._opened += 1
        self.states[chat_id] = State(number=self._opened)
        return Screen(
            "<b>Новая котировка</b>\n\nЧто платит клиент?",
            [[(pays, f"source:{pays}:{self._opened}") for pays in TARGETS], [self._cancel()]],
        )

    def press(self, chat_id: int, data: str) -> Screen | None:
        """None for a button of another quote, or one that leads nowhere here."""
        state = self.states.get(chat_id)
        verb, _, rest = data.partition(":")
        arg, _, number = rest.partition(":")
        if state is None or number != str(state.number):
            return None
        if verb == "source" and arg in TARGETS:
            state.pays = arg
            return self._target(state)
        if verb == "target" and arg in TARGETS[state.pays]:
            state.gets = arg
            return self._margin(state)
        if verb in ("margin", "amount"):
            return self.typed(chat_id, arg)
        return None

    def typed(self, chat_id: int, text: str) -> Screen | None:
        state = self.states.get(chat_id)
        if state is None or not state.gets:
            return None
        try:
            number = Decimal(text.replace(NBSP, "").replace(" ", "").replace(",", "."))
        except ArithmeticError:
            return Screen(f"Не число: {escape(text)}", [])
        if state.percent is None:
            state.percent = number
            return self._amount(state)
        return self._result(state, state.percent, number)

    def _target(self, state: State) -> Screen:
        buttons = [(gets, f"target:{gets}:{state.number}") for gets in TARGETS[state.pays]]
        return Screen(
            f"<b>Новая котировка</b>\n\nКлиент платит <b>{state.pays}</b>. Что он получает?",
            [buttons[:4], buttons[4:], self._last_row()],
        )

    def _margin(self, state: State) -> Screen:
        base = self._cache.rates.base(state.pays, state.gets)
        of, per = (state.pays, state.gets) if state.pays == "RUB" else (state.gets, state.pays)
        if base < 1:
            base, of, per = 1 / base, per, of
        return Screen(
            f"{self._title(state)}\nБазовый курс: <b>{number(shown(base))}{NBSP}{of} за 1{NBSP}{per}</b>\n"
            "Rapira · 7 с назад\nAPILayer · 7 с назад\n\n"
            "Какая маржа? Выберите или напишите: <code>2</code> или <code>0,5</code>",
            [[(f"{each}{NBSP}%", f"margin:{each}:{state.number}") for each in MARGINS], self._last_row()],
        )

    def _amount(self, state: State) -> Screen:
        assert state.percent is not None
        figures = deal(self._cache.rates, state.pays, state.gets, percent=state.percent, paid=Decimal(1000))
        buttons = [(f"{each} {state.pays}", f"amount:{each}:{state.number}") for each in AMOUNTS[state.pays]]
        return Screen(
            f"{self._title(state)}\nМаржа: {number(state.percent)}{NBSP}%\n"
            f"Курс сделки: <b>{number(figures.rate)}{NBSP}{figures.of} за 1{NBSP}{figures.per}</b>\n\n"
            f"Сколько {state.pays} платит клиент? Выберите или напишите: <code>1000</code> или <code>100к</code>",
            [buttons[:2], buttons[2:], [("Клиент хочет получить сумму", f"turn::{state.number}")], self._last_row()],
        )

    def _result(self, state: State, percent: Decimal, paid: Decimal) -> Screen:
        figures = deal(self._cache.rates, state.pays, state.gets, percent=percent, paid=paid)
        per = f"{NBSP}{figures.of} за 1{NBSP}{figures.per}"
        return Screen(
            f"{self._title(state)}\n\nКлиент платит: <code>{number(paid)}{NBSP}{state.pays}</code>\n"
            f"Клиент получает: <code>{number(figures.gets)}{NBSP}{state.gets}</code>\n"
            f"Курс сделки: <code>{number(figures.rate)}{per}</code>\n\n"
            f"База: {number(figures.base)}{per}\n"
            f"Маржа: {number(percent)}{NBSP}%, после округлений {number(figures.earned_percent)}{NBSP}%\n"
            f"Прибыль: {number(figures.profit_rub)}{NBSP}RUB · {number(figures.profit_usdt)}{NBSP}USDT\n"
            "Rapira · 7 с назад\nAPILayer · 7 с назад",
            [
                [("Карточка клиенту", f"client::{state.number}")],
                [("Другая сумма", f"re_amount::{state.number}"), ("Другая маржа", f"re_margin::{state.number}")],
                [("Обновить курс", f"refresh::{state.number}"), ("Новая котировка", f"new::{state.number}")],
                self._last_row(),
            ],
        )

    def _title(self, state: State) -> str:
        return f"<b>{state.pays} → {state.gets}</b>"

    def _last_row(self) -> list[tuple[str, str]]:
        return [("‹ Назад", "back"), self._cancel()]

    @staticmethod
    def _cancel() -> tuple[str, str]:
        return "Отмена", "cancel"


def number(value: Decimal) -> str:
    """Digits in threes, a comma."""
    return f"{value:,f}".replace(",", NBSP).replace(".", ",")
