"""A process that is killed, or cut off, after Telegram took a message and before it knew."""

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator, is_notice


def said(anna: Operator) -> list[str]:
    return [message.text for message in anna.person.chat() if message.by_bot and not is_notice(message)]


def test_killed_between_an_accepted_message_and_its_answer_it_is_not_sent_again(
    sandbox: Sandbox, bot: Bot, anna: Operator
) -> None:
    sandbox.faults.add("sendMessage", "late", count=1, delay_s=60)
    sent = anna.person.send("/new")
    anna.person.wait_new(sent)
    bot.kill()
    bot.start()
    bot.settle(1)

    assert len(said(anna)) == 1
    anna.press("RUB")
    assert "Что он получает?" in anna.text


def test_killed_between_a_message_and_the_commit_it_is_not_sent_again(
    sandbox: Sandbox, bot: Bot, anna: Operator
) -> None:
    """The client's card is out and answered; the edit of the operator's own hangs when the process is killed."""
    anna.quote("RUB", "USDT", margin="2", amount="1000")
    bot.settle(5)
    sandbox.faults.add("editMessageText", "silence", count=1)
    anna.person.press(anna.card, "Карточка клиенту")
    anna.wait_for("Вы получаете")
    sandbox.journal.wait("sendMessage", count=2)
    bot.kill()
    sandbox.faults.clear()
    bot.start()
    bot.settle(6)

    assert len([text for text in said(anna) if "Вы получаете" in text]) == 1
    assert sandbox.journal.count("sendMessage") == 2
