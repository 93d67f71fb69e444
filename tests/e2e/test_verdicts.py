"""What the gate says is watched while nobody asks for a quote."""

from collections.abc import Callable
from decimal import Decimal

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot


def test_a_market_that_leaves_the_peg_and_comes_back_is_logged_for_every_direction(
    sandbox: Sandbox, new_bot: Callable[..., Bot]
) -> None:
    bot = new_bot(PRELOAD_INTERVAL="1").start()
    sandbox.market.set(bid=Decimal("95.00"), ask=Decimal("95.10"), close=Decimal("95.05"))
    bot.wait_for("verdict direction=USDT-IDR quotable=False concerns=peg")
    assert bot.lines("verdict direction=RUB-USDT quotable=False concerns=peg")
    sandbox.market.set(bid=Decimal("81.62"), ask=Decimal("81.66"), close=Decimal("81.65"))
    bot.wait_for("verdict direction=USDT-IDR quotable=True concerns=none")
