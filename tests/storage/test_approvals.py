"""Requests for approval as they are kept: each asked once, decided once by another, used once, and never deleted."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.approvals import Approval, Asked, Card, Exact, State, name_of
from calc.deeds import Deed
from calc.team import Person
from storage.approvals import Approvals
from storage.audit import Audit
from storage.database import Database, open_database
from tests.storage.conftest import Clock

BORIS, ANYA, VERA = Person(1002, "Boris"), Person(1001, "Аня"), Person(1003, "Вера")
ABOUT = "RUB-USDT pays 1000000 at 2%"
QUARTER = timedelta(minutes=15)


@pytest.fixture
def approvals(database: Database) -> Approvals:
    return Approvals(database)


def asked(dialogue: str = "d1", about: str = ABOUT, thread_id: int | None = None) -> Asked:
    exact = Exact(about, (Decimal("81.660"), Decimal("81.7")))
    kept = {"step": "x", "data": {"amount": Decimal("1000000.00")}}
    return Asked(BORIS, -500 if thread_id else 1002, thread_id, dialogue, exact, kept=kept)


def ask(approvals: Approvals, clock: Clock, key: str = "d1:3", what: Asked | None = None) -> Approval:
    until = clock() + QUARTER
    return approvals.ask(key, what or asked(), at=clock(), until=until, deed=lambda each: deed(clock, "asked", each.id))


def deed(clock: Clock, what: str, subject: str = "A-0001") -> Deed:
    return Deed(clock(), 1001, "Аня", f"approval.{what}", subject, {})


def approve(approvals: Approvals, clock: Clock, by: Person = ANYA, number: int = 1) -> bool:
    return approvals.decide(number, State.APPROVED, by=by, until=clock() + QUARTER, deed=deed(clock, "approved"))


def kinds(database: Database) -> list[str]:
    return [each.kind for _, each in Audit(database).latest(100)]


def test_a_request_comes_back_as_it_was_asked(approvals: Approvals, clock: Clock) -> None:
    for key, what in (("d1:3", asked()), ("d2:1", asked("d2", thread_id=7))):
        approval = ask(approvals, clock, key, what)
        assert approval == approvals.find(approval.number)
        assert approval.asked == what
        assert (approval.asked_at, approval.until, approval.state) == (clock(), clock() + QUARTER, State.WAITING)
        assert (approval.decided, approval.used_in) == (None, None)
    assert approvals.find(3) is None
    assert str(approvals.find(1).asked.exact.bases[0]) == "81.660"  # type: ignore[union-attr]  # it is there


def test_the_same_screen_asks_once(approvals: Approvals, clock: Clock, database: Database) -> None:
    assert ask(approvals, clock) == ask(approvals, clock)
    assert ask(approvals, clock, "d1:4").number > 1
    assert kinds(database) == ["approval.asked", "approval.asked"]


def test_the_last_request_for_a_quote_is_the_one_that_counts(approvals: Approvals, clock: Clock) -> None:
    assert approvals.latest(BORIS.id, ABOUT) is None
    ask(approvals, clock)
    last = ask(approvals, clock, "d1:4")
    ask(approvals, clock, "d1:5", asked(about="another"))
    assert approvals.latest(BORIS.id, ABOUT) == last
    assert approvals.latest(ANYA.id, ABOUT) is None


def test_it_is_decided_once_in_time_and_never_by_the_one_who_asked(
    approvals: Approvals, clock: Clock, database: Database
) -> None:
    ask(approvals, clock)
    clock.forward(minutes=5)
    assert not approve(approvals, clock, BORIS)
    assert approve(approvals, clock)
    assert not approve(approvals, clock, VERA)
    found = approvals.find(1)
    assert found is not None
    assert (found.state, found.decided, found.until) == (State.APPROVED, ANYA, clock() + QUARTER)
    assert found.state_at(clock() + QUARTER) is State.EXPIRED
    ask(approvals, clock, "d2:1")
    clock.forward(minutes=15)
    assert not approve(approvals, clock, number=2)
    assert kinds(database) == ["approval.asked", "approval.approved", "approval.asked"]


def test_of_many_who_decide_at_once_one_has_decided(approvals: Approvals, clock: Clock, database: Database) -> None:
    ask(approvals, clock)
    gate, won = threading.Barrier(8), list[int]()

    def decide(user_id: int) -> None:
        gate.wait()
        if approve(approvals, clock, Person(user_id, "")):
            won.append(user_id)

    threads = [threading.Thread(target=decide, args=(user_id,)) for user_id in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert approvals.find(1).decided == Person(won[0], "")  # type: ignore[union-attr]  # it is there
    assert kinds(database).count("approval.approved") == 1


def test_an_approval_is_used_once(approvals: Approvals, clock: Clock, database: Database) -> None:
    ask(approvals, clock)
    assert not approvals.use(1, "d1:4", deed(clock, "used"))
    approve(approvals, clock)
    assert approvals.use(1, "d1:4", deed(clock, "used"))
    assert not approvals.use(1, "d1:9", deed(clock, "used"))
    assert approvals.find(1).used_in == "d1:4"  # type: ignore[union-attr]  # it is there
    assert kinds(database) == ["approval.used", "approval.approved", "approval.asked"]


def test_an_approval_that_is_over_is_not_used(approvals: Approvals, clock: Clock) -> None:
    ask(approvals, clock)
    approve(approvals, clock)
    clock.forward(minutes=15)
    assert not approvals.use(1, "d1:4", deed(clock, "used"))


def test_it_is_withdrawn_while_it_waits_or_stands(approvals: Approvals, clock: Clock) -> None:
    for key in ("a", "b", "c"):
        ask(approvals, clock, key)
    approve(approvals, clock, number=2)
    assert {each.number for each in approvals.open_of(BORIS.id, clock())} == {1, 2, 3}
    assert approvals.withdraw(1, deed(clock, "withdrawn"))
    assert approvals.withdraw(2, deed(clock, "withdrawn"))
    assert not approvals.withdraw(2, deed(clock, "withdrawn"))
    assert [each.number for each in approvals.open_of(BORIS.id, clock())] == [3]
    clock.forward(minutes=15)
    assert not approvals.withdraw(3, deed(clock, "withdrawn"))
    assert approvals.open_of(BORIS.id, clock()) == []


def test_what_nobody_decided_expires_at_its_end(approvals: Approvals, clock: Clock) -> None:
    ask(approvals, clock)
    assert not approvals.expire(1, deed(clock, "expired"))
    clock.forward(minutes=15)
    assert [each.number for each in approvals.waiting()] == [1]
    assert approvals.expire(1, deed(clock, "expired"))
    assert not approvals.expire(1, deed(clock, "expired"))
    assert approvals.waiting() == []


def test_where_people_were_asked_is_remembered_over_a_restart(url: str, clock: Clock) -> None:
    before = open_database(url)
    ask(Approvals(before), clock)
    for card in (Card(1001, 7), Card(1003, 8), Card(1001, 9)):
        Approvals(before).add_card(1, card)
    before.close()
    after = open_database(url)
    assert Approvals(after).cards(1) == [Card(1001, 9), Card(1003, 8)]
    assert Approvals(after).cards(2) == []
    assert [each.id for each in Approvals(after).waiting()] == ["A-0001"]
    after.close()


def test_an_approval_is_named_by_four_digits_or_more() -> None:
    assert (name_of(7), name_of(12_345)) == ("A-0007", "A-12345")
