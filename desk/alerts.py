"""When an operator wants to be told of a rate, and whether this is the moment: decided from values and the clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from calc.alerts import Move, Rule, State, Threshold

COOLDOWN = timedelta(minutes=15)
"""The same alert is told at most this often; what is still true after it is told then."""

BACK = Decimal("0.002")
"""How far, as a part of its level, a rate has to come back before it can cross the level anew."""


Points = Sequence[tuple[datetime, Decimal]]
Past = Callable[[datetime], Points]
"""The values from a moment on with the moments from which they were in force, first the one in force at that moment."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`since` is None unless it is to be told: then the value that it moved from, or the level that it crossed."""

    state: State
    since: Decimal | None = None


def begin(rule: Rule, value: Decimal | None, *, now: datetime) -> State:
    """A threshold that the rate is beyond already is told when it is crossed anew."""
    beyond = isinstance(rule, Threshold) and value is not None and _is_beyond(rule, value)
    return State(now, value, is_armed=not beyond)


def decide(rule: Rule, state: State, value: Decimal, *, now: datetime, past: Past) -> Decision:
    """Whether a rule is told of a value that was accepted now, and what to remember of it."""
    if isinstance(rule, Threshold):
        return _crossed(rule, state, value, now=now)
    return _moved(rule, state, value, now=now, past=past)


def _crossed(rule: Threshold, state: State, value: Decimal, *, now: datetime) -> Decision:
    if not _is_beyond(rule, value):
        return Decision(replace(state, is_armed=True)) if _is_back(rule, value) else Decision(state)
    if not state.is_armed or _is_cooling(state, now):
        return Decision(state)
    return Decision(State(now, value, is_armed=False, told_at=now), since=rule.level)


def _moved(rule: Move, state: State, value: Decimal, *, now: datetime, past: Past) -> Decision:
    if state.base is None:
        return Decision(replace(state, since=now, base=value))
    if _is_cooling(state, now):
        return Decision(state)
    start = max(now - rule.within, state.since)
    points = [(at, each) for at, each in past(start) if state.since < at <= now]
    seen = [each for _, each in points]
    if not any(at <= start for at, _ in points):
        seen.append(state.base)  # nothing has come since, so it was in force at the start
    furthest = max(seen, key=lambda each: abs(_change(each, value)))
    if abs(_change(furthest, value)) * 100 < Fraction(rule.percent):
        return Decision(state)
    return Decision(State(now, value, told_at=now), since=furthest)


def _is_beyond(rule: Threshold, value: Decimal) -> bool:
    return value > rule.level if rule.above else value < rule.level


def _is_back(rule: Threshold, value: Decimal) -> bool:
    slack = Fraction(rule.level) * Fraction(BACK)
    if rule.above:
        return Fraction(value) <= Fraction(rule.level) - slack
    return Fraction(value) >= Fraction(rule.level) + slack


def _is_cooling(state: State, now: datetime) -> bool:
    return state.told_at is not None and now - state.told_at < COOLDOWN


def _change(before: Decimal, after: Decimal) -> Fraction:
    return Fraction(after) / Fraction(before) - 1
