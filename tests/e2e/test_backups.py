"""The drill: a copy made under a running bot, the database lost, the copy put back, and the desk goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.version import VERSION
from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator


@pytest.mark.parametrize("name", ["copy.db", "copy.db.gz"])
def test_a_quote_goes_on_from_the_copy_after_the_database_was_lost(
    bot: Bot, anna: Operator, tmp_path: Path, name: str
) -> None:
    anna.open()
    anna.press("RUB")
    anna.press("USDT")
    anna.press("2 %")
    bot.settle(4)

    code, said = bot.once("--backup", str(tmp_path / name))
    assert (code, f"copied to {tmp_path / name}: " in said) == (0, True), said
    bot.kill()
    for file in tmp_path.glob("desk.db*"):
        file.write_bytes(b"the disk had a bad day")
    code, said = bot.once("--restore", str(tmp_path / name))

    assert (code, "what was there before is kept in" in said) == (0, True), said
    bot.start()
    anna.type("1000")
    assert "Клиент платит: 1 000 RUB" in anna.text


def test_a_copy_waits_for_the_next_start_of_a_running_bot(bot: Bot, anna: Operator, tmp_path: Path) -> None:
    anna.open("/settings")
    anna.press("English")
    bot.settle(2)
    bot.once("--backup", str(tmp_path / "copy.db"))
    anna.press("Русский")
    bot.settle(3)

    code, said = bot.once("--restore", str(tmp_path / "copy.db"))

    assert (code, "the next start puts the copy in place" in said) == (0, True), said
    anna.open("/help")
    assert "Команды" in anna.text
    bot.settle(4)
    bot.stop()
    bot.start()
    anna.open("/help")
    assert "Commands" in anna.text


def test_a_database_that_is_broken_ends_the_start_with_one_line(new_bot: Callable[..., Bot], tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_bytes(b"the disk had a bad day" * 1000)
    bot = new_bot()
    bot.run()

    assert bot.wait_over() == 1
    assert bot.text.count("\n") == 2
    assert bot.output[-1].startswith("cannot use the database")


def test_a_check_is_one_table_and_tells_no_secret(sandbox: Sandbox, new_bot: Callable[..., Bot]) -> None:
    sandbox.faults.add("rapira", "451")
    bot = new_bot(API_LAYER_KEY="marked-key-0123", API_TIMEOUT="5")

    code, said = bot.once("--check")

    rows = {line.split("  ")[0]: line for line in said.splitlines()}
    assert code == 1
    assert "@" in rows["token"]
    assert "none yet, the first start makes it" in rows["database"]
    assert "WRONG" in rows["rapira"]
    assert "ok     answers" in said
    assert "ok     has a key; not asked" in rows["apilayer"]
    assert sandbox.token.partition(":")[2] not in said + str(rows)
    assert "marked-key" not in said
    assert bot.once("--version") == (0, f"Quote Desk {VERSION}\n")


def test_a_check_of_a_healthy_desk_is_well_and_disturbs_nobody(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    anna.open()

    code, said = bot.once("--check")

    assert (code, "WRONG" in said) == (0, False), said
    anna.press("RUB")
    assert "polling pauses" not in bot.text


def test_the_copy_in_the_chat_of_an_owner_is_one_that_can_be_put_back(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, tmp_path: Path
) -> None:
    bot = new_bot(BACKUP_NIGHTLY="true")
    anna.person.send("/settings")
    bot.start()
    anna.wait_for("Копия базы")
    anna.open("/backup")
    sandbox.journal.wait("sendDocument", count=2)
    media = [message.media for message in anna.person.chat() if message.media]
    (tmp_path / "from the chat").write_bytes(media[-1].content)
    bot.stop()

    code, said = bot.once("--restore", str(tmp_path / "from the chat"))

    assert (code, "restored" in said) == (0, True), said
    bot.start()
    anna.open()
