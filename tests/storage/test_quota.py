from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.database import Database, open_database
from storage.quota import KeyCalls, Used
from tests.storage.conftest import Clock

MONTH, NEXT_MONTH = "2026-11", "2026-12"
FIRST, SECOND = "a1b2c3d4e5f6", "0f1e2d3c4b5a"


@pytest.fixture
def calls(database: Database, clock: Clock) -> KeyCalls:
    return KeyCalls(database, now=clock)


def test_calls_are_counted_for_their_key_and_month_alone(calls: KeyCalls, clock: Clock) -> None:
    assert all(calls.count(MONTH, FIRST, plan=100) for _ in range(3))
    began = clock()
    clock.forward(minutes=5)
    assert calls.count(NEXT_MONTH, FIRST, plan=100)
    assert calls.count(MONTH, SECOND, plan=100)

    assert calls.used(MONTH, [FIRST, SECOND]) == {FIRST: Used(3, None, 0, began), SECOND: Used(1, None, 0, clock())}
    assert calls.used(MONTH, [FIRST]) == {FIRST: Used(3, None, 0, began)}
    assert calls.used(NEXT_MONTH, [FIRST]) == {FIRST: Used(1, None, 0, clock())}
    assert calls.used("2027-01", [FIRST]) == {}


def test_a_plan_that_is_used_up_gives_no_call_more(calls: KeyCalls) -> None:
    assert [calls.count(MONTH, FIRST, plan=2) for _ in range(4)] == [True, True, False, False]
    assert calls.used(MONTH, [FIRST])[FIRST].used == 2


def test_what_the_source_allows_is_a_bound_as_well_as_the_plan(calls: KeyCalls) -> None:
    calls.count(MONTH, FIRST, plan=1000)
    calls.settle(MONTH, FIRST, failed=False, used=249, allowed=250)

    assert [calls.count(MONTH, FIRST, plan=1000) for _ in range(2)] == [True, False]
    assert not calls.count(MONTH, FIRST, plan=100)


def test_a_count_is_raised_to_what_the_source_knows_and_never_lowered(calls: KeyCalls) -> None:
    for _ in range(5):
        calls.count(MONTH, FIRST, plan=100)
    calls.settle(MONTH, FIRST, failed=False, used=77, allowed=250)
    assert calls.used(MONTH, [FIRST])[FIRST].used == 77
    calls.settle(MONTH, FIRST, failed=False, used=3)

    assert (calls.used(MONTH, [FIRST])[FIRST].used, calls.used(MONTH, [FIRST])[FIRST].allowed) == (77, 250)


def test_failures_in_a_row_are_kept_until_a_call_goes_well(calls: KeyCalls) -> None:
    calls.count(MONTH, FIRST, plan=100)
    rows = []
    for failed in (True, True, False, True):
        calls.settle(MONTH, FIRST, failed=failed)
        rows.append(calls.used(MONTH, [FIRST])[FIRST].failed_in_a_row)

    assert rows == [1, 2, 0, 1]


def test_the_owner_is_told_once_a_month(calls: KeyCalls) -> None:
    assert [calls.tell_once(month) for month in (MONTH, MONTH, NEXT_MONTH, MONTH)] == [True, False, True, False]


def test_threads_that_count_at_once_lose_no_call_and_never_exceed_the_plan(calls: KeyCalls) -> None:
    with ThreadPoolExecutor(2) as threads:
        given = list(threads.map(lambda _: calls.count(MONTH, FIRST, plan=150), range(200)))

    assert given.count(True) == 150
    assert calls.used(MONTH, [FIRST])[FIRST].used == 150


def test_counts_and_warnings_survive_a_restart(url: str) -> None:
    for is_first in (True, False):
        database = open_database(url)
        calls = KeyCalls(database)
        assert calls.count(MONTH, FIRST, plan=2)
        assert calls.tell_once(MONTH) is is_first
        database.close()

    database = open_database(url)
    assert not KeyCalls(database).count(MONTH, FIRST, plan=2)
    database.close()
