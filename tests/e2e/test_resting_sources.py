"""Sources that are left alone after a trouble, and come back without a hand."""

from collections.abc import Callable

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator

EVERY_SECOND = "1"


def test_a_source_that_is_blocked_is_asked_once_while_the_next_serves_every_turn(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.faults.add("rapira", "451")
    bot = new_bot(PRELOAD_INTERVAL=EVERY_SECOND).start()
    sandbox.journal.wait("rapira_book", count=4)
    assert sandbox.journal.count("rapira") == 1
    assert len(bot.lines("source failed feed=usdt_rub")) == len(bot.lines("source rests source=rapira ")) == 1
    anna.quote("USDT", "RUB", margin="2", amount="100")
    assert "Rapira, стакан" in anna.text


def test_when_every_source_rests_the_first_that_is_well_is_found_in_seconds(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.faults.add("sources", "html")
    bot = new_bot(PRELOAD_INTERVAL=EVERY_SECOND, FIAT_REFRESH_INTERVAL="60").start()
    for source in ("rapira", "rapira book", "coingecko"):
        bot.wait_for(f"source rests source={source} trouble=garbage", timeout_s=120)
    sandbox.faults.clear()
    bot.wait_for("source is well again source=rapira", timeout_s=120)
    anna.open()
    anna.press("RUB")
    anna.press("USDT")
    anna.wait_for("Какая маржа?")
