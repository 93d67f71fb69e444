"""Who changes the team, and what nobody can do to it."""

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.deeds import Deed
from calc.team import Change, Invite, Limit, LimitKind, Limits, Member, Person, Role
from desk.access import Access
from desk.team import (
    INVITED_FOR,
    MOST_INVITES,
    MOST_MEMBERS,
    LastOwner,
    NamedInSettings,
    NoMember,
    NotAnOwner,
    Team,
    TeamError,
    TooMany,
    WornLink,
)  # fmt: skip
from tests.desk.test_access import Store as MemberStore

NOW = datetime(2026, 11, 21, 12, 4, tzinfo=UTC)
ANYA, BORIS, VERA, GLEB = (Person(*each) for each in ((1001, "Аня"), (1002, "Boris"), (1003, "Вера"), (1004, "Gleb")))


class Store(MemberStore):
    """As the database does it, in memory."""

    def __init__(self, clock: Callable[[], datetime], *members: Member) -> None:
        super().__init__(*members)
        self.open: dict[str, Invite] = {}
        self.known: set[str] = set()
        self.met: dict[int, tuple[str, str]] = {}
        self._clock = clock
        self._numbers = itertools.count(1)

    def join(self, code_hash: str, user_id: int, decide: Callable[[Invite, Sequence[Member]], Change]) -> Invite | None:
        invite = self.open.get(code_hash)
        if invite is None or invite.until <= self._clock():
            return None
        self.change(lambda members: decide(invite, members))
        del self.open[code_hash]
        return invite

    def invite(self, code_hash: str, role: Role, *, by: Person, until: datetime, deed: Callable[[int], Deed]) -> None:
        if code_hash not in self.known:
            self.known.add(code_hash)
            invite = self.open[code_hash] = Invite(next(self._numbers), role, by, until)
            self.deeds.append(deed(invite.number))

    def held(self, code_hash: str) -> Invite | None:
        invite = self.open.get(code_hash)
        return None if invite is None or invite.until <= self._clock() else invite

    def invites(self) -> list[Invite]:
        return [each for each in self.open.values() if each.until > self._clock()]

    def revoke(self, number: int, deed: Deed) -> bool:
        found = [key for key, each in self.open.items() if each.number == number]
        for key in found:
            del self.open[key]
            self.deeds.append(deed)
        return bool(found)

    def people(self) -> Mapping[int, tuple[str, str]]:
        return self.met

    def keep_person(self, person: Person, language: str) -> None:
        self.met[person.id] = person.name, language


@dataclass
class Desk:
    """A team whose first owner is Anya."""

    team: Team
    access: Access
    store: Store
    told: list[tuple[int, Role | None]]
    now: list[datetime] = field(default_factory=lambda: [NOW])

    def pass_time(self, **span: float) -> None:
        self.now[0] += timedelta(**span)

    @property
    def kinds(self) -> list[str]:
        return [each.kind for each in self.store.deeds]


def open_desk(*members: Member, named: Sequence[int] = ()) -> Desk:
    now = [NOW]
    store = Store(lambda: now[0], *(members or (Member(ANYA.id, Role.OWNER),)))
    access = Access(named, store)
    told = list[tuple[int, Role | None]]()
    codes = itertools.count(1)
    team = Team(
        access,
        store,
        utcnow=lambda: now[0],
        changed=lambda user_id, role: told.append((user_id, role)),
        new_code=lambda: f"c{next(codes)}",
    )
    return Desk(team, access, store, told, now)


@pytest.fixture
def desk() -> Desk:
    return open_desk()


def link(desk: Desk, role: Role, *, by: Person = ANYA) -> tuple[Invite, str]:
    code = desk.team.new_code()
    return desk.team.invite(role, by=by, code=code), code


def let_in(desk: Desk, person: Person, role: Role = Role.OPERATOR) -> None:
    _, code = link(desk, role)
    desk.team.join(code, person)


def test_a_link_lets_one_person_in_with_its_role(desk: Desk) -> None:
    invite, code = link(desk, Role.OPERATOR)
    assert code == "join_c1"
    assert invite.until == NOW + INVITED_FOR
    assert "c1" not in str(desk.store.open), "the code itself is kept nowhere"
    assert desk.team.join(code, BORIS) is Role.OPERATOR
    assert desk.access.role(BORIS.id) is Role.OPERATOR
    assert desk.told == [(BORIS.id, Role.OPERATOR)]
    with pytest.raises(WornLink):
        desk.team.join(code, VERA)
    assert desk.kinds == ["team.invited", "team.joined"]
    assert desk.store.deeds[1] == Deed(
        NOW, BORIS.id, "Boris", "team.joined", "1002", {"new": "operator", "invite": "#1", "by": "Аня"}
    )


