"""Handlers that hang, stops that are hurried, and threads that die."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, OPERATOR, Bot
from tests.e2e.operator import Operator

WIPED = {"RAILWAY_ENVIRONMENT": "production"}
HURRIED, PATIENT = {"HANDLER_TIMEOUT": "1"}, {"HANDLER_TIMEOUT": "5"}
"""The second is longer than a crowded machine keeps a handler that does not hang, and shorter than a call may take."""
ENDS_S = 40.0
"""It ends by itself after six; whoever waits for what hangs waits for longer than this."""


@pytest.mark.parametrize("settings", [{}, WIPED], ids=["database", "telegram"])
def test_a_handler_that_hangs_is_given_up_its_sender_told_and_its_chat_goes_on(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, settings: dict[str, str]
) -> None:
    bot = new_bot(**settings, **PATIENT).start()
    anna.open()
    bot.settle(1)
    seen = anna.card
    sandbox.faults.add("editMessageText", "silence", chat_id=OPERATOR, count=1)
    anna.person.press(seen, "RUB").wait_answer()
    told = anna.wait_for("Код для владельца")
    sandbox.updates.wait_confirmed()
    assert bot.wait_for("handler hangs").split("incident=")[1].split()[0] in told.text
    assert "in _work" in bot.text  # its stack
    anna.open("/new")
    anna.press("RUB")
    assert "Что он получает?" in anna.text
    if not settings:
        bot.wait_for("job ended after it was given up", timeout_s=120)
        assert "Что он получает?" in anna.text
        assert anna.person.message(seen).edits == 1  # the new card took its buttons, and the late edit never came
    assert bot.stop() == 0


def test_more_hanging_handlers_than_workers_end_the_process_so_that_it_is_started_again(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(WORKERS="1", **HURRIED).start()
    boris = Operator(sandbox.person(COLLEAGUE))
    sandbox.faults.add("sendMessage", "silence")
    anna.person.send("/help")
    boris.person.send("/help")
    assert bot.wait_over() == 1
    assert bot.output[-1] == "2 handlers hang, more than 1; their stacks are in the log\n"


@pytest.mark.parametrize(
    ("number", "settings"), [(signal.SIGTERM, {}), (signal.SIGINT, WIPED)], ids=["database", "telegram"]
)
def test_a_stop_waits_for_nothing_that_hangs_and_nothing_is_lost(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, number: int, settings: dict[str, str]
) -> None:
    boris = Operator(sandbox.person(COLLEAGUE))
    bot = new_bot(**settings, API_TIMEOUT="300").start()
    for each in (anna, boris):
        each.open()
    bot.settle(2)
    seen = anna.card
    for target in ("sources", "editMessageText", "answerCallbackQuery"):
        sandbox.faults.add(target, "silence")
    sandbox.updates.wait_confirmed()
    polls = sandbox.updates.polls
    anna.person.press(seen, "RUB")
    sandbox.updates.wait_polled(more_than=polls)  # so the press is in hand, and hangs
    anna.person.send("/help")
    boris.person.press(boris.card, "USDT")
    begun = time.monotonic()
    bot.signal(number)
    bot.signal(signal.SIGTERM)  # a second one changes nothing
    assert bot.wait_over() == 0
    assert time.monotonic() - begun < ENDS_S
    assert "Traceback" not in bot.text
    sandbox.faults.clear()
    bot.start()
    anna.wait_for("/cancel")
    boris.wait_for("What do they get?")
    assert "Клиент платит RUB" in anna.person.message(seen).text


def test_a_process_that_was_suspended_goes_on(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    anna.open()
    bot.settle(1)
    bot.signal(signal.SIGSTOP)
    seen = anna.card
    anna.person.press(seen, "RUB")
    bot.signal(signal.SIGCONT)
    anna.wait_for("Что он получает?")
    assert bot.stop() == 0


# None that waits at a lock which the main thread takes, too: the exception might come while it is held.
@pytest.mark.parametrize("name", ["poller", "cache-purge", "watchdog", "refresh-usdt_rub"])
def test_the_process_ends_with_a_failure_when_a_vital_thread_dies(
    new_bot: Callable[..., Bot], anna: Operator, name: str
) -> None:
    bot = new_bot(DIES=name, WORKERS="1", CACHE_CLEANUP_INTERVAL="1", PRELOAD_INTERVAL="1")
    bot.script = Path(__file__).parent / "processes" / "dying_bot.py"
    bot.start()
    anna.open()
    bot.signal(signal.SIGUSR2)
    card = anna.card
    for _ in range(200):  # a thread that sleeps has to wake to die
        anna.person.press_data(card, card.buttons[0].value)
        anna.person.send("/help")
        if bot.is_over(within_s=0.5):
            break
    assert bot.wait_over() == 1
    assert f"the thread {name}" in bot.output[-1] or "polling has ended: SystemExit" in bot.output[-1]
