"""A start polls before it is ready, and whatever comes meanwhile is handled once, in its order."""

from collections.abc import Callable

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator, is_notice


@pytest.mark.parametrize("inbox", ["database", "telegram", "off"])
def test_what_waited_and_what_comes_while_the_bot_is_loaded_is_answered_once(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, inbox: str
) -> None:
    anna.person.send("/help")
    bot = new_bot(INBOX=inbox)
    bot.run()
    sandbox.updates.wait_polled()
    anna.person.send("/help")
    bot.settle(2)
    bot.stop()
    assert len([message for message in anna.person.chat() if message.by_bot and not is_notice(message)]) == 2
    assert sandbox.updates.pending == []


def test_a_bot_without_docstrings_and_assertions_as_in_the_image_quotes(
    new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(PYTHONOPTIMIZE="2").start()
    anna.quote("RUB", "USDT", margin="2", amount="1000")
    assert "Клиент получает" in anna.card.text
    bot.stop()
    assert "Traceback" not in bot.text


def test_a_bot_killed_between_its_first_poll_and_its_first_handler_loses_nothing(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    anna.person.send("/help")
    bot = new_bot()
    bot.run()
    sandbox.journal.wait("getUpdates")
    bot.kill()
    bot.start()
    sandbox.journal.wait("sendMessage")
    bot.stop()
    assert len([message for message in anna.person.chat() if message.by_bot and not is_notice(message)]) == 1
