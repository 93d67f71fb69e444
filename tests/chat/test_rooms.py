"""Rooms that are loaded late are the ones they are said to be, and a quote needs none of them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from chat.features import Feature
from chat.rooms import Rooms, entered_later
from chat.ways import Ways

ROOT = Path(__file__).parents[2]
LATE = {
    "chat.audit",
    "chat.audit_screens",
    "chat.book",
    "chat.book_screens",
    "chat.chart_picture",
    "chat.charting",
    "chat.export_table",
    "chat.exporting",
    "chat.margin_changes",
    "chat.margin_screens",
    "chat.margin_settings",
    "chat.report_screen",
    "chat.reporting",
    "desk.charting",
    "desk.margin_reading",
    "desk.periods",
    "desk.quote_search",
}
A_QUOTE = """
import json, sys, tempfile
from pathlib import Path
import bot
from tests.chat.driver import OPERATOR, Person, at_result, open_chat

with tempfile.TemporaryDirectory() as folder, open_chat(Path(folder)) as chat:
    at_result(Person(chat, OPERATOR))
print(json.dumps(sorted(sys.modules)))
"""


def test_a_quote_is_made_before_any_of_them_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", A_QUOTE], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))
    assert "chat.conversation" in loaded
    assert loaded & LATE == set()


class Anything:
    """What a room is handed and does not look at before somebody comes."""

    def __getattr__(self, _: str) -> Any:
        return self


@pytest.fixture
def rooms() -> Rooms:
    every, office = cast(Any, Anything()), cast(Any, Anything())
    office.ways = Ways(every, every, every)
    return Rooms(office, margins=every, successor=every, quote=every, people=every)


def test_each_room_has_the_command_the_buttons_and_the_role_that_it_was_said_to_have(rooms: Rooms) -> None:
    entered = [rooms.margins(), rooms.charts(), rooms.book(), rooms.reports(), rooms.exports(), rooms.audit()]
    assert [_face(each) for each in rooms.features] == [_face(each) for each in entered]


def _face(feature: Feature) -> tuple[Any, ...]:
    return [*feature.commands], [*feature.presses], feature.least, feature.typed, feature.is_everybodys


def test_a_room_is_put_together_once_and_by_the_first_who_comes() -> None:
    came: list[str] = []

    def enter() -> Feature:
        came.append("entered")
        return Feature({"chart": lambda _: came.append("said")}, {"chart": lambda _: came.append("pressed")})

    feature = entered_later(enter, "chart", "chart")
    assert came == []
    feature.commands["chart"](cast(Any, None))
    feature.presses["chart"](cast(Any, None))
    assert came == ["entered", "said", "pressed"]
