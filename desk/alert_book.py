"""The alerts of all operators: in memory for every rate that is accepted, kept for longer than a process lives."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Protocol

from calc.alerts import Alert, Move, Rule, State
from calc.errors import DeskError
from calc.past import PastRate, past_rates
from calc.snapshots import Market, Snapshot
from desk.alerts import Points, begin, decide

MOST_OF_ONE = 20
"""Alerts of one operator."""
MOST_POINTS = 10_000
"""Changes of a pair in memory, for alerts that look back a week: it has 5,040 turns of two minutes."""

Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Telling:
    """An alert that is due, the value, and what it moved from or crossed; `before` is how the alert was until now."""

    alert: Alert
    value: Decimal
    since: Decimal
    before: State


class TooManyAlerts(DeskError):
    """`allowed` is how many one person may have."""

    def __init__(self, allowed: int) -> None:
        super().__init__(f"no more than {allowed} alerts")
        self.allowed = allowed


class AlertStore(Protocol):
    def all(self) -> Iterable[Alert]: ...
    def keep(self, alert: Alert, /) -> None: ...
    def forget(self, alert: Alert, /) -> None: ...


class History(Protocol):
    """Past rates by pair, the oldest first."""

    def last(self, pair: str, moment: datetime, /) -> PastRate | None: ...
    def since(self, pair: str, moment: datetime, /) -> Sequence[PastRate]: ...


class AlertBook:
    """Any thread may call it. What is due is kept as told when it is: a kill in between tells it again, not never."""

    def __init__(
        self,
        store: AlertStore,
        history: History,
        *,
        market: Callable[[], Market],
        utcnow: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._history = history
        self._market = market
        self._utcnow = utcnow
        self._lock = threading.Lock()
        self._alerts: dict[Key, Alert] = {alert.key: alert for alert in store.all()}
        self._changes: dict[str, deque[tuple[datetime, Decimal]]] = {}

    def add(self, rule: Rule, *, owner: int, chat_id: int, thread_id: int | None, language: str) -> Alert:
        """One that is there already stays as it is. Raises TooManyAlerts."""
        state = begin(rule, self.value(rule.pair), now=self._utcnow())
        alert = Alert(owner, chat_id, thread_id, language, rule, state)
        with self._lock:
            there = self._alerts.get(alert.key)
            if there is not None:
                return there
            if sum(each.owner == owner for each in self._alerts.values()) >= MOST_OF_ONE:
                raise TooManyAlerts(MOST_OF_ONE)
            self._alerts[alert.key] = alert
        self._store.keep(alert)
        return alert

    def remove(self, chat_id: int, owner: int, rule: str) -> None:
        """Nothing where there is none."""
        with self._lock:
            alert = self._alerts.pop((chat_id, owner, rule), None)
        if alert is not None:
            self._store.forget(alert)

    def remove_of(self, owner: int) -> None:
        """All of one person."""
        with self._lock:
            keys = [key for key, alert in self._alerts.items() if alert.owner == owner]
        for key in keys:
            self.remove(*key)

    def of(self, chat_id: int, owner: int) -> tuple[Alert, ...]:
        """Those of a person in a chat, in an order that stays."""
        with self._lock:
            alerts = [each for each in self._alerts.values() if (each.chat_id, each.owner) == (chat_id, owner)]
        return tuple(sorted(alerts, key=lambda each: str(each.rule)))

    def value(self, pair: str) -> Decimal | None:
        """What an alert of the pair would be told of now; None where nothing is known."""
        market = self._market()
        snapshots = [each for each in (market.usdt_rub, market.fiat) if each is not None]
        rates = {rate.pair: rate.rub for snapshot in snapshots for rate in past_rates(snapshot)}
        return rates.get(pair)

    def seen(self, snapshot: Snapshot) -> list[Telling]:
        """What is due with a snapshot that was accepted; to be called with each, in their order."""
        now, due = self._utcnow(), list[Telling]()
        for rate in past_rates(snapshot):
            with self._lock:
                alerts = [each for each in self._alerts.values() if each.rule.pair == rate.pair]
                self._remember(rate.pair, rate.rub, now, looks_back=_longest(alerts))
            for alert in alerts:
                past = partial(self._past, rate.pair)
                decision = decide(alert.rule, alert.state, rate.rub, now=now, past=past)
                after = replace(alert, state=decision.state)
                if decision.state == alert.state or not self._put(after, instead_of=alert):
                    continue
                if decision.since is None:
                    self._store.keep(after)
                else:
                    due.append(Telling(after, rate.rub, decision.since, before=alert.state))
        return due

    def told(self, telling: Telling) -> None:
        """It was, as far as anybody knows."""
        with self._lock:
            alert = self._alerts.get(telling.alert.key)
        if alert is not None:
            self._store.keep(alert)

    def not_told(self, telling: Telling) -> None:
        """It surely was not: it is due again with the next rate, if it still holds."""
        self._put(replace(telling.alert, state=telling.before), instead_of=telling.alert)

    def _put(self, alert: Alert, *, instead_of: Alert) -> bool:
        """False where it was removed, or has changed, meanwhile."""
        with self._lock:
            is_there = self._alerts.get(alert.key) is instead_of
            if is_there:
                self._alerts[alert.key] = alert
        return is_there

    def _remember(self, pair: str, value: Decimal, now: datetime, *, looks_back: timedelta) -> None:
        """What no alert looks back to is let go: a new one begins with the last value."""
        changes = self._changes.setdefault(pair, deque(maxlen=MOST_POINTS))
        if not changes or changes[-1][1] != value:
            changes.append((now, value))
        while len(changes) > 1 and changes[1][0] <= now - looks_back:
            changes.popleft()

    def _past(self, pair: str, start: datetime) -> Points:
        """As this process saw it, and before that as the history has it.

        The two differ: a table of a daily source is in force from the day it names, not from the moment it came.
        """
        with self._lock:
            changes = list(self._changes[pair])
        if changes[0][0] <= start:
            first = max(at for at, _ in changes if at <= start)
            return [point for point in changes if point[0] >= first]
        last = self._history.last(pair, start)
        kept = [] if last is None else [last]
        kept += [each for each in self._history.since(pair, start) if start < each.at < changes[0][0]]
        return [*((each.at, each.rub) for each in kept), *changes]


def _longest(alerts: Iterable[Alert]) -> timedelta:
    """How far back they look; a threshold needs nothing but the value of now."""
    return max((each.rule.within for each in alerts if isinstance(each.rule, Move)), default=timedelta())
