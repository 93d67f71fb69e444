"""What the tests of quotes that were given to clients have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from calc.quotes import QuoteState
from calc.snapshots import Feed
from tests.chat.book import USDT_RUB
from tests.chat.driver import Chat
from tests.chat.telegram import Message

GIVE = "Карточка клиенту"


def at_price(chat: Chat, ask: str) -> None:
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal(ask), fetched_at=chat.now)


def state(chat: Chat, number: int = 1) -> QuoteState:
    return chat.quotes.find(number).state_at(chat.now)


def first_line(message: Message) -> str:
    return message.plain.splitlines()[0]


@contextmanager
def broken(chat: Chat, when: str) -> Iterator[None]:
    """The database refuses some writes for a while."""
    with chat.database.write() as connection:
        connection.execute(f"CREATE TRIGGER broken {when} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    yield
    with chat.database.write() as connection:
        connection.execute("DROP TRIGGER broken")
