"""The quotes that were given, looked through: page by page the latest first, and whole periods from their begin."""

from collections.abc import Iterator
from datetime import datetime

from calc.quotes import GivenQuote, QuoteState
from storage.database import Database
from storage.moments import to_text
from storage.quotes import FIND, quote_of

# Each statement spells the columns out in the order in which `quote_of` reads them.
BETWEEN = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE given_at >= ? AND given_at < ?
    ORDER BY given_at DESC, number DESC LIMIT ? OFFSET ?"""
OPEN = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE state = ? AND valid_until > ?
    ORDER BY valid_until, number LIMIT ? OFFSET ?"""
OF_AUTHOR = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE author = ?
    ORDER BY given_at DESC, number DESC LIMIT ? OFFSET ?"""
OF_CLIENT = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE client_key = ?
    ORDER BY given_at DESC, number DESC LIMIT ? OFFSET ?"""
OF_AMOUNT = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE pays_whole = ? AND direction LIKE ?
    UNION ALL
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE gets_whole = ? AND direction LIKE ? AND NOT (pays_whole = ? AND direction LIKE ?)
    ORDER BY given_at DESC, number DESC LIMIT ? OFFSET ?"""
CLIENTS = """
    SELECT max(number) FROM quotes WHERE client_key >= ? AND client_key < ?
    GROUP BY client_key ORDER BY client_key LIMIT ?"""
FOLLOWING = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE (given_at, number) > (?, ?) AND given_at < ?
    ORDER BY given_at, number LIMIT ?"""

READ_AT_ONCE = 500
AFTER_ALL = "\U0010ffff"
"""No name has it, and every name with the same beginning comes before it."""


class QuoteLists:
    """Any thread may call it. A page is `limit` quotes after the first `offset`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def between(self, since: datetime, until: datetime, *, limit: int, offset: int = 0) -> list[GivenQuote]:
        """Those given from `since` on and before `until`, the latest first."""
        return self._read(BETWEEN, to_text(since), to_text(until), limit, offset)

    def open(self, now: datetime, *, limit: int, offset: int = 0) -> list[GivenQuote]:
        """Those that are open and valid, the next to expire first."""
        return self._read(OPEN, QuoteState.OPEN, to_text(now), limit, offset)

    def of_author(self, author: int, *, limit: int, offset: int = 0) -> list[GivenQuote]:
        """The latest first."""
        return self._read(OF_AUTHOR, author, limit, offset)

    def of_client(self, key: str, *, limit: int, offset: int = 0) -> list[GivenQuote]:
        """By `client_key` of the name, the latest first."""
        return self._read(OF_CLIENT, key, limit, offset)

    def of_amount(self, whole: int, currency: str = "%", *, limit: int, offset: int = 0) -> list[GivenQuote]:
        """Those in which a client pays or gets this amount, whatever the cents, the latest first."""
        paid, got = (whole, f"{currency}-%"), (whole, f"%-{currency}")
        return self._read(OF_AMOUNT, *paid, *got, *paid, limit, offset)

    def clients(self, beginning: str, *, limit: int) -> list[GivenQuote]:
        """The last quote of each client whose key begins like this, in the order of the names."""
        numbers = self._database.read().execute(CLIENTS, (beginning, beginning + AFTER_ALL, limit)).fetchall()
        return [quote for number in numbers for quote in self._read(FIND, *number)]

    def given(self, since: datetime, until: datetime) -> Iterator[GivenQuote]:
        """All given from `since` on and before `until`, the earliest first; read a few hundred at a time."""
        after, end = (to_text(since), 0), to_text(until)
        while quotes := self._read(FOLLOWING, *after, end, READ_AT_ONCE):
            yield from quotes
            after = to_text(quotes[-1].given_at), quotes[-1].number

    def _read(self, statement: str, *values: object) -> list[GivenQuote]:
        return [quote_of(row) for row in self._database.read().execute(statement, values)]
