"""A disk that is full in the middle of the work, and free again."""

import resource

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR, Bot
from tests.e2e.operator import Operator, is_notice

NO_MORE = 4096
"""Bytes that a file may have: the write-ahead log is longer, so nothing more can be written to it."""


def fill_disk(bot: Bot, *, bytes_left: int) -> None:
    assert bot.process is not None
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (bytes_left, resource.RLIM_INFINITY))


@pytest.mark.parametrize("killed", [False, True])
def test_what_a_full_disk_did_not_let_keep_is_done_again_before_what_follows(
    sandbox: Sandbox, bot: Bot, anna: Operator, *, killed: bool
) -> None:
    anna.open()
    for label in ("RUB", "USDT"):
        anna.press(label)
    bot.settle(3)
    sandbox.faults.add("editMessageText", "late", count=1, delay_s=6.0, chat_id=OPERATOR)
    anna.type("2")
    anna.person.send("1000")
    sandbox.updates.wait_confirmed()
    fill_disk(bot, bytes_left=NO_MORE)
    bot.wait_for("update not kept")
    if killed:
        bot.kill()
        bot.start()
    else:
        fill_disk(bot, bytes_left=resource.RLIM_INFINITY)

    anna.wait_for("Клиент получает: 12 USDT")
    assert len([message for message in anna.person.chat() if message.by_bot and not is_notice(message)]) == 1
