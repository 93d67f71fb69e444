"""What Prometheus is told, in its own words."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ops.meters import new_meters
from ops.metrics import BotCollector, register
from tests.ops import bots

PROMTOOL = shutil.which("promtool")
PROMISED = {
    "updates_total": "desk_updates_total",
    "handling time": "desk_update_handling_seconds_bucket",
    "telegram calls": "desk_telegram_calls_total",
    "telegram times": "desk_telegram_call_seconds_bucket",
    "source calls": "desk_source_calls_total",
    "source times": "desk_source_call_seconds_bucket",
    "cache hits": "desk_cache_hits_total",
    "cache misses": "desk_cache_misses_total",
    "cache loads": "desk_cache_loads_total",
    "cache evictions": "desk_cache_evictions_total",
    "cache entries": "desk_cache_entries",
    "cache bytes": "desk_cache_bytes",
    "hit ratio": "desk_cache_hit_ratio",
    "snapshot ages": "desk_snapshot_age_seconds",
    "breaker states": "desk_source_state",
    "quota left": "desk_quota_calls_left",
    "gate refusals": "desk_gate_refusals_total",
    "quotes": "desk_quotes_total",
    "quotes of the day": "desk_quotes_today",
    "active operators": "desk_active_operators",
    "inbox depth": "desk_inbox_updates",
    "worker use": "desk_workers_busy",
    "sends waiting": "desk_sends_waiting",
    "429s": "desk_telegram_too_many_requests_total",
    "errors by kind": "desk_errors_total",
    "what failed at an edge": "desk_edge_failures_total",
    "RSS": "process_resident_memory_bytes",
    "CPU": "process_cpu_seconds_total",
    "threads": "desk_threads",
    "open files": "process_open_fds",
    "query times": "desk_database_query_seconds_bucket",
}


def text(**other: Any) -> str:
    """What is scraped off a bot that has seen a little of everything."""
    meters = new_meters()
    meters.updates.add("message", "done")
    meters.updates.add("callback_query", "postponed")
    meters.handling.add(0.012, "message")
    meters.handling.add(0.9, "message")
    meters.telegram_calls.add("sendMessage", "ok")
    meters.telegram_times.add(0.1, "sendMessage")
    meters.source_calls.add("rapira", "blocked")
    meters.source_times.add(1000.0, "rapira")
    meters.refusals.add("jump")
    meters.quotes.add("RUB-USDT", "open")
    meters.queries.add(0.0002, "select")
    registry = CollectorRegistry()
    collector = BotCollector(bots.parts(**other), meters, version="1.2.3", utcnow=lambda: bots.NOW, clock=lambda: 100.0)
    register(registry, collector)
    return generate_latest(registry).decode()


def samples(scraped: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for family in text_string_to_metric_families(scraped):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


def value(scraped: str, name: str, **labels: str) -> float:
    (found,) = [value for each, its, value in samples(scraped) if each == name and its == labels]
    return found


@pytest.mark.parametrize("name", PROMISED.values(), ids=PROMISED)
def test_everything_that_is_promised_is_told(name: str) -> None:
    assert name in {each for each, _, _ in samples(text())}


def test_the_numbers_are_those_of_the_parts() -> None:
    told = text()

    assert value(told, "desk_updates_total", kind="message", result="done") == 1
    assert value(told, "desk_polling_silence_seconds") == 5
    assert value(told, "desk_snapshot_age_seconds", feed="usdt_rub", source="rapira") == 30
    assert value(told, "desk_snapshot_age_seconds", feed="fiat", source="cbr") == 3600
    assert value(told, "desk_source_state", source="rapira", state="open") == 1
    assert value(told, "desk_source_state", source="rapira", state="closed") == 0
    assert value(told, "desk_quota_calls_left", source="apilayer", key="1") == 60
    assert value(told, "desk_quota_calls_left", source="apilayer", key="2") == 0
    assert value(told, "desk_cache_hit_ratio") == 0.75
    assert value(told, "desk_workers_busy", pool="chats") == 2
    assert value(told, "desk_workers", pool="beside") == 4
    assert value(told, "desk_quotes_today", direction="RUB-USDT", state="accepted") == 5
    assert value(told, "desk_sends_total", fate="given_up") == 1
    assert value(told, "desk_build_info", version="1.2.3") == 1


def test_a_histogram_is_cumulative() -> None:
    told = text()

    assert value(told, "desk_update_handling_seconds_bucket", kind="message", le="0.01") == 0
    assert value(told, "desk_update_handling_seconds_bucket", kind="message", le="0.025") == 1
    assert value(told, "desk_update_handling_seconds_bucket", kind="message", le="1.0") == 2
    assert value(told, "desk_update_handling_seconds_bucket", kind="message", le="+Inf") == 2
    assert value(told, "desk_update_handling_seconds_count", kind="message") == 2
    assert value(told, "desk_update_handling_seconds_sum", kind="message") == pytest.approx(0.912)
    assert value(told, "desk_source_call_seconds_bucket", source="rapira", le="60.0") == 0
    assert value(told, "desk_source_call_seconds_bucket", source="rapira", le="+Inf") == 1


def test_before_the_first_poll_there_is_no_silence_to_tell() -> None:
    assert "desk_polling_silence_seconds" not in text(polling=lambda: bots.Polling(heard_at=None))


def test_before_the_first_look_up_nothing_was_missed() -> None:
    assert value(text(cache=lambda: bots.CacheStats(hits=0, misses=0)), "desk_cache_hit_ratio") == 1


def test_without_rates_and_without_a_key_nothing_is_told_of_them() -> None:
    told = text(market=lambda: bots.Market(None, None), quota=lambda: None)

    assert "desk_snapshot_age_seconds{" not in told
    assert "desk_quota_calls_left{" not in told


@pytest.mark.parametrize("part", ["polling", "market", "cache", "sources", "quota", "quotes_today", "errors", "edges"])
def test_a_part_that_fails_costs_its_own_metrics_alone(part: str, caplog: pytest.LogCaptureFixture) -> None:
    told = text(**{part: bots.failing})

    assert value(told, "desk_gate_refusals_total", reason="jump") == 1
    assert len({name for name, _, _ in samples(told)}) > 40
    assert [record.getMessage().split("=")[0] for record in caplog.records] == ["metrics left out section"]


@pytest.mark.skipif(
    not PROMTOOL and not os.environ.get("CI"), reason="promtool is not installed (on Debian: apt install prometheus)"
)
def test_prometheus_own_tool_has_nothing_against_them() -> None:
    assert PROMTOOL, "CI has to install prometheus"
    checked = subprocess.run(
        [PROMTOOL, "check", "metrics"], input=text(), capture_output=True, text=True, timeout=60, check=False
    )

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_redis_is_told_of_where_there_is_one() -> None:
    assert "desk_redis" not in text()
    told = text(redis=bots.Redis(is_here=False, falls=2))
    assert (value(told, "desk_redis_up"), value(told, "desk_redis_falls_total")) == (0, 2)
    assert value(text(redis=bots.Redis()), "desk_redis_up") == 1
