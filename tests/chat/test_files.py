"""Files and pictures on their whole way: a real TeleBot, the journal, the limits, HTTP, and a strict Telegram."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from telebot import TeleBot
from telebot.apihelper import ApiTelegramException

from chat.cards import Cards, File
from chat.delivery.dispatcher import Postponed
from chat.delivery.sender import TelegramSender
from chat.delivery.sending import Sending
from chat.dialogue import Place
from chat.screens import Screen
from rates.http import Posts, pooled_session
from sandbox.messages import Media
from sandbox.people import Person
from sandbox.stand import Sandbox
from storage.database import open_database
from storage.journal import Journal
from storage.late_edits import KeptEdits
from tests.chat.telegram import installed

ANNA = 1001
HERE = Place(ANNA, ANNA)
TABLE = File("котировки 21.11.csv", "дата;пара\n".encode() * 30_000)
CHART = File("usdt.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 200)
SAID = Screen("<b>За день</b>", keyboard=None)
UPDATE = {"update_id": 7}


@dataclass
class Desk:
    cards: Cards
    sending: Sending
    sandbox: Sandbox
    anna: Person

    def last(self) -> Media:
        media = self.anna.last().media
        assert media is not None
        return media


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = open_database(f"sqlite:///{tmp_path}/desk.db")
    with Sandbox() as sandbox, pooled_session(pools=1, per_host=4) as session:
        session.trust_env = False
        anna = sandbox.person(ANNA, name="Анна")
        anna.send("/start")
        sending = Sending(
            TelegramSender(Posts(session), Posts(session)),
            journal=Journal(database),
            late_edits=KeptEdits(database),
            server=sandbox.telegram_url,
            token=sandbox.token,
            submit=lambda *_, **__: None,
            stop=threading.Event(),
        )
        with installed(lambda *_, **__: None):
            sending.install()
            bot = TeleBot(sandbox.token, threaded=False, parse_mode="HTML")
            yield Desk(Cards(bot), sending, sandbox, anna)
    database.close()


def test_a_file_arrives_whole_under_its_name_with_its_caption(desk: Desk) -> None:
    desk.cards.send_file(HERE, TABLE, SAID)

    assert (desk.last().file_name, desk.last().content) == (TABLE.name, TABLE.content)
    assert desk.anna.last().html == "<b>За день</b>"


def test_a_picture_is_seen_as_one(desk: Desk) -> None:
    desk.cards.send_picture(HERE, CHART, SAID)

    assert (desk.last().field, desk.last().content_type) == ("photo", "image/png")
    assert desk.last().content == CHART.content
    with pytest.raises(ApiTelegramException, match="IMAGE_PROCESS_FAILED"):
        desk.cards.send_picture(HERE, TABLE, SAID)


def test_an_update_that_is_handled_again_sends_no_second_file(desk: Desk) -> None:
    for _ in range(2):
        with desk.sending.handling(7, UPDATE):
            desk.cards.send_file(HERE, TABLE, SAID)

    assert desk.sandbox.journal.count("sendDocument") == 1


def test_a_file_that_telegram_did_not_take_is_read_anew_when_its_update_is_handled_again(desk: Desk) -> None:
    desk.sandbox.faults.add("sendDocument", "500", count=1)
    with pytest.raises(Postponed), desk.sending.handling(7, UPDATE):
        desk.cards.send_file(HERE, TABLE, SAID)

    with desk.sending.handling(7, UPDATE):
        desk.cards.send_file(HERE, TABLE, SAID)

    assert desk.last().content == TABLE.content


def test_what_is_in_a_file_is_in_no_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")

    desk.cards.send_file(HERE, File("desk.db", b"marked-content"), SAID)

    assert "marked-content" not in caplog.text + repr(File("desk.db", b"marked-content"))
