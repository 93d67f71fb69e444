"""How often the bot may speak; Telegram's bounds are counted over every window of their length."""

from collections.abc import Callable

import pytest

from chat.delivery.limits import Limits
from tests.clocks import Clock

ANNA, BORIS, GROUP = 42, 43, -500


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> Limits:
    return Limits(clock=clock)


def taken(limits: Limits, clock: Clock, place: Callable[[int], int], *, count: int, edit: bool = False) -> list[float]:
    """When so many calls went out, one after the other, each as early as it might."""
    moments = []
    for number in range(count):
        while wait_s := limits.take(place(number), edit=edit):
            clock.now += wait_s
        moments.append(clock.now)
    return moments


def most_within(moments: list[float], seconds: float) -> int:
    return max(sum(begin <= each < begin + seconds for each in moments) for begin in moments)


def test_in_all_there_are_never_more_than_thirty_a_second(limits: Limits, clock: Clock) -> None:
    moments = taken(limits, clock, lambda number: number + 1, count=200)

    assert most_within(moments, 1.0) <= 30
    assert moments[-1] - moments[0] < 200 / 25


def test_in_one_chat_a_few_at_once_and_then_one_a_second(limits: Limits, clock: Clock) -> None:
    moments = taken(limits, clock, lambda _: ANNA, count=10)

    assert most_within(moments, 0.5) == 3
    assert moments[-1] - moments[0] == pytest.approx(7.0)


@pytest.mark.parametrize(
    "is_edit", [lambda _: False, lambda _: True, lambda number: number % 5], ids=["sent", "edited", "both"]
)
def test_in_a_group_there_are_never_more_than_twenty_a_minute(
    is_edit: Callable[[int], bool], limits: Limits, clock: Clock
) -> None:
    moments = []
    for number in range(60):
        while wait_s := limits.take(GROUP, edit=bool(is_edit(number))):
            clock.now += wait_s
        moments.append(clock.now)

    assert most_within(moments, 60.0) <= 20


def test_two_quotes_with_their_screens_are_not_delayed(limits: Limits) -> None:
    assert [limits.take(ANNA, edit=bool(number % 5)) for number in range(10)] == [0.0] * 10
    assert limits.take(ANNA, edit=True) > 0.0


def test_edits_that_people_ask_for_are_bounded_in_their_chats_alone(limits: Limits, clock: Clock) -> None:
    """Fifty operators who never think, each with a burst."""
    assert [limits.take(number, edit=True) for number in range(1, 51) for _ in range(10)] == [0.0] * 500
    assert len(set(taken(limits, clock, lambda number: number + 100, count=5))) == 1


def test_edits_that_nobody_asked_for_count_among_the_messages(limits: Limits) -> None:
    for place in range(1, 6):
        assert limits.take(place, edit=False) == 0.0

    assert limits.take(6, edit=True, urgent=False) > 0.0
    assert limits.take(6, edit=True) == 0.0


def test_more_edits_than_anybody_reads_come_one_a_second(limits: Limits, clock: Clock) -> None:
    moments = taken(limits, clock, lambda _: ANNA, count=30, edit=True)

    assert moments[-1] - moments[0] == pytest.approx(20.0)


def test_one_chat_that_is_full_delays_no_other(limits: Limits, clock: Clock) -> None:
    taken(limits, clock, lambda _: ANNA, count=3)

    assert limits.take(ANNA, edit=False) > 0.5
    assert limits.take(BORIS, edit=False) == 0.0


def test_a_refused_place_is_not_taken(limits: Limits, clock: Clock) -> None:
    taken(limits, clock, lambda _: ANNA, count=3)
    waits_s = {limits.take(ANNA, edit=False) for _ in range(50)}

    assert len(waits_s) == 1
    assert limits.take(BORIS, edit=False) == 0.0


def test_silence_that_telegram_asks_for_is_kept_in_that_chat_alone(limits: Limits, clock: Clock) -> None:
    limits.block(ANNA, 3600)
    limits.block(ANNA, 5)
    clock.now += 600

    assert limits.take(ANNA, edit=True) == pytest.approx(3000)
    assert limits.take(BORIS, edit=True) == 0.0
    clock.now += 3000
    assert limits.take(ANNA, edit=True) == 0.0


def test_people_go_before_notices(limits: Limits, clock: Clock) -> None:
    assert limits.take(1, edit=False, urgent=False) == 0.0

    assert limits.take(2, edit=False, urgent=False) > 0.0
    assert [limits.take(place, edit=False) for place in (3, 4, 5, 6)] == [0.0] * 4
    assert limits.take(7, edit=False) > 0.0
    clock.now += 0.04
    assert limits.take(8, edit=False, urgent=False) > 0.0
    assert limits.take(9, edit=False) == 0.0


@pytest.mark.parametrize("place", [ANNA, GROUP])
def test_countdowns_leave_people_half_of_what_a_chat_bears_at_once(limits: Limits, clock: Clock, place: int) -> None:
    taken = 0
    while not limits.take(place, edit=True, urgent=False):
        taken += 1
        clock.now += 0.04

    assert taken == 5
    assert [limits.take(place, edit=True) for _ in range(5)] == [0.0] * 5


def test_memory_is_bounded_however_many_chats_there_are(clock: Clock) -> None:
    limits = Limits(clock=clock, places=100)
    for place in range(1, 1000):
        clock.now += 1
        assert limits.take(place, edit=False) == 0.0
        limits.block(place, 60)

    assert limits.take(1, edit=False) == 0.0
    assert limits.take(999, edit=False) == 60


def test_switched_off_they_hold_up_nobody() -> None:
    limits = Limits(is_on=False)
    limits.block(42, 60)

    assert {limits.take(42, edit=False) for _ in range(100)} == {0.0}


@pytest.mark.parametrize("workers", [16, 64])
def test_what_was_held_up_after_it_had_its_place_counts_in_the_second_in_which_it_goes(
    limits: Limits, clock: Clock, workers: int
) -> None:
    """As by a disk that stands still: what was admitted before is about to go out all at once then."""
    taken(limits, clock, lambda number: number + 1, count=workers)
    clock.now += 5.0
    waits_s = [limits.held_up(number) for number in range(workers)]
    at_once = waits_s.count(0.0)

    moments = [clock.now] * at_once
    for number, wait_s in enumerate(waits_s[at_once:], at_once):  # each comes by its name at its moment
        clock.now += max(0.0, moments[0] + wait_s - clock.now)
        assert limits.take(number + 1, edit=False, by=number) == 0.0
        moments.append(clock.now)
    moments += taken(limits, clock, lambda number: number + 100, count=100)

    assert at_once == min(workers, 30)
    assert most_within(moments, 1.0) <= 30


def test_switched_off_what_was_held_up_goes_at_once() -> None:
    limits = Limits(is_on=False)

    assert {limits.held_up(number) for number in range(100)} == {0.0}
