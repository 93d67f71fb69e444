"""What Telegram may forget, and when."""

import threading

from chat.delivery.confirming import WhenDone, WhenKept, WhenSafe

PATIENCE_S = 60.0


def test_what_is_kept_may_be_forgotten_at_once() -> None:
    confirming = WhenKept()

    confirming.taken([7, 8])
    confirming.wait(PATIENCE_S)

    assert confirming.offset(9) == 9
    assert not confirming.is_known(7)
    confirming.done(7)
    assert not confirming.is_known(7)


def test_the_offset_stays_at_the_lowest_that_is_not_done() -> None:
    confirming = WhenDone()
    confirming.taken([7, 8, 9])
    offsets = [confirming.offset(10)]

    for number in (9, 8, 7):
        confirming.done(number)
        offsets.append(confirming.offset(10))

    assert offsets == [7, 7, 7, 10]


def test_one_that_is_done_above_the_offset_is_known_and_below_it_forgotten() -> None:
    confirming = WhenDone()
    confirming.taken([7, 8, 9])
    confirming.done(8)
    assert [confirming.is_known(number) for number in (7, 8, 9, 10)] == [True, True, True, False]

    confirming.done(7)
    assert confirming.offset(10) == 9

    assert [confirming.is_known(number) for number in (7, 8, 9)] == [False, False, True]
    assert confirming._finished == set()


def test_a_number_of_an_earlier_process_that_telegram_has_forgotten_holds_nothing_but_itself() -> None:
    confirming = WhenDone()
    confirming.taken([3])

    assert confirming.offset(100) == 3
    confirming.done(3)
    assert confirming.offset(100) == 100


def test_one_whose_edit_is_not_out_is_known_and_not_forgotten() -> None:
    late: set[int] = set()
    confirming = WhenDone(lambda: late)
    confirming.taken([7, 8])
    late.add(7)
    confirming.done(7)
    confirming.done(8)
    assert (confirming.offset(9), confirming.is_known(7), confirming.is_known(8)) == (7, True, True)
    confirming.wait(0.0)

    late.clear()

    assert (confirming.offset(9), confirming.is_known(7)) == (9, False)
    confirming.wait(PATIENCE_S)


def test_a_wait_ends_with_the_last_that_is_done() -> None:
    confirming, ended = WhenDone(), threading.Event()
    confirming.taken([7, 8])

    def wait() -> None:
        confirming.wait(PATIENCE_S)
        ended.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    confirming.done(7)
    assert not ended.is_set()
    confirming.done(8)

    assert ended.wait(PATIENCE_S)
    waiter.join(PATIENCE_S)


def test_a_wait_is_no_longer_than_it_may_be() -> None:
    confirming = WhenDone()
    confirming.taken([7])

    confirming.wait(0.0)

    assert confirming.offset(8) == 7


def test_while_the_disk_does_not_last_telegram_keeps_what_is_not_done() -> None:
    lasts = True
    confirming = WhenSafe(lambda: lasts)
    confirming.taken([7, 8])
    assert (confirming.offset(9), confirming.is_known(7)) == (9, False)
    confirming.wait(30)

    lasts = False
    confirming.done(8)
    assert (confirming.offset(9), confirming.is_known(8)) == (7, True)
    confirming.done(7)
    confirming.wait(30)
    assert confirming.offset(9) == 9