def test_the_links_that_hold_are_listed(desk: Desk) -> None:
    invite, _ = link(desk, Role.VIEWER)
    assert list(desk.team.invites()) == [invite]


def test_a_press_that_is_handled_again_makes_no_second_link_and_a_worn_code_none_at_all(desk: Desk) -> None:
    invite, code = link(desk, Role.VIEWER)
    for _ in range(MOST_INVITES):
        assert desk.team.invite(Role.VIEWER, by=ANYA, code=code) == invite
    assert desk.kinds == ["team.invited"]
    desk.team.revoke(invite.number, by=ANYA)
    with pytest.raises(WornLink):
        desk.team.invite(Role.VIEWER, by=ANYA, code=code)
    with pytest.raises(ValueError, match="no code"):
        desk.team.invite(Role.VIEWER, by=ANYA, code="x")


def test_whoever_opens_their_used_link_again_is_in_and_that_is_no_second_deed(desk: Desk) -> None:
    _, code = link(desk, Role.VIEWER)
    desk.team.join(code, BORIS)
    assert desk.team.join(code, BORIS) is Role.VIEWER
    assert desk.kinds == ["team.invited", "team.joined"]


def test_a_link_is_not_used_up_by_one_who_has_the_role_and_raises_one_who_has_less(desk: Desk) -> None:
    _, code = link(desk, Role.OPERATOR)
    assert desk.team.join(code, ANYA) is Role.OWNER
    let_in(desk, VERA, Role.VIEWER)
    assert desk.team.join(code, VERA) is Role.OPERATOR
    assert desk.told == [(VERA.id, Role.VIEWER), (VERA.id, Role.OPERATOR)]


def test_a_link_that_is_over_revoked_or_made_up_lets_nobody_in(desk: Desk) -> None:
    _, over = link(desk, Role.OPERATOR)
    desk.pass_time(hours=24)
    invite, revoked = link(desk, Role.OPERATOR)
    assert desk.team.revoke(invite.number, by=ANYA)
    assert not desk.team.revoke(invite.number, by=ANYA)
    for code in (over, revoked, "join_x"):
        with pytest.raises(WornLink):
            desk.team.join(code, BORIS)
    assert not desk.access.allows(BORIS.id)


def test_a_link_of_one_who_owns_the_desk_no_more_lets_nobody_in() -> None:
    desk = open_desk(Member(GLEB.id, Role.OWNER), named=[ANYA.id])
    _, code = link(desk, Role.OPERATOR)
    elsewhere = Team(Access([GLEB.id], desk.store), desk.store, utcnow=lambda: NOW)
    with pytest.raises(WornLink):
        elsewhere.join(code, BORIS)


def test_a_stranger_is_expected_while_a_link_may_hold(desk: Desk) -> None:
    assert not desk.team.expects("join_c1")
    link(desk, Role.OPERATOR)
    assert desk.team.expects("join_c1")
    assert not desk.team.expects("hello")
    again = Team(desk.access, desk.store, utcnow=lambda: desk.now[0])
    assert again.expects("join_c1")
    desk.pass_time(hours=24)
    assert not again.expects("join_c1")


def test_links_are_for_operators_and_viewers_and_not_too_many(desk: Desk) -> None:
    with pytest.raises(ValueError, match="owner"):
        link(desk, Role.OWNER)
    for _ in range(MOST_INVITES):
        link(desk, Role.VIEWER)
    with pytest.raises(TooMany):
        link(desk, Role.VIEWER)


def test_a_team_that_is_full_takes_nobody_in() -> None:
    desk = open_desk(Member(ANYA.id, Role.OWNER), *(Member(each, Role.VIEWER) for each in range(1, MOST_MEMBERS)))
    _, code = link(desk, Role.OPERATOR)
    with pytest.raises(TooMany):
        desk.team.join(code, BORIS)
    assert desk.team.join(code, Person(7, "")) is Role.OPERATOR, "who is in already takes no more room"


