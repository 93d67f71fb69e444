"""Copies of the database in the chats of the owners, and in nobody else's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from telebot.apihelper import ApiTelegramException

from chat.audit import NEWEST
from chat.backups import LARGEST, Copy, last_night
from chat.delivery.errors import TransportError
from chat.texts import MOSCOW, Texts
from storage.errors import BackupFailed
from tests.chat.driver import COLLEAGUE, OPERATOR, Chat, Person
from tests.chat.telegram import Message


def files(chat: Chat) -> list[Message]:
    return [each for each in chat.telegram.sent() if each.file]


def night(chat: Chat) -> list[Message]:
    """The files that are new."""
    before = len(files(chat))
    chat.backups.look()
    return files(chat)[before:]


def test_an_owner_gets_the_copy_that_was_asked_for(chat: Chat, anya: Person) -> None:
    anya.send("/backup")
    assert "Делаю копию базы" in anya.card.text
    chat.run_beside()

    assert anya.card.file == ("desk-2026-11-20-1504.db.gz", b"packed")
    assert "без сжатия 2,4 МБ" in anya.card.plain
    assert "--restore" in anya.card.text


def test_who_asks_in_a_group_gets_it_in_their_own_chat(chat: Chat) -> None:
    Person(chat, OPERATOR, chat_id=-100).send("/backup")
    chat.run_beside()

    assert [each.chat_id for each in files(chat)] == [OPERATOR]


def test_the_audit_tells_who_took_a_copy_and_of_no_other(chat: Chat, anya: Person) -> None:
    anya.send("/backup")
    chat.run_beside()
    chat.copy = BackupFailed("copy.db", reason="full")
    anya.send("/backup")
    chat.run_beside()

    kinds = [(deed.kind, deed.by, deed.name) for _, deed in chat.audit.latest(10, before=NEWEST, by=None, area=None)]
    assert kinds == [("database.copied", OPERATOR, "Аня")]
    anya.send("/audit")
    assert "взята копия базы" in anya.card.plain


def test_a_copy_that_could_not_be_made_is_told_with_its_reason(chat: Chat, anya: Person) -> None:
    chat.copy = BackupFailed("copy.db", reason="database or disk is <full>")
    anya.send("/backup")
    chat.run_beside()

    assert "Копии нет: " in anya.card.text
    assert "disk is &lt;full&gt;" in anya.card.text


def test_a_copy_that_telegram_does_not_take_is_told(chat: Chat, anya: Person) -> None:
    anya.send("/backup")
    chat.telegram.fail_next = TransportError("sendDocument", "timeout")
    chat.run_beside()

    assert "Telegram её не принял" in anya.card.text


def test_a_copy_too_large_for_telegram_is_told_and_how_else_to_make_it(chat: Chat, anya: Person) -> None:
    chat.copy = Copy(b"x" * (LARGEST + 1), size=3)
    anya.send("/backup")
    chat.run_beside()

    assert "49,0 МБ" in anya.card.plain
    assert "--backup" in anya.card.text
    assert files(chat) == []


def test_each_owner_gets_one_copy_a_night(chat: Chat) -> None:
    assert [each.chat_id for each in night(chat)] == [OPERATOR, COLLEAGUE]
    assert night(chat) == []

    chat.now = datetime(2026, 11, 21, 0, 59, tzinfo=UTC)
    assert night(chat) == []
    chat.pass_time(minutes=1)
    assert len(night(chat)) == 2
    assert chat.failed_copies == [None, None]


def test_a_night_without_a_copy_is_told_and_tried_again(chat: Chat) -> None:
    copy, chat.copy = chat.copy, OSError("No space left on <device>")
    assert night(chat) == []
    chat.copy = copy

    assert len(night(chat)) == 2
    assert chat.failed_copies == [{"reason": "No space left on &lt;device&gt;"}, None]


def test_who_cannot_be_reached_now_is_tried_again_and_who_never_can_is_not(chat: Chat) -> None:
    chat.telegram.fail_next = TransportError("sendDocument", "timeout")
    assert [each.chat_id for each in night(chat)] == [COLLEAGUE]
    chat.telegram.fail_next = ApiTelegramException(
        "sendDocument", None, {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    )
    assert night(chat) == []
    assert night(chat) == []


@pytest.mark.parametrize(("hour", "night"), [(0, 19), (1, 20), (12, 20), (23, 20)])
def test_a_night_begins_at_four_in_moscow(hour: int, night: int) -> None:
    at = datetime(2026, 11, 20, hour, tzinfo=UTC)
    assert last_night(at, MOSCOW) == datetime(2026, 11, night, 1, tzinfo=UTC)
    assert at - last_night(at, MOSCOW) < timedelta(days=1)


def test_the_troubles_of_the_copies_have_their_sentences(tmp_path: Path) -> None:
    assert "full" in Texts("en")("trouble_of.backup", reason="full")
