"""The plans of the keys of a source: which call may go out and when, counted for longer than a process lives."""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from rates.errors import NotAsked, SourceError, Trouble
from rates.pace import USED_UP_INTERVAL_S, KeyUse, Pace, QuotaUse, QuotaWarning, every
from rates.periodic import FIRST_RETRY_S

log = logging.getLogger(__name__)

EARLY = 0.05
"""Share of an interval by which a turn may come early: it is timed by another clock, from before the call."""

LIMIT, REMAINING = "x-ratelimit-limit-month", "x-ratelimit-remaining-month"
_COUNT = re.compile(r"[0-9]{1,9}")


class Used(Protocol):
    """What a key has used of a month; `allowed` is the plan that the source told, None when it told none."""

    @property
    def used(self) -> int: ...
    @property
    def allowed(self) -> int | None: ...
    @property
    def failed_in_a_row(self) -> int: ...
    @property
    def last_at(self) -> datetime: ...


class Counts(Protocol):
    """Where calls are counted, for longer than a process lives."""

    def count(self, month: str, key_hash: str, *, plan: int) -> bool:
        """Counts one call more; False, and nothing counted, when nothing is left."""

    def settle(
        self, month: str, key_hash: str, *, failed: bool, used: int | None = None, allowed: int | None = None
    ) -> None:
        """What came of a counted call, and what the source says of its count and plan."""

    def used(self, month: str, key_hashes: Sequence[str]) -> Mapping[str, Used]: ...
    def tell_once(self, month: str) -> bool:
        """True for the first who asks in a month."""


@dataclass(frozen=True, slots=True)
class Call:
    """One that was counted, whether or not it has been answered."""

    month: str
    key_hash: str


@dataclass(frozen=True, slots=True)
class _Terms:
    """The keys by their hashes, calls a month of each, and which of them were refused or used up of late."""

    hashes: tuple[str, ...]
    plan: int
    refused: set[str] = field(default_factory=set)