def test_roles_change_at_once_and_are_noted_with_old_and_new(desk: Desk) -> None:
    let_in(desk, BORIS)
    desk.team.set_role(BORIS.id, Role.VIEWER, by=ANYA)
    desk.team.set_role(BORIS.id, Role.VIEWER, by=ANYA)
    assert desk.access.role(BORIS.id) is Role.VIEWER
    assert desk.told[1:] == [(BORIS.id, Role.VIEWER)]
    assert desk.store.deeds[2:] == [
        Deed(NOW, ANYA.id, "Аня", "team.role", "1002", {"old": "operator", "new": "viewer"})
    ]


def test_a_removed_one_is_out_at_once_and_their_used_link_does_not_bring_them_back(desk: Desk) -> None:
    _, code = link(desk, Role.OPERATOR)
    desk.team.join(code, BORIS)
    desk.team.remove(BORIS.id, by=ANYA)
    assert not desk.access.allows(BORIS.id)
    assert desk.told[-1] == (BORIS.id, None)
    with pytest.raises(WornLink):
        desk.team.join(code, BORIS)
    with pytest.raises(NoMember):
        desk.team.remove(BORIS.id, by=ANYA)


def test_the_desk_is_handed_over_in_one_step(desk: Desk) -> None:
    let_in(desk, BORIS)
    desk.team.hand_over(BORIS.id, by=ANYA)
    assert desk.access.owners == {BORIS.id}
    assert desk.access.role(ANYA.id) is Role.OPERATOR
    assert desk.told[1:] == [(BORIS.id, Role.OWNER), (ANYA.id, Role.OPERATOR)]
    assert [each.details for each in desk.store.deeds[2:]] == [
        {"old": "operator", "new": "owner"},
        {"old": "owner", "new": "operator"},
    ]
    with pytest.raises(NotAnOwner):
        desk.team.hand_over(ANYA.id, by=ANYA)


def test_handing_over_to_oneself_or_to_another_owner_changes_no_more_than_it_has_to(desk: Desk) -> None:
    desk.team.hand_over(ANYA.id, by=ANYA)
    assert desk.store.deeds == []
    let_in(desk, BORIS)
    desk.team.set_role(BORIS.id, Role.OWNER, by=ANYA)
    desk.team.hand_over(BORIS.id, by=ANYA)
    assert desk.access.owners == {BORIS.id}


def test_the_last_owner_can_neither_go_nor_step_down(desk: Desk) -> None:
    let_in(desk, BORIS)
    with pytest.raises(LastOwner):
        desk.team.remove(ANYA.id, by=ANYA)
    with pytest.raises(LastOwner):
        desk.team.set_role(ANYA.id, Role.OPERATOR, by=ANYA)
    assert desk.access.owners == {ANYA.id}


def test_owners_by_the_settings_stay_owners() -> None:
    desk = open_desk(Member(BORIS.id, Role.OWNER), named=[ANYA.id])
    changes: list[Callable[[], None]] = [
        lambda: desk.team.remove(ANYA.id, by=BORIS),
        lambda: desk.team.set_role(ANYA.id, Role.VIEWER, by=BORIS),
        lambda: desk.team.hand_over(BORIS.id, by=ANYA),
    ]
    for change in changes:
        with pytest.raises(NamedInSettings):
            change()
    desk.team.remove(BORIS.id, by=BORIS)
    assert desk.access.owners == {ANYA.id}


@pytest.mark.parametrize("by", [BORIS, VERA])
def test_only_owners_change_the_team(desk: Desk, by: Person) -> None:
    let_in(desk, BORIS)
    before = dict(desk.store.members)
    changes: list[Callable[[], object]] = [
        lambda: desk.team.remove(ANYA.id, by=by),
        lambda: desk.team.set_role(BORIS.id, Role.OWNER, by=by),
        lambda: desk.team.hand_over(BORIS.id, by=by),
        lambda: desk.team.set_limit(BORIS.id, Limit(LimitKind.AMOUNT, None), by=by),
        lambda: desk.team.invite(Role.OPERATOR, by=by, code="join_c9"),
        lambda: desk.team.revoke(1, by=by),
    ]
    for change in changes:
        with pytest.raises(NotAnOwner):
            change()
    assert desk.store.members == before


