"""What a simulated operator reads off a message of the bot: which screen it is, and whether the result is right."""

import re
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from tests.e2e import expected
from tests.e2e.operator import NBSP, Seen, figure


class Screen(IntEnum):
    """The steps of a quote in their order; what is below SOURCE belongs to none."""

    OTHER = 0
    FETCHING = 1
    NO_RATE = 2
    CLOSED = 3
    IDLE = 4
    TOLD = 5
    SOURCE = 10
    TARGET = 11
    MARGIN = 12
    AMOUNT = 13
    RESULT = 14


_SIGNS = (
    ("Клиент получает:", Screen.RESULT),
    ("Что платит клиент?", Screen.SOURCE),
    ("Что он получает?", Screen.TARGET),
    ("Какая маржа?", Screen.MARGIN),
    ("платит клиент? Выберите или", Screen.AMOUNT),
    ("⏳", Screen.FETCHING),
    ("⚠️ Курса нет", Screen.NO_RATE),
    ("Эта карточка закрыта", Screen.CLOSED),
    ("Чтобы начать котировку", Screen.IDLE),
    ("Нет валюты", Screen.IDLE),  # a number alone, with no quote under way
    ("Что-то пошло не так", Screen.TOLD),
)


def screen_of(message: Seen) -> Screen:
    text = message.text.replace(NBSP, " ")
    return next((screen for sign, screen in _SIGNS if sign in text), Screen.OTHER)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A quote that an operator sets out to make; no other of theirs has the same amount."""

    pays: str
    gets: str
    margin: str
    amount: str

    @property
    def paid(self) -> Fraction:
        return Fraction(self.amount)


def amount_on(result: Seen) -> Fraction:
    return figure(result.text, "Клиент платит")


def mistakes(result: Seen, wanted: Wanted, rates: expected.Rates = expected.TODAY) -> list[str]:
    """What differs on a result from what it has to say; nothing for a right one."""
    card = result.text.replace(NBSP, " ")
    percent = Fraction(wanted.margin.replace(",", "."))
    deal = expected.deal(wanted.pays, wanted.gets, percent=percent, paid=wanted.paid, rates=rates)
    figures = {
        "Клиент платит": wanted.paid,
        "Клиент получает": deal.gets,
        "Курс сделки": deal.rate,
        "после округлений": deal.earned_percent,
        "Прибыль": deal.profit_rub,
    }
    differ = [
        f"{label}: {float(read)} instead of {float(right)}"
        for label, right in figures.items()
        if (read := figure(card, label)) != right
    ]
    if f"{wanted.pays} → {wanted.gets}\n" not in card:
        differ.append("another direction")
    if not re.search(rf"Курс сделки: .* за 1 {deal.per}\n", card):
        differ.append(f"the rate is not per 1 {deal.per}")
    return differ