class Quota:
    """Any thread may call it. What cannot be counted is not called: other sources need no count."""

    def __init__(
        self,
        source: str,
        counts: Counts,
        *,
        keys: Sequence[str],
        plan: int,
        interval_s: float | None,
        tell: Callable[[QuotaWarning], object],
        utcnow: Callable[[], datetime],
    ) -> None:
        """`plan`: calls a month of each key. `interval_s` is one set by hand, which stands over the plan's."""
        self._source = source
        self._counts = counts
        self._interval_s = interval_s
        self._tell = tell
        self._utcnow = utcnow
        self._terms = _Terms(tuple(dict.fromkeys(map(hash_of, keys))), plan)
        self._is_due_at_once = False

    def use(self, keys: Sequence[str], *, plan: int) -> None:
        """Other keys, or another plan, from the next call on; a key that was not there before is tried at once."""
        before, self._terms = self._terms, _Terms(tuple(dict.fromkeys(map(hash_of, keys))), plan)
        self._is_due_at_once = not set(self._terms.hashes) <= set(before.hashes)

    @property
    def has_keys(self) -> bool:
        return bool(self._terms.hashes)

    def turn_s(self) -> float:
        """Seconds from one turn of the refresher to the next."""
        if self._interval_s is not None:
            return self._interval_s
        now = self._utcnow()
        try:
            return self._pace(now, self._used(now)).turn_s
        except Exception:  # a database in trouble is no reason to refresh no more
            log.exception("calls cannot be read source=%s", self._source)
            return USED_UP_INTERVAL_S

    def check_due(self) -> None:
        """Raises NotAsked before a call would be in time.

        After a good call that is an interval later. After a failed one it is sooner, and twice as late with each in a
        row, so that an outage of everything else does not have to wait for hours, nor burn the plan.
        """
        now = self._utcnow()
        with self._counting():
            used = self._used(now)
        pace = self._pace(now, used)
        wait_s = self._wait_s(now, used, pace)
        if wait_s and not self._is_due_at_once:
            detail = f"next call in {every(wait_s)}, {pace.left} of {pace.plan} left"
            raise NotAsked(self._source, Trouble.QUOTA, detail, retry_after_s=wait_s)
        self._is_due_at_once = False

    def in_use(self) -> QuotaUse:
        """How much of the plans is used, and when the next call may be made. Raises SourceError."""
        now, terms = self._utcnow(), self._terms
        with self._counting():
            used = self._used(now)
        pace = self._pace(now, used)
        keys = [(used.get(key_hash), key_hash in terms.refused) for key_hash in terms.hashes]
        return QuotaUse(
            source=self._source,
            keys=tuple(
                KeyUse(used=key.used if key else 0, plan=_plan_of(key, terms.plan), is_refused=is_refused)
                for key, is_refused in keys
            ),
            next_call_at=now + timedelta(seconds=self._wait_s(now, used, pace)) if pace.left else None,
            empty_at=now + timedelta(seconds=lasts_s) if (lasts_s := self._lasts_s(pace)) < pace.left_s else None,
        )

    def check_spare(self) -> None:
        """Raises NotAsked before a call beside those for the rates of now, unless the plan has clearly enough left.

        Nor is one made when the last of those failed: it would say nothing new.
        """
        now = self._utcnow()
        with self._counting():
            used = self._used(now)
        serves = bool(used) and not max(used.values(), key=lambda each: each.last_at).failed_in_a_row
        pace = self._pace(now, used)
        if not (serves and pace.has_spare):
            raise NotAsked(self._source, Trouble.QUOTA, f"no call to spare, {pace.left} of {pace.plan} left")

    def count(self, key: str) -> Call:
        """To be called right before each call; raises SourceError where none may be made."""
        call = Call(_month(self._utcnow()), hash_of(key))
        with self._counting():
            is_left = self._counts.count(call.month, call.key_hash, plan=self._terms.plan)
        if not is_left:
            raise SourceError(self._source, Trouble.QUOTA, "all calls of the month used")
        return call

    def settle(self, call: Call, headers: Mapping[str, str], *, trouble: Trouble | None) -> None:
        """What came of a call; `headers` are none where it was not answered, `trouble` is None after a good one."""
        if trouble in (Trouble.KEY_REFUSED, Trouble.QUOTA):
            self._terms.refused.add(call.key_hash)
        elif trouble is None:
            self._terms.refused.discard(call.key_hash)
        allowed, used = self._told(headers)
        try:
            self._counts.settle(call.month, call.key_hash, failed=trouble is not None, used=used, allowed=allowed)
            self._tell_if_early()
        except Exception:  # the rate is here, whatever became of the count
            log.exception("call not settled source=%s", self._source)

    def _told(self, headers: Mapping[str, str]) -> tuple[int | None, int | None]:
        """The plan of the key and what is used of it, as far as the source says so; a plan of nothing says nothing."""
        allowed, remaining = _number(headers, LIMIT), _number(headers, REMAINING)
        if allowed == 0 or remaining is None:
            return allowed or None, None
        return allowed, (allowed or self._terms.plan) - remaining

    def _tell_if_early(self) -> None:
        now = self._utcnow()
        pace = self._pace(now, self._used(now))
        if pace.is_early and self._counts.tell_once(_month(now)):
            warning = QuotaWarning(
                source=self._source,
                left=pace.left,
                plan=pace.plan,
                empty_at=now + timedelta(seconds=self._lasts_s(pace)),
                interval_s=pace.interval_s if self._interval_s is None else self._interval_s,
                is_set_by_hand=self._interval_s is not None,
            )
            log.warning("%s", warning)
            self._tell(warning)

    def _used(self, now: datetime) -> Mapping[str, Used]:
        return self._counts.used(_month(now), self._terms.hashes)

    def _wait_s(self, now: datetime, used: Mapping[str, Used], pace: Pace) -> float:
        """Seconds until a call is in time, 0 when it is."""
        if not used:
            return 0.0
        last = max(used.values(), key=lambda each: each.last_at)
        interval_s = pace.interval_s if self._interval_s is None else self._interval_s
        if last.failed_in_a_row:
            interval_s = min(FIRST_RETRY_S * 2.0 ** min(last.failed_in_a_row - 1, 20), interval_s)
        wait_s = interval_s * (1 - EARLY) - (now - last.last_at).total_seconds()
        return wait_s if 0 < wait_s < interval_s else 0.0  # a longer wait is for a clock that was set back

    def _lasts_s(self, pace: Pace) -> float:
        """For how long the calls do that are left."""
        return pace.lasts_s if self._interval_s is None else pace.left * self._interval_s

    def _pace(self, now: datetime, used: Mapping[str, Used]) -> Pace:
        """Of the keys that answer; of all when none does."""
        begin = datetime(now.year, now.month, 1, tzinfo=UTC)
        end = (begin + timedelta(days=31)).replace(day=1)
        plan = left = 0
        terms = self._terms
        for key_hash in [each for each in terms.hashes if each not in terms.refused] or terms.hashes:
            key = used.get(key_hash)
            plan_of_key = _plan_of(key, terms.plan)
            plan += plan_of_key
            left += max(plan_of_key - key.used, 0) if key else plan_of_key
        return Pace(plan, left, month_s=(end - begin).total_seconds(), left_s=(end - now).total_seconds())

    @contextmanager
    def _counting(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # a full disk must not cost the rates of sources that need no count
            log.exception("calls cannot be counted source=%s", self._source)
            raise SourceError(self._source, Trouble.UNAVAILABLE, "its calls cannot be counted") from error


def hash_of(key: str) -> str:
    """Enough to tell keys apart, and nothing to call with: they are random, so there is no guessing them."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _plan_of(key: Used | None, plan: int) -> int:
    return plan if key is None else min(plan, key.allowed or plan)


def _month(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m}"


def _number(headers: Mapping[str, str], name: str) -> int | None:
    told = headers.get(name, "")
    return int(told) if _COUNT.fullmatch(told) else None
