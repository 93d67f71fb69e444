"""The quotes that were given, each in one row for good; only what became of it changes."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from calc.base import BaseRate
from calc.deal import Rate
from calc.directions import Currency
from calc.kept import base_from_data, base_to_data
from calc.margins import Margin
from calc.quotes import Author, GivenQuote, QuoteState, Terms
from storage.database import Database
from storage.moments import from_text, to_text
from storage.packing import pack, to_json, unpack

# Each statement spells the columns out in the order in which `_quote` reads them.
ADD = """
    INSERT INTO quotes (key, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, given_at, valid_until, state, requote_of)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)
    ON CONFLICT (key) DO UPDATE SET key = excluded.key
    RETURNING number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, given_at, valid_until, state, requote_of, decided_at, decided_by"""
FIND = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, given_at, valid_until, state, requote_of, decided_at, decided_by
    FROM quotes WHERE number = ? LIMIT 1"""
OPEN = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, given_at, valid_until, state, requote_of, decided_at, decided_by
    FROM quotes WHERE state = 'open' AND valid_until > ? ORDER BY valid_until LIMIT ?"""
DECIDE = """
    UPDATE quotes SET state = ?, decided_at = ?, decided_by = ?
    WHERE number = ? AND state = 'open' AND valid_until > ?"""
EXPIRE = """
    UPDATE quotes SET state = 'expired', decided_at = valid_until
    WHERE state = 'open' AND valid_until <= ?"""


class Quotes:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        key: str,
        *,
        author: Author,
        client: str,
        terms: Terms,
        given_at: datetime,
        valid_until: datetime,
        requote_of: int | None = None,
    ) -> GivenQuote:
        """The quote with its number; the one of before where the same `key` was added already."""
        row = (
            key,
            author.id,
            author.name,
            client,
            str(terms.direction),
            str(terms.margin),
            f"{terms.pays:f}",
            f"{terms.gets:f}",
            str(terms.rate.value),
            str(terms.rate.of),
            str(terms.rate.per),
            to_json(pack(base_to_data(terms.base))),
            str(terms.earned_percent),
            _text(terms.profit_rub),
            _text(terms.profit_usdt),
            to_text(given_at),
            to_text(valid_until),
            requote_of,
        )
        with self._database.write() as connection:
            return _quote(connection.execute(ADD, row).fetchone())

    def find(self, number: int) -> GivenQuote | None:
        row = self._database.read().execute(FIND, (number,)).fetchone()
        return None if row is None else _quote(row)

    def open(self, now: datetime, limit: int = 1000) -> list[GivenQuote]:
        """Those that are open and valid, the next to expire first."""
        return [_quote(row) for row in self._database.read().execute(OPEN, (to_text(now), limit)).fetchall()]

    def decide(self, number: int, state: QuoteState, *, by: int | None, at: datetime) -> bool:
        """Whether it was open, and valid at that moment, until now."""
        with self._database.write() as connection:
            return connection.execute(DECIDE, (state, to_text(at), by, number, to_text(at))).rowcount == 1

    def expire(self, at: datetime) -> int:
        """Writes down which open quotes have expired, by the moment at which they did; returns how many."""
        with self._database.write() as connection:
            return connection.execute(EXPIRE, (to_text(at),)).rowcount


def _quote(row: tuple[Any, ...]) -> GivenQuote:
    number, author, author_name, client, _, margin, pays, gets, rate, rate_of, rate_per, base, *rest = row
    earned, profit_rub, profit_usdt, given_at, valid_until, state, requote_of, decided_at, decided_by = rest
    return GivenQuote(
        number=number,
        author=Author(author, author_name),
        client=client,
        terms=Terms(
            margin=Margin.parse(margin),
            pays=Decimal(pays),
            gets=Decimal(gets),
            rate=Rate(Decimal(rate), of=Currency(rate_of), per=Currency(rate_per)),
            base=_base(base),
            earned_percent=Decimal(earned),
            profit_rub=_number(profit_rub),
            profit_usdt=_number(profit_usdt),
        ),
        given_at=from_text(given_at),
        valid_until=from_text(valid_until),
        state=QuoteState(state),
        requote_of=requote_of,
        decided_at=None if decided_at is None else from_text(decided_at),
        decided_by=decided_by,
    )


def _base(text: str) -> BaseRate:
    return base_from_data(unpack(json.loads(text)))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
