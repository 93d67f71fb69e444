"""A card that an operator deletes while Telegram lets nobody edit it."""

from collections.abc import Callable

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR, Bot
from tests.e2e.operator import Operator, is_notice

HELD_S = 15
"""Long enough for a card to be deleted meanwhile, also on a crowded machine."""


@pytest.mark.parametrize("killed", [False, True])
def test_a_result_whose_card_was_deleted_while_its_edit_was_late_is_sent_anew_once(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, *, killed: bool
) -> None:
    bot = new_bot().start()
    anna.open()
    for label in ("RUB", "USDT"):
        anna.press(label)
    anna.type("2")
    bot.settle(4)
    card = anna.card
    sandbox.faults.add("editMessageText", "429", count=1, retry_after=HELD_S, chat_id=OPERATOR)
    anna.person.send("1000")
    bot.wait_for("edit is late")
    bot.settle(5)
    if killed:
        bot.kill()
    anna.person.delete(card)
    if killed:
        bot.start()

    anna.wait_for("Клиент получает: 12 USDT")
    bot.wait_for("card sent anew")

    anna.press("Другая сумма")
    anna.type("2000")
    assert "Клиент получает: 24,01 USDT" in anna.text
    assert len([message for message in anna.person.chat() if message.by_bot and not is_notice(message)]) == 1
    assert "Traceback" not in bot.text


def test_a_given_quote_whose_card_was_deleted_while_its_edit_was_late_is_sent_anew_and_lives_on(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot().start()
    card = anna.quote("RUB", "USDT", margin="2", amount="1000")
    bot.settle(5)
    sandbox.faults.add("editMessageText", "429", count=1, retry_after=HELD_S, chat_id=OPERATOR)
    anna.person.press(card, "Карточка клиенту")
    bot.wait_for("edit is late")
    anna.person.delete(card)
    bot.wait_for("card sent anew")

    accept = next(label for label in anna.card.button_texts if "Принята" in label)
    seen = anna.card
    anna.person.press(seen, accept).wait_answer()
    after = anna.person.wait_edit(seen)
    assert after.text != seen.text
    assert "Traceback" not in bot.text
