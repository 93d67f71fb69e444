from datetime import UTC, datetime
from typing import Any

import pytest

from ops.inside import Inside


@pytest.fixture
def inside() -> Inside:
    return Inside(slow_s=60, utcnow=lambda: datetime(2026, 11, 21, tzinfo=UTC))


def test_an_update_is_a_step_by_its_name_and_its_calls_are_on_its_account(inside: Inside) -> None:
    sent: list[str] = []
    send = inside.timing("telegram", sent.append)

    def handle(update_id: int, update: dict[str, Any]) -> None:
        send(f"{update_id} {update['text']}")

    inside.handling(handle, lambda update: f"/{update['text']}")(7, {"text": "new"})

    assert sent == ["7 new"]
    [(step, _, parts)] = inside.slowest()
    assert (step, parts) == ("/new", "own 0, telegram 0")


def test_a_statement_is_on_the_account_of_its_step_and_is_told_to_who_counts(inside: Inside) -> None:
    counted: list[tuple[str, float]] = []
    with inside.monitor.working("/new"):
        inside.query(lambda *each: counted.append(each))("SELECT", 0.002)
        inside.query(None)("INSERT", 0.003)

    assert counted == [("SELECT", 0.002)]
    assert inside.monitor.slowest()[0].spent_ms == {"database": pytest.approx(5)}


def test_the_watch_over_memory_begins_and_ends(inside: Inside) -> None:
    inside.watch(True)
    assert inside.allocations.top() is not None
    inside.watch(False)
    assert inside.allocations.top() is None
