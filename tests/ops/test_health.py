"""Whether the bot is well, and what is told when it is not."""

from collections.abc import Callable

import pytest

from ops.health import LOOKED_S, SILENT_S, Health, has_rate
from tests.clocks import Clock
from tests.ops.bots import Polling


@pytest.fixture
def clock() -> Clock:
    return Clock(100.0)


@pytest.fixture
def polling() -> Polling:
    return Polling(heard_at=100.0)


Make = Callable[..., Health]


@pytest.fixture
def make(clock: Clock, polling: Polling) -> Make:
    def health(**checks: Callable[[], str | None]) -> Health:
        return Health(lambda: polling, checks, clock=clock)

    return health


def test_all_is_well_when_nothing_is_wrong(make: Make) -> None:
    health = make(database=lambda: None, rates=has_rate(lambda: (1, 14)))
    health.look()

    assert health.verdict().is_well
    assert health.has_begun()


def test_before_the_first_look_and_the_first_poll_nobody_is_well(make: Make, polling: Polling) -> None:
    polling.heard_at = None
    health = make()

    assert health.verdict().reasons == {"polling": "no answer from Telegram yet", "checks": "not made yet"}
    assert not health.has_begun()


def test_a_silent_telegram_is_told_with_its_time(make: Make, clock: Clock) -> None:
    health = make()
    clock.now += SILENT_S + 1
    health.look()

    assert health.verdict().reasons == {"polling": "no answer from Telegram for 61 s"}


def test_a_rival_is_told_at_once_and_does_not_keep_a_new_process_from_being_begun(make: Make, polling: Polling) -> None:
    """A platform ends the old process when the new one is ready; until then they are rivals."""
    polling.has_rival, polling.heard_at = True, None
    health = make()
    health.look()

    assert health.verdict().reasons == {"polling": "another program polls with this token (409)"}
    assert health.has_begun()


def test_a_database_that_cannot_be_written_is_told_by_its_kind_alone(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own words may name a path."""
    works = [OSError("disk full at /data/secret"), OSError("disk full"), None]

    def write() -> None:
        if (error := works.pop(0)) is not None:
            raise error

    health = make(database=write)
    health.look()
    assert health.verdict().reasons == {"database": "OSError"}
    assert not health.has_begun()
    health.look()
    health.look()
    assert health.verdict().is_well
    assert [record.getMessage() for record in caplog.records] == [
        "health has changed check=database: OSError",
        "health has changed check=database: well again",
    ]


def test_without_any_rate_to_quote_it_is_not_well(make: Make) -> None:
    health = make(rates=has_rate(lambda: (0, 14)))
    health.look()

    assert health.verdict().reasons == {"rates": "none of 14 directions can be quoted"}
    assert health.has_begun()


def test_a_look_that_never_ends_is_told(make: Make, clock: Clock, polling: Polling) -> None:
    health = make()
    clock.now += LOOKED_S + 1
    polling.heard_at = clock.now
    assert health.verdict().reasons == {"checks": "hang for 46 s"}

    health.look()
    assert health.verdict().is_well
