"""Each direction from /admin_bot to the result, against a computation that shares no code with the bot."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from sandbox.stand import Sandbox
from tests.e2e import expected
from tests.e2e.bot_process import OPERATOR, Bot
from tests.e2e.operator import Operator, figure

MARGINS = 2


@pytest.fixture(scope="module")
def operators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Operator]]:
    """One bot for all directions; its fiat rates come from the source that tells all their digits.

    Each quote has an operator of its own: one alone would soon be faster than Telegram lets a bot speak in a chat.
    """
    numbers = range(OPERATOR, OPERATOR + MARGINS * len(expected.DIRECTIONS))
    with Sandbox() as sandbox:
        admins = ",".join(map(str, numbers))
        bot = Bot(sandbox, Path(tmp_path_factory.mktemp("desk")), API_LAYER_KEY="key", ADMIN_IDS=admins).start()
        yield (Operator(sandbox.person(number)) for number in numbers)
        assert bot.stop() == 0
        assert sandbox.unanswered() == []


@pytest.mark.parametrize("margin", ["2", "0,37"])
@pytest.mark.parametrize(("pays", "gets"), expected.DIRECTIONS)
def test_the_card_agrees_with_an_independent_computation(
    operators: Iterator[Operator], pays: str, gets: str, margin: str
) -> None:
    operator = next(operators)
    paid = Fraction(98_345_67, 100) if pays == "RUB" else Fraction(1_134_56, 100)
    operator.quote(pays, gets, margin=margin, amount=f"{float(paid):.2f}")
    card = operator.text

    deal = expected.deal(pays, gets, percent=Fraction(margin.replace(",", ".")), paid=paid)
    assert figure(card, "Клиент платит") == paid
    assert figure(card, "Клиент получает") == deal.gets
    assert figure(card, "Курс сделки") == deal.rate
    assert f"за 1 {deal.per}\n" in card
    assert figure(card, "после округлений") == deal.earned_percent
    assert figure(card, "Прибыль") == deal.profit_rub
    assert figure(card, "RUB ·") == deal.profit_usdt
