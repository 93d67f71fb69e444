"""Everything that is known of the running bot as Prometheus metrics, made when somebody scrapes them."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from ops.meters import Counts, Meters, Timings
from ops.parts import Parts

log = logging.getLogger(__name__)

STATES = ("closed", "open", "half_open")
FATES = ("waits", "postponed", "given up", "late", "merged", "dropped", "repeated", "found", "in doubt")
"""What befalls calls that do not simply go out; late, merged and dropped are edits."""


class BotCollector(Collector):
    """Any thread may scrape. A part that fails costs its own metrics, not those of the others."""

    def __init__(
        self,
        parts: Parts,
        meters: Meters,
        *,
        version: str,
        utcnow: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float],
    ) -> None:
        """`clock` is that of the moments in `parts.polling`."""
        self._parts = parts
        self._meters = meters
        self._version = version
        self._utcnow = utcnow
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Nothing: to register it must not ask the parts."""
        return ()

    def collect(self) -> Iterator[Metric]:
        for section in (
            self._counted,
            self._process,
            self._polling,
            self._work,
            self._telegram,
            self._cache,
            self._rates,
            self._sources,
            self._quota,
            self._quotes,
            self._errors,
            self._edges,
            self._redis,
        ):
            try:
                yield from list(section())
            except Exception:  # the edge of a part
                log.exception("metrics left out section=%s", section.__name__.lstrip("_"))

    def _counted(self) -> Iterator[Metric]:
        meters = self._meters
        yield _counter(
            "desk_updates", "Updates from Telegram by what came of their handling.", meters.updates, "kind", "result"
        )
        yield _histogram(
            "desk_update_handling_seconds", "From a handler's start to its update done.", meters.handling, "kind"
        )
        yield _counter(
            "desk_telegram_calls",
            "Calls of the Bot API; the result is ok, unanswered or the code.",
            meters.telegram_calls,
            "method",
            "result",
        )
        yield _histogram(
            "desk_telegram_call_seconds", "How long calls of the Bot API took.", meters.telegram_times, "method"
        )
        yield _counter(
            "desk_source_calls",
            "Calls of rate sources; the result is ok or the trouble.",
            meters.source_calls,
            "source",
            "result",
        )
        yield _histogram(
            "desk_source_call_seconds", "How long calls of rate sources took.", meters.source_times, "source"
        )
        yield _counter(
            "desk_gate_refusals", "Rates that were asked for and not let through.", meters.refusals, "reason"
        )
        yield _counter("desk_quotes", "Quotes by the state they came to.", meters.quotes, "direction", "state")
        yield _histogram("desk_database_query_seconds", "How long statements took.", meters.queries, "operation")

    def _process(self) -> Iterator[Metric]:
        yield _gauge("desk_threads", "Threads of the process.", threading.active_count())
        info = GaugeMetricFamily("desk_build_info", "The version at work.", labels=["version"])
        info.add_metric([self._version], 1)
        yield info

    def _polling(self) -> Iterator[Metric]:
        polling = self._parts.polling()
        if polling.heard_at is not None:
            yield _gauge(
                "desk_polling_silence_seconds", "Since Telegram last answered a poll.", self._clock() - polling.heard_at
            )
        yield _gauge("desk_polling_failures", "Polls that failed in a row.", polling.failures)
        yield _gauge("desk_polling_rival", "1 while another program polls with this token.", int(polling.has_rival))

    def _work(self) -> Iterator[Metric]:
        parts = self._parts
        pools = parts.pools
        yield _gauges(
            "desk_workers", "Threads that serve.", {name: len(pool.threads) for name, pool in pools.items()}, "pool"
        )
        yield _gauges(
            "desk_workers_busy", "Jobs at work.", {name: pool.running() for name, pool in pools.items()}, "pool"
        )
        yield _gauges(
            "desk_workers_hung",
            "Jobs given up that have not ended.",
            {name: pool.hung() for name, pool in pools.items()},
            "pool",
        )
        yield _gauges(
            "desk_jobs_waiting",
            "Jobs that wait for their turn, those that rest included.",
            {name: pool.waiting() for name, pool in pools.items()},
            "pool",
        )
        yield _gauges(
            "desk_jobs_resting",
            "Chats and edits that wait for Telegram's leave.",
            {name: pool.resting() for name, pool in pools.items()},
            "pool",
        )
        yield _gauge("desk_inbox_updates", "Updates that wait for a worker.", _inbox(parts))
        yield _gauge(
            "desk_active_operators", "Operators who did something within five minutes.", parts.active_operators()
        )
        yield _total(
            "desk_turned_away_updates",
            "Updates of strangers and of too fast operators left aside.",
            parts.turned_away(),
        )

    def _telegram(self) -> Iterator[Metric]:
        parts = self._parts
        counts = parts.sending.snapshot()
        yield _gauge("desk_sends_waiting", "Edits that are kept until they may go out.", parts.sending.waiting)
        yield _total("desk_telegram_too_many_requests", "Times Telegram asked for silence (429).", counts.get("429", 0))
        told = CounterMetricFamily(
            "desk_sends", "Calls that did not simply go out, by what befell them.", labels=["fate"]
        )
        for fate in FATES:
            told.add_metric([fate.replace(" ", "_")], counts.get(fate, 0))
        yield told
        yield _total("desk_callbacks_dropped", "Presses that nobody had the time to answer.", parts.answering.dropped)
        yield _total("desk_callbacks_failed", "Presses whose answer did not reach Telegram.", parts.answering.failed)

    def _cache(self) -> Iterator[Metric]:
        stats = self._parts.cache()
        asked = stats.hits + stats.misses
        yield _total("desk_cache_hits", "Look-ups that found a value.", stats.hits)
        yield _total("desk_cache_misses", "Look-ups that found none.", stats.misses)
        yield _total("desk_cache_loads", "Loads, however many shared one.", stats.loads)
        yield _total("desk_cache_load_failures", "Loads that failed.", stats.failures)
        yield _total("desk_cache_evictions", "Entries that made room.", stats.evictions)
        yield _gauge("desk_cache_entries", "Entries now.", stats.entries)
        yield _gauge("desk_cache_bytes", "About how much memory they take.", stats.bytes)
        yield _gauge(
            "desk_cache_hit_ratio", "Hits among all look-ups, 1 before the first.", stats.hits / asked if asked else 1
        )

    def _rates(self) -> Iterator[Metric]:
        market, now = self._parts.market(), self._utcnow()
        ages = GaugeMetricFamily(
            "desk_snapshot_age_seconds", "Since the rates were fetched.", labels=["feed", "source"]
        )
        for feed, snapshot in (("usdt_rub", market.usdt_rub), ("fiat", market.fiat)):
            if snapshot is not None:
                ages.add_metric([feed, snapshot.source], (now - snapshot.fetched_at).total_seconds())
        yield ages
        quotable, directions = self._parts.quotable()
        yield _gauge("desk_directions_quotable", "Directions that the gate lets through now.", quotable)
        yield _gauge("desk_directions", "Directions there are.", directions)

    def _sources(self) -> Iterator[Metric]:
        states = GaugeMetricFamily(
            "desk_source_state", "1 for the state a source's breaker is in.", labels=["source", "state"]
        )
        for reports in self._parts.sources().values():
            for report in reports:
                for state in STATES:
                    states.add_metric([report.state.source, state], int(report.state.state == state))
        yield states

    def _quota(self) -> Iterator[Metric]:
        quota = self._parts.quota()
        left = GaugeMetricFamily("desk_quota_calls_left", "Calls left of this month's plan.", labels=["source", "key"])
        for number, key in enumerate(quota.keys if quota else (), start=1):
            left.add_metric([quota.source if quota else "", str(number)], max(key.plan - key.used, 0))
        yield left

    def _quotes(self) -> Iterator[Metric]:
        quotes = GaugeMetricFamily(
            "desk_quotes_today", "Quotes given today by what became of them.", labels=["direction", "state"]
        )
        for (direction, state), count in self._parts.quotes_today().items():
            quotes.add_metric([direction, state], count)
        yield quotes

    def _edges(self) -> Iterator[Metric]:
        failures = CounterMetricFamily("desk_edge_failures", "What failed at an edge and was caught.", labels=["what"])
        for what, count in self._parts.edges().items():
            failures.add_metric([what.replace(" ", "_")], count)
        yield failures

    def _redis(self) -> Iterator[Metric]:
        redis = self._parts.redis
        if redis is not None:
            yield _gauge("desk_redis_up", "1 while Redis answers; without it the bot goes on.", int(redis.is_here))
            yield _total("desk_redis_falls", "Times Redis went away.", redis.falls)

    def _errors(self) -> Iterator[Metric]:
        errors = CounterMetricFamily("desk_errors", "Errors in the log by kind.", labels=["kind"])
        for kind, count in self._parts.errors().items():
            errors.add_metric([kind], count)
        yield errors


