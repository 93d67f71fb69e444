"""What each step of a quote asks of the database, counted: no more than this, and no query in a loop."""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from calc.directions import DIRECTIONS, Direction
from tests.chat.driver import OPERATOR, Chat, Person, open_chat
from tests.storage.conftest import trace

Counted = dict[str, int]
KEPT = {"BEGIN": 1, "INSERT dialogues": 1, "UPDATE inbox": 1, "COMMIT": 1}
"""Every step: one transaction with the dialogue and the done mark."""
UNKNOWN = {"SELECT dialogues": 1}
"""After a start a dialogue is read once, and is known from then on."""


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    with open_chat(tmp_path, is_all_kept=True) as chat:
        yield chat


def counted(chat: Chat, step: Callable[[], object]) -> Counted:
    """The statements of a step."""
    statements = list[str]()
    trace(chat.file, statements.append)
    step()
    trace(chat.file, None)
    return dict(Counter(map(named, statements)))


def named(statement: str) -> str:
    """`SELECT dialogues`: the first word, and the table."""
    words = statement.split()
    table = next((after for word, after in itertools.pairwise(words) if word in ("FROM", "INTO")), "")
    return f"{words[0]} {words[1] if words[0] == 'UPDATE' else table}".strip()


def steps_of(anya: Person, direction: Direction, amount: str) -> dict[str, Callable[[], object]]:
    return {
        "command": lambda: anya.send("/admin_bot"),
        "source": lambda: anya.click(str(direction.pays)),
        "target": lambda: anya.click(str(direction.gets)),
        "margin": lambda: anya.send("2,5"),
        "amount": lambda: anya.send(amount),
    }


def quote(chat: Chat, direction: Direction, amount: str = "1000") -> dict[str, Counted]:
    anya = Person(chat, OPERATOR)
    return {name: counted(chat, step) for name, step in steps_of(anya, direction, amount).items()}


FIRST = {
    "command": KEPT | UNKNOWN | {"SELECT operators": 1, "INSERT people": 1, "BEGIN": 2, "COMMIT": 2},
    "source": KEPT,
    "target": KEPT | {"SELECT margins": 4, "SELECT last_margins": 1},
    "margin": KEPT | {"SELECT margins": 1, "INSERT last_margins": 1},
    "amount": KEPT | {"SELECT last_amounts": 3, "INSERT last_amounts": 1},
}
AGAIN = {
    "command": KEPT,
    "source": KEPT,
    "target": KEPT | {"SELECT last_margins": 1},
    "margin": KEPT | {"INSERT last_margins": 1},
    "amount": KEPT | {"SELECT last_amounts": 3, "INSERT last_amounts": 1},
}


def test_the_first_quote_asks_for_what_is_not_known_yet(chat: Chat) -> None:
    assert quote(chat, Direction.parse("RUB-USDT")) == FIRST


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_the_next_quote_in_a_direction_takes_no_statement_more(chat: Chat, direction: Direction) -> None:
    quote(chat, direction)

    assert quote(chat, direction, amount="1001") == AGAIN


def test_an_amount_that_was_quoted_last_is_not_written_again(chat: Chat) -> None:
    direction = Direction.parse("RUB-USDT")
    quote(chat, direction)

    assert quote(chat, direction)["amount"] == KEPT | {"SELECT last_amounts": 2}


def test_a_press_is_told_to_be_worn_without_asking_the_database(chat: Chat) -> None:
    anya = Person(chat, OPERATOR)
    anya.send("/admin_bot")
    query = anya.query(anya.card.rows[0][0]["callback_data"], anya.card)

    assert counted(chat, lambda: chat.handlers.toast(query)) == {}


def test_a_batch_is_taken_in_by_few_statements_and_one_transaction(chat: Chat) -> None:
    """Of 64, 32 and 4: seven statements make up a batch of any length, and no more have to be kept prepared."""
    batch = [(number, json.dumps({"update_id": number})) for number in range(1, 101)]

    assert counted(chat, lambda: chat.inbox.add(batch)) == {"BEGIN": 1, "INSERT inbox": 3, "COMMIT": 1}


def test_a_result_of_many_amounts_asks_no_more_than_one_of_two(chat: Chat) -> None:
    anya = Person(chat, OPERATOR)
    anya.send("10к 20к руб usdt 2%")

    two, many = (
        counted(chat, lambda line=line: anya.send(line))  # type: ignore[misc]
        for line in ("10к 20к руб usdt 2%", "11к 12к 13к 14к 15к 16к руб usdt 2%")
    )

    assert sum(many.values()) <= sum(two.values()) + 2, (two, many)