def test_limits_are_noted_with_old_and_new_and_only_when_they_change(desk: Desk) -> None:
    let_in(desk, BORIS)
    desk.team.set_limit(BORIS.id, Limit(LimitKind.AMOUNT, Decimal(500_000)), by=ANYA)
    desk.team.set_limit(BORIS.id, Limit(LimitKind.MARGIN, Decimal("1.25")), by=ANYA)
    desk.team.set_limit(BORIS.id, Limit(LimitKind.MARGIN, Decimal("1.25")), by=ANYA)
    assert desk.access.limits(BORIS.id) == Limits(Decimal(500_000), Decimal("1.25"))
    desk.team.set_limit(BORIS.id, Limit(LimitKind.AMOUNT, None), by=ANYA)
    assert desk.access.limits(BORIS.id) == Limits(None, Decimal("1.25"))
    assert [(each.kind, each.subject, dict(each.details)) for each in desk.store.deeds[2:]] == [
        ("team.amount", "1002", {"old": "", "new": "500000"}),
        ("team.margin", "1002", {"old": "", "new": "1.25"}),
        ("team.amount", "1002", {"old": "500000", "new": ""}),
    ]


def test_everybody_is_called_as_they_were_last(desk: Desk) -> None:
    desk.team.met(ANYA, "en")
    desk.team.met(Person(ANYA.id, "Анна"), "ru")
    again = Team(desk.access, desk.store, utcnow=lambda: NOW)
    assert (again.name_of(ANYA.id), again.language_of(ANYA.id)) == ("Анна", "ru")
    assert (again.name_of(BORIS.id), again.language_of(BORIS.id)) == ("1002", None)


def test_the_team_is_listed_with_owners_first_and_by_name() -> None:
    desk = open_desk(Member(BORIS.id, Role.OPERATOR), Member(VERA.id, Role.VIEWER), named=[ANYA.id])
    desk.team.met(BORIS, "en")
    desk.team.met(BORIS, "en")
    assert [(each.name, each.member.role, each.is_named) for each in desk.team.known()] == [
        ("1001", Role.OWNER, True), ("Boris", Role.OPERATOR, False), ("1003", Role.VIEWER, False),
    ]  # fmt: skip


def test_two_owners_who_remove_each_other_at_once_leave_one() -> None:
    for _ in range(20):
        desk = open_desk(Member(ANYA.id, Role.OWNER), Member(BORIS.id, Role.OWNER))
        gate = threading.Barrier(2)

        def remove(one: Person, other: Person, desk: Desk = desk, gate: threading.Barrier = gate) -> None:
            gate.wait()
            try:
                desk.team.remove(other.id, by=one)
            except TeamError:
                return

        threads = [threading.Thread(target=remove, args=each) for each in ((ANYA, BORIS), (BORIS, ANYA))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(desk.access.owners) == 1


PEOPLE = [ANYA, BORIS, VERA, GLEB]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["role", "give", "out", "amount", "join"]),
        st.sampled_from(PEOPLE),
        st.sampled_from(PEOPLE),
        st.sampled_from(list(Role)),
    ),
    max_size=25,
)


@given(steps=STEPS, named=st.sampled_from([(), (ANYA.id,), (GLEB.id,)]))
def test_whatever_people_do_the_desk_has_an_owner_and_none_but_owners_changed_it(
    steps: list[tuple[str, Person, Person, Role]], named: tuple[int, ...]
) -> None:
    desk = open_desk(Member(ANYA.id, Role.OWNER), Member(BORIS.id, Role.OPERATOR), named=named)
    for what, by, whom, role in steps:
        before, was_owner = dict(desk.store.members), desk.access.is_owner(by.id)
        deeds = len(desk.store.deeds)
        try:
            if what == "role":
                desk.team.set_role(whom.id, role, by=by)
            elif what == "give":
                desk.team.hand_over(whom.id, by=by)
            elif what == "out":
                desk.team.remove(whom.id, by=by)
            elif what == "amount":
                desk.team.set_limit(whom.id, Limit(LimitKind.AMOUNT, Decimal(1)), by=by)
            else:
                desk.team.join(link(desk, min(role, Role.OPERATOR), by=by)[1], whom)
        except TeamError:
            assert what == "join" or (desk.store.members, len(desk.store.deeds)) == (before, deeds)
        assert desk.access.owners >= set(named)
        assert desk.access.owners
        assert was_owner or desk.store.members == before
        assert (desk.store.members == before) == (len(desk.store.deeds) == deeds) or what == "join"
