"""The screen of /status: the rates in use, each source in words, and what is left of the plans."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Protocol

from calc.base import Leg, base_rate
from calc.directions import Currency, Direction
from calc.snapshots import Feed, Market, Snapshot
from calc.typed import TypedRate
from chat import formats
from chat.dialogue import Dialogue
from chat.keyboards import keyboard
from chat.running import Running, running_lines, typed_lines
from chat.screens import Screen
from chat.texts import Texts

CLOSED, HALF_OPEN = "closed", "half_open"
CHECKED_EVERY = timedelta(seconds=10)
"""A source is asked no more often; the sources themselves see to that."""


class SourceState(Protocol):
    """A source as its breaker knows it: `closed`, `open` (it rests until `until`) or `half_open` (being probed).

    `trouble` is that of the last call, `since` when it began to be well, or ceased to be.
    """

    @property
    def source(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def trouble(self) -> str | None: ...
    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime | None: ...


class SourceReport(Protocol):
    """What is remembered of the calls of a source beside its state; None where there was no such call."""

    @property
    def state(self) -> SourceState: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def last_trouble(self) -> str | None: ...
    @property
    def troubled_at(self) -> datetime | None: ...


class KeyUse(Protocol):
    """`is_refused`: refused or used up by its last call."""

    @property
    def used(self) -> int: ...
    @property
    def plan(self) -> int: ...
    @property
    def is_refused(self) -> bool: ...


class QuotaUse(Protocol):
    """`next_call_at` is None when no call is left this month, `empty_at` None where they last for the month."""

    @property
    def source(self) -> str: ...
    @property
    def keys(self) -> Sequence[KeyUse]: ...
    @property
    def next_call_at(self) -> datetime | None: ...
    @property
    def empty_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the screen tells. The sources stand in the order in which they are asked; `quota` None: no key.

    `typed` are the rates that people typed and that stand; without `running` it says nothing of the bot itself.
    """

    market: Market
    sources: Mapping[Feed, Sequence[SourceReport]]
    quota: QuotaUse | None
    typed: Sequence[TypedRate] = ()
    running: Running | None = None


def render(
    report: Report,
    user_id: int,
    *,
    language: str,
    zone: tzinfo,
    now: datetime,
    is_checking: bool = False,
    checked: timedelta | None = None,
) -> Screen:
    """Its buttons belong to no dialogue and do not wear out; while a check is under way there is no second one.

    `checked` is how long ago one was over, zero for just now, where another would ask nobody.
    """
    texts = Texts(language, zone)
    lines = [
        texts("status.title", moment=formats.second(now, texts.zone), zone=formats.city(texts)),
        *_usdt_rub(report.market, texts, now),
        *_fiat(report.market, texts, now),
        *_peg(report.market, texts),
        *typed_lines(report.typed, texts, now=now),
    ]
    for feed, sources in report.sources.items():
        lines += ["", texts("status.sources", feed=texts(f"feed.{feed}"))]
        lines += [_source(each, texts, now) for each in sources]
    if report.quota is not None:
        lines += ["", *_quota(report.quota, texts, now)]
    if report.running is not None:
        lines += ["", *running_lines(report.running, texts)]
    buttons = [(texts("button.status_refresh"), "status", "refresh")]
    if is_checking:
        lines += ["", texts("status.checking")]
    elif checked == timedelta(0):
        lines += ["", texts("status.checked_now")]
    elif checked is not None:
        said = {"age": formats.ago(checked, texts), "every": formats.span(CHECKED_EVERY, texts)}
        lines += ["", texts("status.checked", **said)]
    if not is_checking:
        buttons.append((texts("button.status_check"), "status", "check"))
    nobody = Dialogue(id="", owner=user_id, language=language)
    return Screen("\n".join(lines), keyboard(nobody, [[each] for each in buttons]))


