"""What the owners see of the sources: /status when they ask, and notices when they do not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator, is_notice

OLD, NEW = "marked-old-key-0123", "marked-new-key-4567"
IS_LATE = (datetime.now(UTC) + timedelta(hours=6)).day == 1
"""In the last hours of a month a plan that is used up was not used too fast."""


def test_status_names_the_source_that_rests_and_a_check_asks_those_that_are_free(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.faults.add("rapira", "451")
    bot = new_bot(API_LAYER_KEY=f"{OLD},{NEW}").start()
    sandbox.journal.wait("rapira_book")
    anna.quote("USDT", "THB", margin="2", amount="100")
    anna.open("/status")
    assert "Rapira, стакан · " in anna.text
    assert "⏸ Rapira: не спрашиваем до " in anna.text
    assert "закрыт для нашего адреса" in anna.text
    assert "✓ APILayer: работает с " in anna.text
    assert "ключ 1: 1 из 100\nключ 2: 0 из 100\n" in anna.text
    assert "· CoinGecko (индикативно): в запасе" in anna.text
    anna.press("Проверить источники")
    anna.wait_for("✓ CoinGecko (индикативно): работает")
    assert "Проверяю" not in anna.text
    assert [sandbox.journal.count(name) for name in ("rapira", "apilayer", "coingecko", "cbr", "erapi")] == [1] * 5
    anna.person.press(anna.card, "Обновить").wait_answer()
    assert len([message for message in anna.person.chat() if message.by_bot and not is_notice(message)]) == 2
    bot.stop()
    assert OLD not in bot.text + anna.text


def test_a_check_of_sources_that_hang_does_not_hold_up_the_chat_and_ends_in_time(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    new_bot(API_TIMEOUT="8").start()
    sandbox.journal.wait("cbr")
    sandbox.journal.wait("rapira")
    sandbox.faults.add("sources", "silence")
    anna.open("/status")
    screen = anna.press("Проверить источники")
    assert "⏳ Проверяю источники" in anna.text
    anna.open("/help")
    checked = anna.person.wait_edit(screen)
    assert "CoinGecko (индикативно): не ответил вовремя" in checked.text.replace("\N{NO-BREAK SPACE}", " ")


def test_owners_are_told_when_a_key_is_refused_and_when_its_source_is_well_again(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.sources.apilayer.refused_keys.add(OLD)
    bot = new_bot().start()
    anna.open("/settings")
    anna.press("English")
    anna.press("Русский")
    bot.reread(f"API_LAYER_KEY={OLD}\n")
    anna.wait_for("⚠️ APILayer: ключ не принят.")
    bot.wait_for("owner not told user_id=1002")  # Boris never wrote to the bot
    bot.reread(f"API_LAYER_KEY={NEW}\n")
    anna.wait_for("✅ APILayer: снова отвечает.")
    anna.open()
    assert "Что платит клиент?" in anna.text
    assert "ERROR" not in bot.text


@pytest.mark.skipif(IS_LATE, reason="the month is about to end")
def test_owners_are_told_once_that_a_plan_is_used_too_fast(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.sources.apilayer._calls[NEW] = 249
    bot = new_bot(API_LAYER_MONTHLY_QUOTA="250", FIAT_REFRESH_INTERVAL="1").start()
    boris = Operator(sandbox.person(1002))
    anna.open("/settings")
    anna.press("English")
    anna.press("Русский")
    boris.open("/settings")
    boris.press("Русский")
    boris.press("English")
    bot.reread(f"API_LAYER_KEY={NEW}\n")
    anna.wait_for("⚠️ APILayer: использовано 250 из 250 запросов")
    boris.wait_for("⚠️ APILayer: 250 of 250 calls used; other sources give the rate until the month ends.")
    sandbox.journal.wait("cbr", count=sandbox.journal.count("cbr") + 2)
    bot.stop()
    bot.start()
    sandbox.journal.wait("cbr", count=sandbox.journal.count("cbr") + 2)
    assert len([message for message in anna.person.chat() if "250 из 250" in message.text]) == 1
    assert len(bot.lines("calls left")) == 1
