"""What is worth a message to the owners: sources that refuse the desk, rates that are gone, a plan used too fast."""

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from calc.alerts import Kind
from calc.snapshots import Feed
from chat import formats
from chat.notices import Sentence
from chat.texts import Texts

AT_MOST_EVERY = timedelta(hours=1)
"""The beginning of one and the same trouble is told; one that comes and goes is not told each time."""


class SourceState(Protocol):
    """How a source is; `until` is when it may be asked again."""

    @property
    def state(self) -> str: ...
    @property
    def trouble(self) -> str | None: ...
    @property
    def until(self) -> datetime | None: ...


class Cause(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def trouble(self) -> str: ...


class QuotaWarning(Protocol):
    """Most of a plan is used before its time; `is_set_by_hand`: the interval does not stretch."""

    @property
    def source(self) -> str: ...
    @property
    def left(self) -> int: ...
    @property
    def plan(self) -> int: ...
    @property
    def empty_at(self) -> datetime: ...
    @property
    def interval_s(self) -> float: ...
    @property
    def is_set_by_hand(self) -> bool: ...


class Alarms:
    """Tells each beginning and each end once. Any thread may call it; it never waits."""

    def __init__(self, tell: Callable[[Sentence, Kind], object], *, utcnow: Callable[[], datetime]) -> None:
        self._tell = tell
        self._utcnow = utcnow
        self._lock = threading.Lock()
        self._told: dict[Hashable, str] = {}
        self._told_at: dict[tuple[Hashable, str], datetime] = {}

    def source_changed(self, source: str, state: SourceState) -> None:
        """A subscriber of the breakers."""
        trouble = state.trouble
        if trouble is None:
            self._end(source, lambda texts: texts("alarm.source_well", source=formats.source(source, texts)))
        elif state.state == "open":
            now, until = self._utcnow(), state.until
            self._begin(source, trouble, lambda texts: _refused(source, trouble, texts, until=until, now=now))

    def feed_seen(self, feed: Feed, *, is_usable: bool, causes: Sequence[Cause]) -> None:
        """How it is with a feed: whether there is a rate to quote, and why its sources gave none."""
        if is_usable:
            self._end(feed, lambda texts: texts("alarm.rate_again", feed=texts(f"feed.{feed}")))
        elif causes:
            self._begin(feed, "none", lambda texts: _no_rate(feed, causes, texts))

    def peg_seen(self, off: Decimal | None) -> None:
        """What a USDT is worth in USD where that is too far from 1, None where it is not; unknown, it is not seen."""
        if off is None:
            self._end("peg", lambda texts: texts("alarm.peg_again"), Kind.PEG)
        else:
            self._begin("peg", "off", lambda texts: texts("alarm.peg", peg=formats.peg(off, texts)), Kind.PEG)

    def trouble_seen(self, what: str, said: Mapping[str, object] | None) -> None:
        """Something about the bot itself: what there is to say of it, None while all is well."""
        if said is None:
            self._end(what, lambda texts: texts(f"over.{what}"), Kind.MACHINE)
        else:
            self._begin(what, "trouble", lambda texts: texts(f"trouble_of.{what}", **_told(said, texts)), Kind.MACHINE)

    def quota_early(self, warning: QuotaWarning) -> None:
        """The one who warns does it once."""
        self._tell(lambda texts: quota_sentence(warning, texts), Kind.QUOTA)

    def _begin(self, what: Hashable, trouble: str, sentence: Sentence, kind: Kind = Kind.SOURCE) -> None:
        with self._lock:
            now = self._utcnow()
            last = self._told_at.get((what, trouble))
            if self._told.get(what) == trouble or (last is not None and now - last < AT_MOST_EVERY):
                return
            self._told[what] = trouble
            self._told_at[what, trouble] = now
        self._tell(sentence, kind)

    def _end(self, what: Hashable, sentence: Sentence, kind: Kind = Kind.SOURCE) -> None:
        """Of a beginning that nobody was told of the end is no news either."""
        with self._lock:
            if self._told.pop(what, None) is None:
                return
        self._tell(sentence, kind)


def quota_sentence(warning: QuotaWarning, texts: Texts) -> str:
    said = {
        "source": formats.source(warning.source, texts),
        "used": formats.count(warning.plan - warning.left),
        "plan": formats.count(warning.plan),
    }
    if not warning.left:
        return texts("alarm.quota_empty", **said)
    pace = texts(
        "alarm.pace_by_hand" if warning.is_set_by_hand else "alarm.pace",
        every=formats.span(timedelta(seconds=warning.interval_s), texts),
    )
    return texts("alarm.quota", **said, day=formats.day(warning.empty_at, texts.zone), pace=pace)


def _told(said: Mapping[str, object], texts: Texts) -> dict[str, object]:
    return {
        name: formats.in_bytes(value.bytes, texts) if isinstance(value, formats.Size) else value
        for name, value in said.items()
    }


def _refused(source: str, trouble: str, texts: Texts, *, until: datetime | None, now: datetime) -> str:
    named = formats.source(source, texts)
    line = texts("alarm.source", source=named, trouble=texts(f"trouble.{trouble}"))
    if until is None:
        return line
    at = formats.moment(until, now=now, zone=texts.zone)
    again = texts("alarm.again_at", moment=at, zone=formats.city(texts))
    return f"{line} {again}"


def _no_rate(feed: Feed, causes: Sequence[Cause], texts: Texts) -> str:
    said = [
        texts("no_rate.source", source=formats.source(each.source, texts), trouble=texts(f"trouble.{each.trouble}"))
        for each in causes
    ]
    return "\n".join([texts("alarm.no_rate", feed=texts(f"feed.{feed}")), *said])
