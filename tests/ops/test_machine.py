from pathlib import Path

import pytest

from ops.machine import MB, WINDOW, Disk, Trend, Uptime, disk_of

GB = 1000 * MB


def test_the_disk_is_that_of_the_folder_that_is_or_will_be(tmp_path: Path) -> None:
    disk = disk_of(tmp_path / "not" / "there" / "yet.db")
    assert 0 < disk.free <= disk.total


@pytest.mark.parametrize(
    ("free", "total", "is_nearly_full"),
    [(50 * MB, 10 * GB, True), (50 * MB, 500 * MB, False), (9 * MB, 50 * MB, True), (2 * GB, 1000 * GB, False)],
)
def test_a_disk_is_nearly_full_by_what_is_left_and_not_by_its_share_alone(
    free: int, total: int, is_nearly_full: bool
) -> None:
    assert Disk(free, total).is_nearly_full is is_nearly_full


def test_the_time_up_is_that_of_the_clock() -> None:
    now = [10.0]
    uptime = Uptime(clock=lambda: now[0])
    now[0] = 75.0

    assert uptime.seconds == 65.0


def looks(*megabytes: int) -> tuple[int, int] | None:
    trend = Trend()
    return [trend.look(each * MB) for each in megabytes][-1]


def test_memory_that_grows_and_grows_is_noticed() -> None:
    assert looks(*range(100, 100 + 10 * WINDOW, 10)) == (100 * MB, (90 + 10 * WINDOW) * MB)


@pytest.mark.parametrize(
    "seen",
    [
        range(100, 100 + 10 * (WINDOW - 1), 10),
        [100] * WINDOW,
        [100, *[400, 100] * (WINDOW // 2 - 1), 400],
        [1000 + 10 * number for number in range(WINDOW)],
        [10 + number for number in range(WINDOW)],
    ],
    ids=["too soon", "flat", "up and down", "little of much", "much of little"],
)
def test_memory_that_comes_back_or_hardly_grows_is_not(seen: range | list[int]) -> None:
    assert looks(*seen) is None
