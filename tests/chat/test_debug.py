"""/debug: for owners, in their own chat, and beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from chat.commands import COMMANDS
from chat.debug import MOST_LINES, SlowOne
from desk.access import Role
from tests.chat.driver import OPERATOR, Chat, Counted, Person


@dataclass
class Step:
    step: str
    p95_ms: float = 40.0
    count: int = 12
    p50_ms: float = 9.0
    slowest_ms: float = 120.0


def asked(chat: Chat, anya: Person, text: str, **tools: object) -> str:
    """The answer to the command, with these tools."""
    chat.tools = replace(chat.tools, **tools)  # type: ignore[arg-type]  # any field
    chat.restart()
    anya.send(text)
    chat.run_beside()
    return anya.card.plain


@pytest.mark.parametrize("text", ["/debug", "/debug nonsense"])
def test_what_there_is_to_look_at_is_listed(chat: Chat, anya: Person, text: str) -> None:
    assert "/debug slow" in asked(chat, anya, text)


def test_the_cache_is_told_in_numbers(chat: Chat, anya: Person) -> None:
    stats = Counted(hits=9_000, misses=1_000, loads=12, failures=2, evictions=1, entries=2, bytes=3_400)

    assert asked(chat, anya, "/debug cache", cache=lambda: stats) == (
        "<b>Кэш</b>: записей 2, 3 кБ\nпопаданий 9 000, промахов 1 000: 90 %\nзагрузок 12, неудачных 2, вытеснено 1"
    )
    assert "0 %" in asked(chat, anya, "/debug cache", cache=Counted)


def test_the_rates_are_dropped_when_an_owner_says_so(chat: Chat, anya: Person) -> None:
    cleared: list[bool] = []

    assert "Курсы забыты" in asked(chat, anya, "/debug clear", clear=lambda: cleared.append(True))
    assert cleared == [True]


def test_what_is_slow_is_told_by_step_with_the_slowest_and_what_got_slower(chat: Chat, anya: Person) -> None:
    text = asked(
        chat,
        anya,
        "/debug slow",
        steps=lambda: [Step("press <pays>")],
        slowest=lambda: [SlowOne("/new", 120.4, "own 20, telegram 100")],
        slower=lambda: [(Step("/new", 40.0), Step("/new", 95.0))],
    )

    assert "      9      40     120     12  press &lt;pays&gt;" in text
    assert "120 ms /new: own 20, telegram 100" in text
    assert "40 → 95 ms /new" in text
    assert "вдвое" not in asked(chat, anya, "/debug slow", slower=list)
    assert asked(chat, anya, "/debug slow", steps=list) == "Пока ничего."


def test_memory_is_watched_only_from_the_first_question_on(chat: Chat, anya: Person) -> None:
    watched: list[bool] = []
    held: list[Sequence[str] | None] = [None]
    tools = {"watch": watched.append, "allocations": lambda: held[0]}

    assert "слежу за памятью" in asked(chat, anya, "/debug top", **tools)
    held[0] = ["+12 KiB, +3: chat/<x>.py:7"]
    assert "+12 KiB, +3: chat/&lt;x&gt;.py:7" in asked(chat, anya, "/debug top", **tools)
    assert "больше не слежу" in asked(chat, anya, "/debug top off", **tools)
    assert watched == [True, False]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("/debug logs", 20), ("/debug logs 5", 5), ("/debug logs 99999999", MOST_LINES), ("/debug logs x", 20)],
)
def test_the_last_lines_are_shown_as_many_as_are_asked_for(chat: Chat, anya: Person, text: str, wanted: int) -> None:
    asked_for: list[int] = []

    def lines(count: int) -> list[str]:
        asked_for.append(count)
        return ["first <line>", "last line"]

    assert asked(chat, anya, text, logs=lines) == "<pre>first &lt;line&gt;\nlast line</pre>"
    assert asked_for == [wanted]
    assert asked(chat, anya, text, logs=lambda _: []) == "Пока ничего."


def test_of_more_lines_than_a_message_takes_the_last_are_shown(chat: Chat, anya: Person) -> None:
    text = asked(chat, anya, "/debug logs 100", logs=lambda _: [f"{number} <{'x' * 300}>" for number in range(100)])

    assert len(text) <= 4096
    assert "99 &lt;" in text


def test_a_look_that_fails_is_told(chat: Chat, anya: Person) -> None:
    def fail(_: int) -> list[str]:
        raise RuntimeError("on purpose")

    assert "Не получилось" in asked(chat, anya, "/debug logs", logs=fail)


def test_in_a_group_nothing_is_shown(chat: Chat) -> None:
    owner = Person(chat, OPERATOR, chat_id=-100)
    owner.send("/debug logs")
    chat.run_beside()

    assert "Это только для вашего личного чата" in owner.card.text


def test_it_is_a_command_of_owners() -> None:
    assert {each.name: each.least for each in COMMANDS}["debug"] is Role.OWNER
