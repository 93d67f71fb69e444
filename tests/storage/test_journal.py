import threading
from datetime import timedelta

import pytest

from storage.database import Database
from storage.journal import Journal, Sent
from tests.storage.conftest import Clock


@pytest.fixture
def journal(database: Database, clock: Clock) -> Journal:
    return Journal(database, now=clock)


def begin(
    journal: Journal, origin: str = "update 7", number: int = 0, *, place: int = 42, content: str = "card"
) -> None:
    journal.begin(origin, number, place=place, content=content, before=lambda: (5, 9))


def test_what_was_not_begun_is_not_known(journal: Journal) -> None:
    assert journal.find("update 7", 0) is None


def test_what_was_begun_is_known_with_what_it_got(journal: Journal) -> None:
    begin(journal)
    journal.settle("update 7", 0, content="another card", result=6)

    assert journal.find("update 7", 0) == Sent("another card", result=6, here_before=5, anywhere_before=9)


def test_without_an_answer_it_is_in_doubt(journal: Journal) -> None:
    begin(journal)

    assert journal.find("update 7", 0) == Sent("card", result=None, here_before=5, anywhere_before=9)


def test_begun_again_it_stays_as_it_is(journal: Journal) -> None:
    begin(journal)
    journal.settle("update 7", 0, content="card", result=6)
    begin(journal, content="another card")

    assert journal.find("update 7", 0) == Sent("card", result=6, here_before=5, anywhere_before=9)


def test_the_numbers_known_before_are_those_of_its_turn_to_write(journal: Journal, database: Database) -> None:
    known, lined_up = [5], threading.Event()

    def work() -> None:
        lined_up.set()
        journal.begin("update 7", 0, place=42, content="card", before=lambda: (known[0], known[0]))

    with database.write():
        thread = threading.Thread(target=work)
        thread.start()
        assert lined_up.wait(30)
        known[0] = 9
    thread.join(30)

    assert journal.find("update 7", 0) == Sent("card", result=None, here_before=9, anywhere_before=9)


def test_each_origin_and_number_stands_for_itself(journal: Journal) -> None:
    begin(journal)

    assert journal.find("update 7", 1) is None
    assert journal.find("update 8", 0) is None


def test_what_was_surely_not_sent_is_new_again(journal: Journal) -> None:
    begin(journal)
    journal.withdraw("update 7", 0)

    assert journal.find("update 7", 0) is None


def test_what_has_its_result_cannot_be_withdrawn(journal: Journal) -> None:
    begin(journal)
    journal.settle("update 7", 0, content="card", result=6)
    journal.withdraw("update 7", 0)

    assert journal.find("update 7", 0) is not None


def test_the_results_of_a_place_are_known(journal: Journal) -> None:
    for number, (place, result) in enumerate([(-42, 6), (-42, 8), (-42, 4), (-43, 90), (42, 7)]):
        begin(journal, number=number, place=place)
        journal.settle("update 7", number, content="card", result=result)
    begin(journal, number=9)

    assert journal.newest(-42) == 8
    assert journal.results(-42, after=4) == {6, 8}
    assert journal.newest(44) == 0
    assert journal.results(-44, after=0) == set()


def test_the_results_of_one_private_chat_are_those_of_all(journal: Journal) -> None:
    """A number that went to one person is no message of another: nothing has to be tried to know that."""
    for number, (place, result) in enumerate([(42, 6), (43, 8), (43, 4), (-43, 90)]):
        begin(journal, number=number, place=place)
        journal.settle("update 7", number, content="card", result=result)

    assert journal.newest(42) == 6
    assert journal.results(42, after=4) == {6, 8}
    assert journal.results(44, after=0) == {4, 6, 8}


def test_it_survives_a_restart_and_is_forgotten_with_age(journal: Journal, database: Database, clock: Clock) -> None:
    begin(journal)
    clock.forward(days=1)
    begin(journal, "update 8")

    assert journal.forget_older_than(clock() - timedelta(hours=1)) == 1
    assert Journal(database).find("update 8", 0) is not None
    assert Journal(database).find("update 7", 0) is None