def _usdt_rub(market: Market, texts: Texts, now: datetime) -> Iterator[str]:
    snapshot, feed = market.usdt_rub, texts("feed.usdt_rub")
    if snapshot is None:
        yield texts("status.nothing", feed=feed)
        return
    sides = [each for each in (snapshot.bid, snapshot.ask) if each is not None] or [snapshot.close]
    yield texts("status.rate", feed=feed, rate=" / ".join(formats.number(each, texts) for each in sides))
    yield _leg(snapshot, texts, now)


def _fiat(market: Market, texts: Texts, now: datetime) -> Iterator[str]:
    snapshot, feed = market.fiat, texts("feed.fiat")
    if snapshot is None:
        yield texts("status.nothing", feed=feed)
        return
    rub = formats.number(snapshot.per_usd[Currency.RUB].quantize(Decimal("0.0001")), texts)
    yield texts("status.rate", feed=feed, rate=texts("status.rub_per_usd", rub=rub))
    yield _leg(snapshot, texts, now)


def _peg(market: Market, texts: Texts) -> Iterator[str]:
    if market.usdt_rub is not None and market.fiat is not None:
        peg = base_rate(Direction(Currency.RUB, Currency.USDT), market).peg
        if peg is not None:
            yield texts("peg", peg=formats.peg(peg, texts))


def _leg(snapshot: Snapshot, texts: Texts, now: datetime) -> str:
    leg = Leg(
        feed=snapshot.feed, source=snapshot.source, fetched_at=snapshot.fetched_at, as_of=snapshot.as_of, side=None
    )
    return formats.leg(leg, texts, now=now)


def _source(report: SourceReport, texts: Texts, now: datetime) -> str:
    state = report.state
    until, said = state.until, {"source": formats.source(state.source, texts)}
    if state.trouble is None:
        line = _well(report, texts, now, said)
    else:
        said |= {
            "trouble": texts(f"trouble.{state.trouble}"),
            "since": formats.moment(state.since, now=now, zone=texts.zone),
        }
        if state.state == CLOSED:
            at = now if report.troubled_at is None else report.troubled_at
            line = texts("status.failing", **said, age=formats.ago(now - at, texts))
        elif state.state == HALF_OPEN:
            line = texts("status.probed", **said)
        elif until is None or until <= now:
            line = texts("status.rested", **said)
        else:
            line = texts("status.resting", **said, moment=formats.moment(until, now=now, zone=texts.zone))
    return line


def _well(report: SourceReport, texts: Texts, now: datetime, said: Mapping[str, str]) -> str:
    """Of a source further down the chain nothing is known while those before it answer."""
    if report.answered_at is None:
        return texts("status.unasked", **said)
    since = formats.moment(report.state.since, now=now, zone=texts.zone)
    line = texts("status.well", **said, since=since, age=formats.ago(now - report.answered_at, texts))
    if report.last_trouble is None or report.troubled_at is None:
        return line
    trouble, age = texts(f"trouble.{report.last_trouble}"), formats.ago(now - report.troubled_at, texts)
    before = texts("status.before", trouble=trouble, age=age)
    return f"{line}; {before}"


def _quota(quota: QuotaUse, texts: Texts, now: datetime) -> Iterator[str]:
    yield texts("status.quota", source=formats.source(quota.source, texts))
    for number, key in enumerate(quota.keys, start=1):
        line = texts("status.key", number=number, used=formats.count(key.used), plan=formats.count(key.plan))
        refused = texts("status.key_refused")
        yield f"{line} {refused}" if key.is_refused else line
    if quota.next_call_at is None:
        yield texts("status.no_calls")
        return
    wait = quota.next_call_at - now
    due = (
        texts("status.next_call", span=formats.span(wait, texts))
        if wait > timedelta(0)
        else texts("status.next_call_now")
    )
    lasts = texts("status.lasts")
    if quota.empty_at is not None:
        lasts = texts("status.empty", day=formats.day(quota.empty_at, texts.zone))
    yield f"{due}, {lasts}"
