"""That no update is lost, whether the disk lasts or is wiped, and that one that kills the process does so thrice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, OPERATOR, Bot
from tests.e2e.operator import Operator

WIPED = {"RAILWAY_ENVIRONMENT": "production"}


def wipe(folder: Path) -> None:
    for path in folder.glob("desk.db*"):
        path.unlink()


def answers(person: Operator, part: str) -> int:
    return len([message for message in person.person.chat() if message.by_bot and part in message.text])


def way_of_alerts(anna: Operator) -> str:
    """How she is told of her rates, as a button of /alert says it: each press goes on to the next way."""
    [label] = [button.text for button in anna.card.buttons if button.text.startswith("Мои курсы")]
    return label


@pytest.mark.parametrize(
    ("settings", "way"),
    [
        ({}, "database"),
        (WIPED, "telegram"),
        (WIPED | {"INBOX": "database"}, "database"),
        (WIPED | {"RAILWAY_VOLUME_MOUNT_PATH": "/"}, "database"),
    ],
)
def test_the_start_line_says_what_keeps_the_updates(
    new_bot: Callable[..., Bot], settings: dict[str, str], way: str
) -> None:
    assert f"inbox={way} " in new_bot(**settings).start().lines("polling workers=")[0]


def test_on_a_wiped_disk_what_was_in_hand_when_the_process_was_killed_is_handled_after_the_start(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, tmp_path: Path
) -> None:
    boris = Operator(sandbox.person(COLLEAGUE))
    bot = new_bot(**WIPED).start()
    anna.open()
    sandbox.updates.wait_confirmed()
    sandbox.faults.add("sendMessage", "silence", chat_id=OPERATOR)
    anna.person.send("/help")
    sandbox.journal.wait("getUpdates", count=sandbox.journal.count("getUpdates") + 1)
    boris.open("/help")  # another chat goes on while the first one waits
    bot.settle(2)
    sandbox.journal.wait("getUpdates", count=sandbox.journal.count("getUpdates") + 2)
    assert len(sandbox.updates.pending) == 2  # the slow one, and the done one behind it
    bot.kill()
    wipe(tmp_path)
    sandbox.faults.clear()
    bot.start()
    anna.wait_for("/cancel")
    sandbox.updates.wait_confirmed()
    assert answers(anna, "/cancel") == 1


@pytest.mark.parametrize("settings", [{}, WIPED, {"INBOX": "off"}], ids=["database", "telegram", "off"])
def test_a_press_whose_screen_has_to_wait_counts_once(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, settings: dict[str, str]
) -> None:
    bot = new_bot(**settings).start()
    anna.open("/alert")
    first = way_of_alerts(anna)
    sandbox.faults.add("editMessageText", "429", count=1, retry_after=1)
    anna.press(first)
    bot.settle(2)
    assert way_of_alerts(anna) == "Мои курсы: без звука 🔕"
    sandbox.updates.wait_confirmed()


def test_on_a_wiped_disk_a_screen_that_waited_when_the_process_was_killed_is_there_after_the_start(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, tmp_path: Path
) -> None:
    bot = new_bot(**WIPED).start()
    anna.open("/alert")
    sandbox.updates.wait_confirmed()
    sandbox.faults.add("editMessageText", "429", count=1, retry_after=30)
    seen = anna.card
    anna.person.press(seen, way_of_alerts(anna)).wait_answer()
    bot.wait_for("edit is late")
    sandbox.journal.wait("getUpdates", count=sandbox.journal.count("getUpdates") + 2)
    assert len(sandbox.updates.pending) == 1
    bot.kill()
    wipe(tmp_path)
    bot.start()
    anna.person.wait_edit(seen)
    assert way_of_alerts(anna) == "Мои курсы: без звука 🔕"
    sandbox.updates.wait_confirmed()


def test_while_one_chat_is_slow_telegram_is_not_asked_without_a_pause_and_nothing_is_done_twice(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    boris = Operator(sandbox.person(COLLEAGUE))
    bot = new_bot(**WIPED).start()
    sandbox.faults.add("sendMessage", "late", delay_s=2.0, chat_id=OPERATOR, count=1)
    before = sandbox.journal.count("getUpdates")
    anna.person.send("/help")
    for _ in range(3):
        boris.open("/help")
    bot.settle(4)
    sandbox.updates.wait_confirmed()
    assert answers(boris, "/cancel") == 3
    assert answers(anna, "/cancel") == 1
    assert sandbox.journal.count("getUpdates") - before < 60


def test_at_a_clean_stop_what_is_done_is_confirmed(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, tmp_path: Path
) -> None:
    bot = new_bot(**WIPED).start()
    sandbox.faults.add("sendMessage", "late", delay_s=1.0, count=1)
    anna.person.send("/help")
    sandbox.journal.wait("getUpdates", count=sandbox.journal.count("getUpdates") + 2)  # the second brings it again
    assert bot.stop() == 0
    assert not sandbox.updates.pending
    wipe(tmp_path)
    bot.start()
    anna.open("/new")
    assert answers(anna, "/cancel") == 1


@pytest.mark.parametrize("settings", [{}, WIPED], ids=["database", "telegram"])
def test_an_update_that_kills_the_process_three_times_is_parked_and_its_chat_goes_on(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, settings: dict[str, str]
) -> None:
    bot = new_bot(**settings).start()
    anna.open()
    bot.settle(1)
    seen = anna.card
    sandbox.faults.add("editMessageText", "silence")
    anna.person.press(seen, "RUB").wait_answer()
    anna.person.send("/help")
    sandbox.journal.wait("getUpdates", count=sandbox.journal.count("getUpdates") + 1)
    bot.kill()
    bot.start()
    bot.kill()
    bot.run()
    bot.wait_for("update handled alone")
    bot.kill()
    sandbox.faults.clear()
    bot.start()
    incident = bot.wait_for("update parked").rpartition("incident=")[2].split()[0]
    anna.wait_for(incident)
    anna.wait_for("/cancel")
    sandbox.updates.wait_confirmed()
    assert bot.stop() == 0
