"""The rates that people typed: in memory for every quote, kept for longer than a process lives."""

import itertools
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from calc.directions import Currency
from calc.team import Person
from calc.typed import Pair, TypedRate

USDT_RUB_STANDS_FOR, FIAT_STANDS_FOR = timedelta(minutes=30), timedelta(hours=4)


def stands_for(pair: Pair) -> timedelta:
    return USDT_RUB_STANDS_FOR if pair.per is Currency.USDT else FIAT_STANDS_FOR


class TypedStore(Protocol):
    """Every typed rate is recorded for good, with who typed it and who ended it."""

    def standing(self, now: datetime, /) -> Sequence[TypedRate]:
        """Those that have not ended; of a pair the last one comes last."""

    def keep(self, typed: TypedRate, /) -> None: ...
    def end(self, pair: Pair, /, *, by: Person, at: datetime) -> None: ...


class TypedRates:
    """Any thread may call it."""

    def __init__(self, store: TypedStore, *, utcnow: Callable[[], datetime]) -> None:
        self._store = store
        self._utcnow = utcnow
        self._lock = threading.Lock()
        self._turns = itertools.count(1)
        self._read_in = 0
        self._standing: dict[Pair, TypedRate] = {}
        self._read_back()

    def type(self, pair: Pair, value: Decimal, *, by: int, name: str) -> TypedRate:
        """Takes a rate in, in the place of an earlier one of its pair."""
        now = self._utcnow()
        typed = TypedRate(pair, value, by=by, name=name, at=now, until=now + stands_for(pair))
        self._store.keep(typed)
        self._read_back()
        return typed

    def standing(self) -> tuple[TypedRate, ...]:
        """Those that stand now, over every source."""
        now = self._utcnow()
        with self._lock:
            return tuple(typed for typed in self._standing.values() if now < typed.until)

    def end(self, pair: Pair, *, by: Person) -> None:
        """The sources are asked again; nothing happens where none stands."""
        self._store.end(pair, by=by, at=self._utcnow())
        self._read_back()

    def _read_back(self) -> None:
        """Of two who decide at once the store has the last word: a rate that ended there must not stand here.

        No lock is held over the store, so what was read earlier and comes later is left out.
        """
        turn = next(self._turns)
        standing = {typed.pair: typed for typed in self._store.standing(self._utcnow())}
        with self._lock:
            if turn > self._read_in:
                self._read_in, self._standing = turn, standing
