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
from calc.quote_deeds import client_deed, deed_of
from calc.quotes import Author, GivenQuote, QuoteState, Terms, client_key
from storage import totals
from storage.audit import note
from storage.database import Database
from storage.moments import from_text, to_text
from storage.packing import pack, to_json, unpack

# Each statement spells the columns out in the order in which `quote_of` reads them.
ADD = """
    INSERT INTO quotes (key, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of,
        client_key, pays_whole, gets_whole)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?)
    RETURNING number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name"""
BY_KEY = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE key = ? LIMIT 1"""
FIND = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE number = ? LIMIT 1"""
OPEN = """
    SELECT number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name
    FROM quotes WHERE state = 'open' AND valid_until > ? ORDER BY valid_until LIMIT ?"""
DECIDE = """
    UPDATE quotes SET state = ?, decided_at = ?, decided_by = ?, decided_name = ?
    WHERE number = ? AND state = 'open' AND valid_until > ?
    RETURNING number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name"""
EXPIRE = """
    UPDATE quotes SET state = 'expired', decided_at = valid_until
    WHERE state = 'open' AND valid_until <= ?
    RETURNING number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name"""
NAME_CLIENT = """
    UPDATE quotes SET client = ?, client_key = ? WHERE number = ?
    RETURNING number, author, author_name, client, direction, margin, pays, gets, rate, rate_of, rate_per, base,
        earned_percent, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, decided_at,
        decided_by, decided_name"""
CLIENTS = "SELECT client, number FROM quotes WHERE author = ? AND client <> '' ORDER BY given_at DESC LIMIT ?"

LOOKED_BACK = 100
"""Quotes of an operator in which the last clients are looked for."""


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
            int(terms.reverse),
            to_text(given_at),
            to_text(valid_until),
            requote_of,
            client_key(client),
            int(terms.pays),
            int(terms.gets),
        )
        with self._database.write() as connection:
            if (known := self.added(key)) is not None:
                return known
            quote = quote_of(connection.execute(ADD, row).fetchone())
            note(connection, deed_of(quote))
            totals.count_given(connection, quote)
        return quote

    def replace(
        self, key: str, number: int, *, author: Author, terms: Terms, given_at: datetime, valid_until: datetime
    ) -> GivenQuote | None:
        """A quote for the same client in the place of another, which ends by it where it is open.

        None where there is no such quote, or a deal was made of it.
        """
        with self._database.write():
            if (known := self.added(key)) is not None:
                return known
            self.decide(number, QuoteState.CANCELLED, by=author, at=given_at)
            old = self.find(number)
            if old is None or old.state is QuoteState.ACCEPTED:
                return None
            return self.add(
                key,
                author=author,
                client=old.client,
                terms=terms,
                given_at=given_at,
                valid_until=valid_until,
                requote_of=number,
            )

    def added(self, key: str) -> GivenQuote | None:
        """What was added with a key; None where nothing was."""
        row = self._database.read().execute(BY_KEY, (key,)).fetchone()
        return None if row is None else quote_of(row)

    def find(self, number: int) -> GivenQuote | None:
        row = self._database.read().execute(FIND, (number,)).fetchone()
        return None if row is None else quote_of(row)

    def open(self, now: datetime, limit: int = 1000) -> list[GivenQuote]:
        """Those that are open and valid, the next to expire first."""
        return [quote_of(row) for row in self._database.read().execute(OPEN, (to_text(now), limit)).fetchall()]

    def decide(self, number: int, state: QuoteState, *, by: Author, at: datetime) -> bool:
        """Whether it was open, and valid at that moment, until now."""
        moment = to_text(at)
        with self._database.write() as connection:
            row = connection.execute(DECIDE, (state, moment, by.id, by.name, number, moment)).fetchone()
            if row is not None:
                quote = quote_of(row)
                note(connection, deed_of(quote))
                if state is QuoteState.ACCEPTED:
                    totals.count_accepted(connection, quote, at=at)
        return row is not None

    def expire(self, at: datetime) -> list[GivenQuote]:
        """Writes down which open quotes have expired, by the moment at which they did."""
        with self._database.write() as connection:
            over = [quote_of(row) for row in connection.execute(EXPIRE, (to_text(at),)).fetchall()]
            for quote in sorted(over, key=lambda each: (each.valid_until, each.number)):
                note(connection, deed_of(quote))
        return over

    def name_client(self, number: int, client: str, *, by: Author, at: datetime) -> GivenQuote | None:
        """The quote with its client's name; None where there is no such quote."""
        with self._database.write() as connection:
            old = self.find(number)
            if old is None or old.client == client:
                return old
            quote = quote_of(connection.execute(NAME_CLIENT, (client, client_key(client), number)).fetchone())
            note(connection, client_deed(quote, old.client, by=by, at=at))
        return quote

    def clients(self, author: int, limit: int) -> list[tuple[str, int]]:
        """The different clients whom an operator quoted lately, the last one first, each with a quote of theirs."""
        last: dict[str, int] = {}
        for client, number in self._database.read().execute(CLIENTS, (author, LOOKED_BACK)):
            last.setdefault(client, number)
        return list(last.items())[:limit]


def quote_of(row: tuple[Any, ...]) -> GivenQuote:
    """A row of the columns of `FIND`, in their order."""
    number, author, author_name, client, _, margin, pays, gets, rate, rate_of, rate_per, base, *rest = row
    earned, profit_rub, profit_usdt, is_reverse, given_at, valid_until, state, requote_of, *decided = rest
    decided_at, decided_by, decided_name = decided
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
            reverse=bool(is_reverse),
        ),
        given_at=from_text(given_at),
        valid_until=from_text(valid_until),
        state=QuoteState(state),
        requote_of=requote_of,
        decided_at=None if decided_at is None else from_text(decided_at),
        decided_by=decided_by,
        decided_name=decided_name,
    )


def _base(text: str) -> BaseRate:
    return base_from_data(unpack(json.loads(text)))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