class Exposition:
    """The bot, and what can be said of any Python process: memory, processor time, open files, garbage."""

    def __init__(self, bot: BotCollector) -> None:
        self._registry = CollectorRegistry()
        register(self._registry, bot)

    def told(self, accepted: str) -> tuple[bytes, str]:
        """In the format that is `accepted` by an Accept header, and which one that is."""
        encode, kind = choose_encoder(accepted)
        return encode(self._registry), kind


def register(registry: CollectorRegistry, bot: BotCollector) -> None:
    registry.register(bot)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)


def _inbox(parts: Parts) -> int:
    return parts.pools["chats"].waiting()


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _gauges(name: str, said: str, values: Mapping[str, float], label: str) -> Metric:
    family = GaugeMetricFamily(name, said, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _total(name: str, said: str, value: float) -> Metric:
    return CounterMetricFamily(name, said, value=value)


def _counter(name: str, said: str, counts: Counts, *labels: str) -> Metric:
    family = CounterMetricFamily(name, said, labels=labels)
    for key, count in counts.read().items():
        family.add_metric(key, count)
    return family


def _histogram(name: str, said: str, timings: Timings, *labels: str) -> Metric:
    family = HistogramMetricFamily(name, said, labels=labels)
    for key, spread in timings.read().items():
        family.add_metric(key, _cumulative(timings.bounds_s, spread.counts), spread.total_s)
    return family


def _cumulative(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    buckets, seen = list[tuple[str, float]](), 0
    for bound, count in zip((*bounds, float("inf")), counts, strict=True):
        seen += count
        buckets.append(("+Inf" if bound == float("inf") else str(bound), seen))
    return buckets
