"""What the dashboard shows, as one object of plain values."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ops import usage
from ops.parts import Parts, PastRate
from ops.sight import Sight

log = logging.getLogger(__name__)

CHART_HOURS = 24
CHART_POINTS = 240
CHART_KEPT_S = 20.0
"""The past is read from the database at most that often, however many pages are open."""
TROUBLES = 20


class Stats:
    """Any thread may ask. A part that fails is null, and in the log."""

    def __init__(
        self,
        sight: Sight,
        *,
        clock: Callable[[], float],
        began_at: float,
        utcnow: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`clock` is that of `began_at` and of the moments in `polling`."""
        self._sight = sight
        self._clock = clock
        self._utcnow = utcnow
        self._began_at = began_at
        self._lock = threading.Lock()
        self._chart: list[list[object]] = []
        self._chart_at: float | None = None

    def read(self) -> dict[str, Any]:
        views: dict[str, Callable[[], object]] = {
            "process": self._process,
            "health": self._health,
            "polling": self._polling,
            "work": self._work,
            "rates": self._rates,
            "chart": self._past,
            "sources": self._sources,
            "quota": self._quota,
            "cache": lambda: _cache(self._sight.parts),
            "quotes": self._quotes,
            "samples": self._samples,
            "troubles": lambda: [asdict(each) for each in self._sight.recent.troubles()[:TROUBLES]],
        }
        if (redis := self._sight.parts.redis) is not None:
            views |= {"redis": lambda: {"is_here": redis.is_here, "falls": redis.falls}}
        return {"now": self._utcnow().isoformat(), **{name: _shown(name, view) for name, view in views.items()}}

    def _process(self) -> dict[str, object]:
        return {
            "version": self._sight.version,
            "uptime_s": round(self._clock() - self._began_at),
            "memory_bytes": usage.memory_bytes(),
            "cpu_s": round(usage.cpu_s(), 1),
            "threads": usage.threads(),
            "open_files": usage.open_files(),
        }

    def _health(self) -> dict[str, object]:
        verdict = self._sight.health.verdict()
        return {"is_well": verdict.is_well, "reasons": dict(verdict.reasons)}

    def _polling(self) -> dict[str, object]:
        polling = self._sight.parts.polling()
        silent_s = None if polling.heard_at is None else round(self._clock() - polling.heard_at, 1)
        return {"silent_s": silent_s, "has_rival": polling.has_rival, "failures": polling.failures}

    def _work(self) -> dict[str, object]:
        parts, meters = self._sight.parts, self._sight.meters
        chats = parts.pools["chats"]
        return {
            "active_operators": parts.active_operators(),
            "workers": len(chats.threads),
            "busy": chats.running(),
            "inbox": chats.waiting(),
            "sends_waiting": parts.sending.waiting,
            "too_many_requests": parts.sending.snapshot().get("429", 0),
            "updates": None if meters is None else sum(meters.updates.read().values()),
            "errors": sum(parts.errors().values()),
        }

    def _rates(self) -> dict[str, object]:
        market, now = self._sight.parts.market(), self._utcnow()
        ready, directions = self._sight.parts.quotable()
        shown: dict[str, object] = {"quotable": ready, "directions": directions, "usdt_rub": None, "fiat": None}
        if (usdt_rub := market.usdt_rub) is not None:
            sides = {
                name: None if each is None else f"{each:f}"
                for name, each in (("bid", usdt_rub.bid), ("ask", usdt_rub.ask))
            }
            shown["usdt_rub"] = {
                **sides,
                "close": f"{usdt_rub.close:f}",
                "source": usdt_rub.source,
                "age_s": _age_s(usdt_rub.fetched_at, now),
            }
        if (fiat := market.fiat) is not None:
            shown["fiat"] = {
                "per_usd": {str(code): f"{units:f}" for code, units in fiat.per_usd.items()},
                "rub_per": _rub_per(fiat.per_usd),
                "source": fiat.source,
                "age_s": _age_s(fiat.fetched_at, now),
            }
        return shown

    def _past(self) -> list[list[object]]:
        with self._lock:
            is_known = self._chart_at is not None and self._clock() - self._chart_at < CHART_KEPT_S
            if not is_known:
                rates = self._sight.parts.usdt_rub_since(self._utcnow() - timedelta(hours=CHART_HOURS))
                self._chart = [[round(each.at.timestamp()), f"{each.rub:f}"] for each in _thinned(rates)]
                self._chart_at = self._clock()
            return self._chart

    def _sources(self) -> list[dict[str, object]]:
        now = self._utcnow()
        return [
            {
                "feed": str(feed),
                "source": report.state.source,
                "state": str(report.state.state),
                "trouble": None if report.state.trouble is None else str(report.state.trouble),
                "until": None if report.state.until is None else report.state.until.isoformat(),
                "answered_s": None if report.answered_at is None else _age_s(report.answered_at, now),
            }
            for feed, reports in self._sight.parts.sources().items()
            for report in reports
        ]

    def _quota(self) -> dict[str, object] | None:
        quota = self._sight.parts.quota()
        if quota is None:
            return None
        return {
            "source": quota.source,
            "keys": [{"used": key.used, "plan": key.plan, "is_refused": key.is_refused} for key in quota.keys],
            "next_call_at": None if quota.next_call_at is None else quota.next_call_at.isoformat(),
        }

    def _quotes(self) -> dict[str, object]:
        today = self._sight.parts.quotes_today()
        states: dict[str, int] = {}
        directions: dict[str, int] = {}
        for (direction, state), count in today.items():
            states[state] = states.get(state, 0) + count
            directions[direction] = directions.get(direction, 0) + count
        return {"total": sum(today.values()), "states": states, "directions": directions}

    def _samples(self) -> list[list[object]]:
        """[at, memory_bytes, p50_ms, p95_ms, updates]"""
        return [
            [round(each.at), each.memory_bytes, _ms(each.p50_s), _ms(each.p95_s), each.updates]
            for each in self._sight.samples.read()
        ]


def _shown(name: str, view: Callable[[], object]) -> object:
    try:
        return view()
    except Exception:  # the edge of a part: the others are worth looking at all the more
        log.exception("dashboard left out part=%s", name)
        return None


def _cache(parts: Parts) -> dict[str, object]:
    stats = parts.cache()
    asked = stats.hits + stats.misses
    return {
        "hits": stats.hits,
        "misses": stats.misses,
        "loads": stats.loads,
        "failures": stats.failures,
        "evictions": stats.evictions,
        "entries": stats.entries,
        "bytes": stats.bytes,
        "hit_ratio": stats.hits / asked if asked else None,
    }


def _rub_per(per_usd: Mapping[str, Decimal]) -> dict[str, str]:
    """RUB per 1 of each, to six digits: to be looked at, not to be counted with."""
    rub = per_usd.get("RUB")
    if rub is None:
        return {}
    others = {"USD": Decimal(1), **{str(code): units for code, units in per_usd.items() if str(code) != "RUB"}}
    return {code: f"{Decimal(f'{rub / units:.6g}'):f}" for code, units in others.items()}


def _thinned(rates: Sequence[PastRate]) -> Sequence[PastRate]:
    """At most so many as a chart can show, the last one among them."""
    step = max(1, -(-len(rates) // CHART_POINTS))
    return rates[::-1][::step][::-1]


def _age_s(moment: datetime, now: datetime) -> int:
    return round((now - moment).total_seconds())


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)
