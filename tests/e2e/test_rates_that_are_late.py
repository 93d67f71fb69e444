"""Rates that have to be waited for, and sources that give none."""

from collections.abc import Callable

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator, is_notice

NEVER = 3600.0


@pytest.fixture
def cold(sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator) -> Bot:
    """Nothing is in memory, and the sources keep everybody waiting."""
    sandbox.faults.add("sources", "silence")
    bot = new_bot(API_TIMEOUT="8").start()
    anna.open()
    anna.press("RUB")
    return bot


@pytest.mark.usefixtures("cold")
def test_progress_is_shown_while_the_rate_is_fetched_and_the_rate_takes_its_place(
    sandbox: Sandbox, anna: Operator
) -> None:
    anna.press("USDT")
    assert "⏳ Получаю курс…" in anna.text
    sandbox.faults.clear()
    anna.wait_for("Какая маржа?", timeout_s=120)
    assert len([message for message in anna.person.chat() if message.by_bot and not is_notice(message)]) == 1


def test_cancel_during_a_fetch_really_cancels(cold: Bot, anna: Operator) -> None:
    anna.press("USDT")
    seen = anna.card
    anna.person.send("/cancel")
    anna.person.wait_edit(seen)
    assert anna.text.startswith("Отменено.")
    cold.wait_for("source failed feed=usdt_rub coingecko", timeout_s=120)
    anna.open("/help")
    assert anna.person.message(seen).text.startswith("Отменено.")


def test_dead_sources_are_named_and_can_be_tried_again(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.faults.add("rapira", "451")
    sandbox.faults.add("rapira_book", "451")
    sandbox.faults.add("coingecko", "429")
    new_bot().start()
    anna.open()
    anna.press("RUB")
    anna.press("USDT")
    anna.wait_for("⚠️ Курса нет")
    assert "Rapira: закрыт для нашего адреса" in anna.text
    assert "CoinGecko (индикативно): исчерпан лимит запросов" in anna.text


def test_a_fallback_is_named_on_the_card(sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator) -> None:
    sandbox.faults.add("rapira", "451")
    sandbox.faults.add("apilayer", "quota")
    new_bot(API_LAYER_KEY="key").start()
    anna.quote("USDT", "THB", margin="2", amount="100")
    assert "Rapira, стакан, покупка" in anna.text
    assert "Банк России на" in anna.text
