"""/alert on the real bot: told when the market does it, once, and after a restart."""

from collections.abc import Callable
from decimal import Decimal

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import NBSP, Operator


def told(anna: Operator) -> list[str]:
    said = (message.text.replace(NBSP, " ") for message in anna.person.chat() if message.by_bot)
    return [text for text in said if text.startswith("🔔")]


def test_an_alert_is_told_once_when_the_market_crosses_it_and_not_again_after_a_restart(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(PRELOAD_INTERVAL="1").start()
    sandbox.journal.wait("cbr")
    sandbox.journal.wait("rapira")
    anna.open("/alert usdt/rub > 82")
    assert "✓ Добавлено: USDT/RUB выше 82." in anna.text
    anna.open("/alert")
    for label in ("Добавить", "USDT/RUB"):
        anna.press(label)
    assert "Сейчас USDT/RUB 81,65." in anna.text
    anna.press("USDT/RUB ниже 80,8")
    assert "• USDT/RUB ниже 80,8\n• USDT/RUB выше 82\n" in anna.text

    sandbox.market.set(bid=Decimal("82.10"), ask=Decimal("82.14"), close=Decimal("82.12"))
    anna.wait_for("🔔 USDT/RUB выше 82: сейчас 82,12")
    bot.wait_for("alert told user_id=1001 rule=USDT/RUB>82 mode=on")
    bot.kill()
    bot.start()
    sandbox.journal.wait("rapira", count=sandbox.journal.count("rapira") + 3)
    assert told(anna) == ["🔔 USDT/RUB выше 82: сейчас 82,12"]

    sandbox.market.set(bid=Decimal("80.70"), ask=Decimal("80.74"), close=Decimal("80.72"))
    anna.wait_for("🔔 USDT/RUB ниже 80,8: сейчас 80,72")
    anna.open("/alert")
    anna.press("✕ USDT/RUB выше 82")
    assert "выше 82" not in anna.text
    assert "ERROR" not in bot.text
