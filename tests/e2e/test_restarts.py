"""A process that is killed in the middle, and one that is asked to stop."""

from collections.abc import Callable

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator, is_notice


def test_killed_after_every_step_the_same_buttons_go_on(bot: Bot, anna: Operator) -> None:
    steps: list[Callable[[], object]] = [
        lambda: anna.press("RUB"),
        lambda: anna.press("USDT"),
        lambda: anna.press("2 %"),
        lambda: anna.type("1000"),
        lambda: anna.press("Другая сумма"),
        lambda: anna.type("2000"),
    ]
    anna.open()
    for number, step in enumerate(steps, start=1):
        bot.settle(number)
        bot.kill()
        bot.start()
        step()
    assert "Клиент платит: 2 000 RUB" in anna.text
    assert len([message for message in anna.person.chat() if message.by_bot and not is_notice(message)]) == 1


def test_killed_in_mid_handler_the_update_is_handled_after_the_start(
    sandbox: Sandbox, bot: Bot, anna: Operator
) -> None:
    anna.open()
    bot.settle(1)
    seen = anna.card
    sandbox.faults.add("editMessageText", "silence", count=1)
    anna.person.press(seen, "RUB").wait_answer()
    anna.person.send("это придёт следом")
    sandbox.journal.wait("getUpdates", count=sandbox.journal.count("getUpdates") + 1)
    bot.kill()
    sandbox.faults.clear()
    bot.start()
    anna.wait_for("Сначала выберите кнопкой.")
    assert "Клиент платит RUB." in anna.text
    assert "resumed=0" not in bot.lines("polling workers=")[-1]


def test_a_button_that_spins_yet_when_its_press_is_done_stops_after_the_start(
    sandbox: Sandbox, bot: Bot, anna: Operator
) -> None:
    anna.open()
    seen = anna.card
    sandbox.faults.add("answerCallbackQuery", "silence")
    press = anna.person.press(seen, "RUB")
    anna.person.wait_edit(seen)
    bot.settle(2)
    bot.kill()
    sandbox.faults.clear()
    bot.start()
    press.wait_answer()
    anna.press("USDT")


def test_presses_made_while_the_bot_was_down_are_handled_once_and_in_order(
    sandbox: Sandbox, bot: Bot, anna: Operator
) -> None:
    anna.open()
    bot.settle(1)
    bot.kill()
    seen = anna.card
    anna.person.press(seen, "RUB")
    anna.person.press(seen, "USDT")
    anna.person.press(seen, "RUB")
    bot.start()
    anna.wait_for("Что он получает?")
    anna.press("IDR")
    assert "RUB → IDR" in anna.text
    assert len([message for message in anna.person.chat() if message.by_bot and not is_notice(message)]) == 1


def test_language_and_last_margin_are_kept(bot: Bot, anna: Operator) -> None:
    anna.open("/settings")
    anna.press("English")
    anna.open("/new")
    for label in ("RUB", "USDT"):
        anna.press(label)
    anna.type("1.75")
    bot.settle(6)
    bot.kill()
    bot.start()
    anna.open("/new")
    for label in ("RUB", "USDT"):
        anna.press(label)
    assert "Base rate" in anna.text
    assert "1.75\N{NO-BREAK SPACE}% (last)" in anna.card.button_texts


def test_the_last_rates_are_kept_so_that_dead_sources_after_a_restart_cost_no_quote(
    sandbox: Sandbox, bot: Bot, anna: Operator
) -> None:
    anna.quote("USDT", "THB", margin="2", amount="100")
    bot.stop()
    sandbox.faults.add("sources", "500")
    bot.start()
    anna.quote("USDT", "THB", margin="2", amount="100")
    assert "Клиент получает" in anna.text


@pytest.mark.parametrize("fault", [None, "silence"])
def test_asked_to_stop_it_ends_well_and_soon(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, fault: str | None
) -> None:
    """`stop` gives it ten seconds, also while a source hangs."""
    if fault:
        sandbox.faults.add("sources", fault)
    bot = new_bot().start()
    anna.open()
    assert bot.stop() == 0
    assert "Traceback" not in bot.text


def test_a_refused_token_ends_the_process_with_one_clear_line(sandbox: Sandbox, new_bot: Callable[..., Bot]) -> None:
    bot = new_bot(BOT_TOKEN="77:AAE-some-other-token-of-thirty-five-chars")
    bot.run()
    assert bot.wait_over() == 1
    assert bot.output[-1] == "Telegram refused the bot's token with 401; get a valid one from BotFather\n"
    assert "some-other-token" not in bot.text


def test_a_wrong_setting_stops_the_start_with_one_line(new_bot: Callable[..., Bot]) -> None:
    bot = new_bot(PRELOAD_INTERVAL="soon")
    bot.run()
    assert bot.wait_over() == 2
    assert bot.text.startswith("The settings are wrong: PRELOAD_INTERVAL is 'soon'; allowed:")
    assert len(bot.output) == 1
