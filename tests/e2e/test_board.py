"""/rates on the real bot: refreshed, pinned, following the market, also after a restart."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from sandbox.messages import Message
from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR, Bot
from tests.e2e.operator import NBSP, Operator


def plain(message: Message) -> str:
    return message.text.replace(NBSP, " ")


def row(message: Message, pays: str, gets: str) -> str:
    """The line of a direction."""
    table = plain(message).split(f"Клиент платит {pays}")[1].split("\n\n")[0]
    return next(line for line in table.splitlines() if line.startswith(gets))


def test_a_pinned_board_follows_the_market_by_itself_and_goes_on_after_a_restart(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(PRELOAD_INTERVAL="1").start()
    sandbox.journal.wait("cbr")
    sandbox.journal.wait("rapira")
    anna.quote("RUB", "USDT", margin="2", amount="1000")
    anna.open("/rates")
    board = anna.press("Закрепить")
    assert sandbox.chats.chats[OPERATOR].pinned == [board.id]
    before = row(board, "RUB", "USDT")

    def moved(chat: Sequence[Message]) -> Message | None:
        found = next(each for each in chat if each.id == board.id)
        return found if row(found, "RUB", "USDT") != before else None

    sandbox.market.set(ask=Decimal("81.90"))
    board = anna.person.wait(moved)
    assert "📌" in board.text

    bot.kill()
    before = row(board, "RUB", "USDT")
    sandbox.market.set(ask=Decimal("81.80"))
    bot.start()
    board = anna.person.wait(moved)
    anna.press("Открепить")
    assert sandbox.chats.chats[OPERATOR].pinned == []
    assert "ERROR" not in bot.text


def test_refresh_asks_the_exchange_and_all_directions_are_there(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    anna.quote("USDT", "THB", margin="2", amount="100")
    anna.open("/rates")
    for pays, gets in (("RUB", "USDT USD EUR THB AED ZAR IDR"), ("USDT", "RUB USD EUR THB AED ZAR IDR")):
        for code in gets.split():
            assert " за 1 " in row(anna.card, pays, code)
    press = anna.person.press(anna.card, "Обновить")
    press.wait_answer()
    anna.person.wait(lambda chat: any("Курсы без маржи" in each.text and each.edits >= 2 for each in chat))
    assert "Обновляю" not in anna.text
