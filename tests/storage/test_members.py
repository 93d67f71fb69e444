"""The team as it is kept: decided and written in one, links for one person, and names."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.deeds import Deed
from calc.team import Change, Invite, Limits, Member, Person, Role
from storage.audit import Audit
from storage.database import Database, open_database
from storage.members import Members
from tests.storage.conftest import Clock

ANYA, BORIS, VERA = Person(1001, "Аня"), Person(1002, "Boris"), Person(1003, "Вера")


@pytest.fixture
def members(database: Database, clock: Clock) -> Members:
    return Members(database, now=clock)


def deed(clock: Clock, kind: str = "team.joined", by: Person = ANYA) -> Deed:
    return Deed(clock(), by.id, by.name, kind, "1002", {})


def put(*members: Member) -> Change:
    return Change(put=members)


def kinds(database: Database) -> list[str]:
    return [each.kind for _, each in Audit(database).latest(100)]


def joins(_: Invite, __: Sequence[Member]) -> Change:
    return put(Member(BORIS.id, Role.OPERATOR))


def test_members_come_back_as_they_were_put_digit_for_digit(members: Members) -> None:
    boris = Member(1002, Role.OPERATOR, Limits(Decimal("500000.50"), Decimal("1.250")))
    anya = Member(1001, Role.OWNER, paired=True)
    members.change(lambda _: put(boris, anya))
    assert members.all() == [anya, boris]
    assert str(members.all()[1].limits.margin) == "1.250"
    members.change(lambda _: put(Member(1002, Role.VIEWER)))
    assert members.all() == [anya, Member(1002, Role.VIEWER)]
    members.change(lambda _: Change(out=(1002,)))
    assert members.all() == [anya]


def test_a_change_is_decided_from_what_is_so_and_written_with_its_deeds_or_not_at_all(
    members: Members, database: Database, clock: Clock
) -> None:
    members.change(lambda _: put(Member(1001, Role.OWNER)))
    seen = list[Sequence[Member]]()

    def decide(now: Sequence[Member]) -> Change:
        seen.append(now)
        return Change(put=(Member(1002, Role.VIEWER),), deeds=(deed(clock),))

    members.change(decide)
    assert seen == [[Member(1001, Role.OWNER)]]
    assert kinds(database) == ["team.joined"]

    def refuse(_: Sequence[Member]) -> Change:
        raise LookupError

    with pytest.raises(LookupError):
        members.change(refuse)
    assert len(members.all()) == 2


def test_a_link_is_used_by_one_person_once_and_no_longer_than_it_holds(
    members: Members, database: Database, clock: Clock
) -> None:
    until = clock() + timedelta(hours=24)
    for _ in range(2):  # a press can be handled a second time
        members.invite("h1", Role.OPERATOR, by=ANYA, until=until, deed=lambda _: deed(clock, "team.invited"))
        members.invite("h2", Role.VIEWER, by=ANYA, until=until, deed=lambda _: deed(clock, "team.invited"))
    made, late = members.held("h1"), members.held("h2")
    assert made is not None
    assert late is not None
    assert (made.role, made.by, made.until) == (Role.OPERATOR, ANYA, until)
    assert members.invites() == [made, late]
    assert members.join("wrong", BORIS.id, joins) is None
    assert members.join("h1", BORIS.id, joins) == made
    assert members.join("h1", VERA.id, joins) is None
    assert members.held("h1") is None
    assert members.invites() == [late]
    clock.forward(hours=24)
    assert members.join("h2", VERA.id, joins) is None
    assert members.invites() == []
    assert kinds(database) == ["team.invited", "team.invited"]


def test_a_link_that_is_refused_stays_unused(members: Members, clock: Clock) -> None:
    members.invite("h1", Role.OPERATOR, by=ANYA, until=clock() + timedelta(1), deed=lambda _: deed(clock))

    def refuse(_: Invite, __: Sequence[Member]) -> Change:
        raise LookupError

    with pytest.raises(LookupError):
        members.join("h1", BORIS.id, refuse)
    assert members.join("h1", BORIS.id, joins) is not None


def test_of_many_who_open_a_link_at_once_one_gets_in(members: Members, clock: Clock) -> None:
    members.invite("h1", Role.VIEWER, by=ANYA, until=clock() + timedelta(1), deed=lambda _: deed(clock))
    gate, won = threading.Barrier(8), list[int]()

    def come(user_id: int) -> None:
        gate.wait()
        if members.join("h1", user_id, lambda *_: put(Member(user_id, Role.VIEWER))):
            won.append(user_id)

    threads = [threading.Thread(target=come, args=(user_id,)) for user_id in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.id for each in members.all()] == won
    assert len(won) == 1


def test_a_link_is_taken_back_once(members: Members, database: Database, clock: Clock) -> None:
    members.invite("h1", Role.VIEWER, by=ANYA, until=clock() + timedelta(1), deed=lambda _: deed(clock))
    (made,) = members.invites()
    assert members.revoke(made.number, deed(clock, "team.revoked"))
    assert not members.revoke(made.number, deed(clock, "team.revoked"))
    assert members.join("h1", BORIS.id, joins) is None
    assert kinds(database) == ["team.revoked", "team.joined"]


@pytest.mark.parametrize("change", [Change(out=(1001,)), put(Member(1001, Role.OPERATOR))])
def test_the_links_of_somebody_end_with_the_right_to_make_them(members: Members, clock: Clock, change: Change) -> None:
    until = clock() + timedelta(1)
    members.invite("h1", Role.VIEWER, by=ANYA, until=until, deed=lambda _: deed(clock))
    members.invite("h2", Role.VIEWER, by=BORIS, until=until, deed=lambda _: deed(clock))
    other = members.held("h2")
    members.change(lambda _: put(Member(1001, Role.OWNER)))
    assert len(members.invites()) == 2
    members.change(lambda _: change)
    assert members.invites() == [other]


def test_everybody_is_called_as_they_were_last(members: Members) -> None:
    members.keep_person(ANYA, "en")
    members.keep_person(Person(1001, "Анна"), "ru")
    assert members.people() == {1001: ("Анна", "ru")}


def test_the_team_is_there_after_a_restart(url: str, clock: Clock) -> None:
    before = open_database(url)
    Members(before, now=clock).change(lambda _: put(Member(1001, Role.OWNER)))
    Members(before, now=clock).invite(
        "h1", Role.VIEWER, by=ANYA, until=clock() + timedelta(1), deed=lambda _: deed(clock)
    )
    before.close()
    after = open_database(url)
    assert Members(after, now=clock).all() == [Member(1001, Role.OWNER)]
    assert Members(after, now=clock).join("h1", BORIS.id, joins) is not None
    after.close()
