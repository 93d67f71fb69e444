"""A large amount against the order book that the sandbox serves, its volume-weighted price computed beside the bot."""

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from sandbox.market import SAMPLE
from sandbox.payloads import rapira_book
from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator, figure

Levels = list[tuple[Fraction, Fraction]]


def served(side: str) -> Levels:
    """Price and amount of each level, as the sandbox serves them."""
    plate = json.loads(rapira_book(SAMPLE), parse_float=Decimal, parse_int=Decimal)
    return [(Fraction(each["price"]), Fraction(each["amount"])) for each in plate[side]["items"]]


def average(levels: Levels, usdt: Fraction) -> Fraction:
    """RUB per USDT of an amount that the levels have."""
    total = reached = Fraction(0)
    for price, amount in levels:
        total += price * max(Fraction(0), min(usdt - reached, amount))
        reached += amount
    assert reached >= usdt
    return total / usdt


@pytest.fixture
def bot(new_bot: Callable[..., Bot]) -> Bot:
    """Running, with the order book in memory."""
    bot = new_bot().start()
    bot.wait_for("order book seen bids=5 asks=5")
    return bot


@pytest.mark.usefixtures("bot")
def test_sold_usdt_are_quoted_at_what_the_bids_give_for_them(anna: Operator) -> None:
    anna.quote("USDT", "RUB", margin="2", amount="50 000")
    fair = average(served("bid"), Fraction(50_000))
    assert fair < Fraction(SAMPLE.bid)
    assert abs(figure(anna.text, "База") - fair) < Fraction(1, 10**6)
    assert abs(figure(anna.text, "USDT/RUB на 50 000 USDT") - fair) <= Fraction(1, 20_000)
    assert figure(anna.text, "лучшая цена") == Fraction(SAMPLE.bid)
    assert figure(anna.text, "Курс сделки") == round(fair * Fraction(98, 100), 2)
    assert figure(anna.text, "Клиент получает") == 50_000 * figure(anna.text, "Курс сделки")


@pytest.mark.usefixtures("bot")
def test_bought_usdt_are_quoted_at_what_the_asks_take_for_them(anna: Operator) -> None:
    anna.quote("RUB", "USDT", margin="2", amount="5 млн")
    fair = figure(anna.text, "База")
    assert fair > Fraction(SAMPLE.ask)
    assert abs(average(served("ask"), 5_000_000 / fair) - fair) < Fraction(1, 10**6)
    assert figure(anna.text, "Курс сделки") == round(fair * Fraction(102, 100), 2)


@pytest.mark.usefixtures("bot")
def test_a_small_amount_is_quoted_at_the_top(anna: Operator) -> None:
    anna.quote("USDT", "RUB", margin="2", amount="1200")
    assert figure(anna.text, "База") == Fraction(SAMPLE.bid)
    assert "стакан" not in anna.text


@pytest.mark.usefixtures("bot")
def test_more_than_the_order_book_shows_is_warned_of(anna: Operator) -> None:
    anna.quote("USDT", "EUR", margin="2", amount="1 млн")
    assert "❗ В стакане видно только 216 205,37 USDT." in anna.text


def test_without_an_order_book_a_large_amount_is_quoted_at_the_top(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.faults.add("rapira_book", "500")
    bot = new_bot().start()
    bot.wait_for("no order book, large amounts are quoted at the top: rapira book: unavailable")
    anna.quote("USDT", "RUB", margin="2", amount="50 000")
    assert figure(anna.text, "База") == Fraction(SAMPLE.bid)


def test_an_order_book_that_serves_as_the_price_is_asked_once_for_both(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.faults.add("rapira", "451")
    bot = new_bot().start()
    bot.wait_for("order book seen bids=5 asks=5")
    anna.quote("USDT", "RUB", margin="2", amount="50 000")
    assert abs(figure(anna.text, "База") - average(served("bid"), Fraction(50_000))) < Fraction(1, 10**6)
    assert sandbox.journal.count("rapira_book") == 1


@pytest.mark.usefixtures("bot")
def test_a_large_quote_is_the_same_after_a_restart(bot: Bot, anna: Operator, sandbox: Sandbox) -> None:
    anna.quote("USDT", "RUB", margin="2", amount="50 000")
    before = figure(anna.text, "База")
    bot.settle(5)
    bot.kill()
    sandbox.faults.add("rapira_book", "500")
    bot.start()
    anna.press("Другая сумма")
    anna.press("‹ Назад")
    assert figure(anna.text, "База") == before
