from chat.delivery.forgetful import REMEMBERED, ForgetfulInbox


def test_an_update_is_new_once_and_nothing_of_it_is_kept() -> None:
    inbox = ForgetfulInbox()

    assert inbox.add([(7, "a"), (8, "b")]) == [7, 8]
    inbox.done(7)
    inbox.count([8])
    assert inbox.add([(8, "b"), (9, "c")]) == [9]
    assert inbox.unfinished(1000) == []
    assert inbox.park(9, "its handler hung")
    inbox.mark_done(None, 9, press="q9")
    assert inbox.spinning() == []


def test_only_so_many_numbers_are_remembered() -> None:
    inbox = ForgetfulInbox()

    inbox.add([(number, "") for number in range(REMEMBERED + 1)])

    assert inbox.add([(0, ""), (REMEMBERED, "")]) == [0]
