"""Each direction from /admin_bot to the result, against a computation that shares no code with the bot."""

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from pathlib import Path

import pytest

from sandbox.market import SAMPLE
from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR, Bot
from tests.e2e.operator import Operator, figure

FIAT = ("USD", "EUR", "THB", "AED", "ZAR", "IDR")
DIRECTIONS = [("RUB", gets) for gets in ("USDT", *FIAT)] + [("USDT", gets) for gets in ("RUB", *FIAT)]
PER_USD = {"USD": Fraction(1)} | {code: Fraction(rate) for code, rate in SAMPLE.per_usd.items()}
BID, ASK = Fraction(SAMPLE.bid), Fraction(SAMPLE.ask)
CENT = Fraction(1, 100)


def base_rate(pays: str, gets: str) -> Fraction:
    """RUB per 1 X when RUB is paid, X per 1 USDT when USDT is paid."""
    match pays, gets:
        case "RUB", "USDT":
            return ASK
        case "USDT", "RUB":
            return BID
        case "RUB", _:
            return PER_USD["RUB"] / PER_USD[gets]
        case _:
            return BID * PER_USD[gets] / PER_USD["RUB"]


def rounded(rate: Fraction) -> Fraction:
    """Half up to the fewest decimals, two at least, for which half a step is at most 0.01 % of the rate."""
    decimals = 2
    while Fraction(1, 2 * 10**decimals) > rate / 10_000:
        decimals += 1
    return Fraction(floor(rate * 10**decimals + Fraction(1, 2)), 10**decimals)


def down(value: Fraction, step: Fraction = CENT) -> Fraction:
    return floor(value / step) * step


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """One bot for all directions; its fiat rates come from the source that tells all their digits."""
    with Sandbox() as sandbox:
        anna = Operator(sandbox.person(OPERATOR, name="Анна"))
        bot = Bot(sandbox, Path(tmp_path_factory.mktemp("desk")), API_LAYER_KEY="key").start()
        yield anna
        assert bot.stop() == 0
        assert sandbox.unanswered() == []


@pytest.mark.parametrize("margin", ["2", "0,37"])
@pytest.mark.parametrize(("pays", "gets"), DIRECTIONS)
def test_the_card_agrees_with_an_independent_computation(operator: Operator, pays: str, gets: str, margin: str) -> None:
    paid = Fraction(123_456_78, 100) if pays == "RUB" else Fraction(1_234_56, 100)
    operator.quote(pays, gets, margin=margin, amount=f"{float(paid):.2f}")
    card = operator.text

    base, percent = base_rate(pays, gets), Fraction(margin.replace(",", "."))
    rate = base * (1 + percent / 100) if pays == "RUB" else base * (1 - percent / 100)
    pays_per_gets = pays == "RUB"
    if rate < 1:
        rate, pays_per_gets = 1 / rate, not pays_per_gets
    rate = rounded(rate)
    step = Fraction(1) if gets == "IDR" else CENT
    got = down(paid / rate if pays_per_gets else paid * rate, step)

    assert figure(card, "Клиент платит") == paid
    assert figure(card, "Клиент получает") == got
    assert figure(card, "Курс сделки") == rate
    assert f"{'за 1 ' + (gets if pays_per_gets else pays)}\n" in card
    profit = (paid - got * base) if pays == "RUB" else (paid - got / base)
    earned = profit / (got * base) if pays == "RUB" else profit / paid
    in_rub, in_usdt = (profit, profit / ASK) if pays == "RUB" else (profit * BID, profit)
    assert figure(card, "после округлений") == down(earned * 100)
    assert figure(card, "Прибыль") == down(in_rub)
    assert figure(card, "RUB ·") == down(in_usdt)
