"""What each day added up to, kept in the transaction of the quote that changed it, so that a report sums no quotes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, tzinfo
from decimal import Decimal
from operator import add
from typing import Any
from zoneinfo import ZoneInfo

from calc.directions import Direction
from calc.quotes import Author, GivenQuote, QuoteState
from calc.totals import Total
from storage.connections import Connection
from storage.database import Database
from storage.moments import from_text

ADD = """
    INSERT INTO day_totals (day, author, direction, author_name,
        given, accepted, deals, pays, gets, profit_rub, profit_usdt, without_rub, without_usdt)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, author, direction) DO UPDATE SET
        author_name = excluded.author_name,
        given = day_totals.given + excluded.given,
        accepted = day_totals.accepted + excluded.accepted,
        deals = day_totals.deals + excluded.deals,
        pays = day_totals.pays + excluded.pays,
        gets = day_totals.gets + excluded.gets,
        profit_rub = day_totals.profit_rub + excluded.profit_rub,
        profit_usdt = day_totals.profit_usdt + excluded.profit_usdt,
        without_rub = day_totals.without_rub + excluded.without_rub,
        without_usdt = day_totals.without_usdt + excluded.without_usdt"""
BETWEEN = """
    SELECT day, author, direction, author_name,
        given, accepted, deals, pays, gets, profit_rub, profit_usdt, without_rub, without_usdt
    FROM day_totals WHERE day >= ? AND day <= ? ORDER BY day, author, direction LIMIT ?"""
FORGET = "DELETE FROM day_totals WHERE day >= ''"
ZONE = "SELECT zone FROM day_zone WHERE id = 1 LIMIT 1"
SET_ZONE = "INSERT INTO day_zone (id, zone) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET zone = excluded.zone"
COUNTED = """
    SELECT number, author, author_name, direction, pays, gets, profit_rub, profit_usdt, given_at, state, decided_at
    FROM quotes WHERE number > ? ORDER BY number LIMIT ?"""

MOST_ROWS = 100_000
"""More than two years of eight operators who each quote all directions every day."""
READ_AT_ONCE = 1_000

Key = tuple[str, int, str]
"""Day, author, direction."""
Sums = tuple[int, ...]
"""The counts and the hundredths, in the order of the columns."""
NOTHING: Sums = (0,) * 9
ONE_GIVEN: Sums = (1, *NOTHING[1:])
ONE_ACCEPTED: Sums = (0, 1, *NOTHING[2:])


def count_given(connection: Connection, quote: GivenQuote) -> None:
    """Into the transaction in which the quote is added."""
    _add(connection, quote, quote.given_at, ONE_GIVEN)


def count_accepted(connection: Connection, quote: GivenQuote, *, at: datetime) -> None:
    """Into the transaction in which the quote is accepted."""
    terms = quote.terms
    deal = _deal(terms.pays, terms.gets, terms.profit_rub, terms.profit_usdt)
    _add(connection, quote, quote.given_at, ONE_ACCEPTED)
    _add(connection, quote, at, deal)


class DayTotals:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def between(self, first: date, last: date) -> list[Total]:
        """Of both days and all between, one for each operator and direction."""
        period = first.isoformat(), last.isoformat(), MOST_ROWS
        names: dict[int, str] = {}
        sums: defaultdict[tuple[int, str], Sums] = defaultdict(lambda: NOTHING)
        for _, author, direction, names[author], *part in self._database.read().execute(BETWEEN, period):
            sums[author, direction] = _plus(sums[author, direction], part)
        return [_total(author, names[author], way, sums[author, way]) for author, way in sorted(sums)]

    def use_zone(self, zone: ZoneInfo) -> bool:
        """Cuts the days in this zone; where it is another one than before, all are counted anew. Whether they were."""
        with self._database.write() as connection:
            if _zone(connection).key == zone.key:
                return False
            connection.execute(SET_ZONE, (zone.key,))
            connection.execute(FORGET)
            names, sums = self._count(zone)
            rows = [(*key, names[key], *part) for key, part in sums.items()]
            connection.executemany(ADD, rows)
            return True

    def recount(self, zone: tzinfo) -> dict[date, list[Total]]:
        """The totals of each day from every quote there ever was: a second or three for a hundred thousand."""
        names, sums = self._count(zone)
        days: defaultdict[date, list[Total]] = defaultdict(list)
        for day, author, way in sorted(sums):
            days[date.fromisoformat(day)].append(_total(author, names[day, author, way], way, sums[day, author, way]))
        return dict(days)

    def _count(self, zone: tzinfo) -> tuple[dict[Key, str], dict[Key, Sums]]:
        names: dict[Key, str] = {}
        sums: defaultdict[Key, Sums] = defaultdict(lambda: NOTHING)
        for _, author, name, direction, pays, gets, *profits, given_at, state, decided_at in self._quotes():
            parts = [(given_at, ONE_GIVEN)]
            if state == QuoteState.ACCEPTED:
                profit_rub, profit_usdt = (None if each is None else Decimal(each) for each in profits)
                deal = _deal(Decimal(pays), Decimal(gets), profit_rub, profit_usdt)
                parts += [(given_at, ONE_ACCEPTED), (decided_at, deal)]
            for at, part in parts:
                key = _day(from_text(at), zone), author, direction
                names[key], sums[key] = name, _plus(sums[key], part)
        return names, sums

    def _quotes(self) -> Iterator[tuple[Any, ...]]:
        last = 0
        while rows := self._database.read().execute(COUNTED, (last, READ_AT_ONCE)).fetchall():
            yield from rows
            last = rows[-1][0]


def _add(connection: Connection, quote: GivenQuote, at: datetime, part: Sums) -> None:
    key = _day(at, _zone(connection)), quote.author.id, str(quote.terms.direction)
    connection.execute(ADD, (*key, quote.author.name, *part))


def _zone(connection: Connection) -> ZoneInfo:
    """That of the days as they are cut now: UTC until another one is used."""
    row: tuple[str] | None = connection.execute(ZONE).fetchone()
    return ZoneInfo("UTC" if row is None else row[0])


def _deal(pays: Decimal, gets: Decimal, profit_rub: Decimal | None, profit_usdt: Decimal | None) -> Sums:
    amounts = (_hundredths(each) for each in (pays, gets, profit_rub, profit_usdt))
    return 0, 0, 1, *amounts, int(profit_rub is None), int(profit_usdt is None)


def _plus(before: Sums, more: Iterable[int]) -> Sums:
    return tuple(map(add, before, more))


def _day(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _hundredths(value: Decimal | None) -> int:
    """Exactly: amounts are paid, and profits rounded, to the hundredth. Of what is not known, none."""
    return 0 if value is None else int(value.scaleb(2))


def _total(author: int, name: str, direction: str, sums: Sums) -> Total:
    given, accepted, deals, pays, gets, profit_rub, profit_usdt, without_rub, without_usdt = sums
    return Total(
        Author(author, name),
        Direction.parse(direction),
        given=given,
        accepted=accepted,
        deals=deals,
        pays=Decimal(pays).scaleb(-2),
        gets=Decimal(gets).scaleb(-2),
        profit_rub=Decimal(profit_rub).scaleb(-2),
        profit_usdt=Decimal(profit_usdt).scaleb(-2),
        without_rub=without_rub,
        without_usdt=without_usdt,
    )
