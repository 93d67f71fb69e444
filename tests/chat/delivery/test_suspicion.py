"""Who is handled alone, who is parked, and that the order of each chat stays."""

from chat.delivery.suspicion import Left, judge


def left(number: int, chat: str, attempts: int = 0) -> Left:
    return Left(number, "", chat, attempts)


def test_after_one_crash_the_first_of_each_chat_is_counted_and_all_go_on_as_before() -> None:
    rows = [left(1, "a"), left(2, "b"), left(3, "a"), left(4, "b")]

    verdict = judge(rows)

    assert verdict.others == rows
    assert verdict.heads == [1, 2]
    assert not verdict.alone
    assert not verdict.parked


def test_after_two_those_that_were_first_both_times_are_handled_alone() -> None:
    a, b, after_a, c = left(1, "a", 1), left(2, "b", 1), left(3, "a"), left(4, "c")

    verdict = judge([a, b, after_a, c])

    assert verdict.alone == [a, b]
    assert verdict.others == [after_a, c]
    assert verdict.heads == [4]


def test_one_that_a_process_ended_over_even_alone_is_parked_and_its_chat_goes_on() -> None:
    killer, innocent, after = left(1, "a", 2), left(2, "b", 1), left(3, "a")

    verdict = judge([killer, innocent, after])

    assert verdict.parked == [killer]
    assert verdict.alone == [innocent]
    assert verdict.others == [after]
    assert verdict.heads == [3]


def test_a_suspect_behind_another_of_its_chat_keeps_its_place() -> None:
    first, second = left(1, "a", 1), left(2, "a", 1)

    verdict = judge([first, second])

    assert verdict.alone == [first]
    assert verdict.others == [second]
    assert verdict.heads == []


def test_nothing_left_is_nothing_to_judge() -> None:
    verdict = judge([])

    assert (verdict.parked, verdict.alone, verdict.others, verdict.heads) == ([], [], [], [])
