"""Who changes the team, and how: links that let people in, roles, limits, and the ways out of it."""

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from calc.deeds import Deed
from calc.errors import DeskError
from calc.team import Change, Invite, Limit, Limits, Member, Person, Role
from desk.access import Access, counted

INVITED_FOR = timedelta(hours=24)
MOST_MEMBERS = 50
MOST_INVITES = 10
JOIN = "join_"
"""Begins what a link of an invitation hands over, as `pair_` begins that of the first start."""


class TeamError(DeskError):
    """A change of the team that is not made."""


class NotAnOwner(TeamError):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"{user_id} is no owner")


class NoMember(TeamError):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"{user_id} is not in the team")
        self.user_id = user_id


class NamedInSettings(TeamError):
    """The settings make this owner; only they can unmake one."""

    def __init__(self, user_id: int) -> None:
        super().__init__(f"{user_id} is an owner by the settings")


class LastOwner(TeamError):
    """Somebody has to own the desk."""


class TooMany(TeamError):
    """`allowed` is how many there may be of what there are too many."""

    def __init__(self, allowed: int) -> None:
        super().__init__(f"no more than {allowed}")
        self.allowed = allowed


class WornLink(TeamError):
    """A link that never was, was used, was taken back, is over, or whose maker owns the desk no more."""


class TeamStore(Protocol):
    """`decide` is called inside the transaction that writes what it says; when it raises nothing is written."""

    def change(self, decide: Callable[[Sequence[Member]], Change], /) -> None: ...
    def join(
        self, code_hash: str, user_id: int, decide: Callable[[Invite, Sequence[Member]], Change], /
    ) -> Invite | None: ...
    def invite(
        self, code_hash: str, role: Role, /, *, by: Person, until: datetime, deed: Callable[[int], Deed]
    ) -> None: ...
    def held(self, code_hash: str, /) -> Invite | None: ...
    def invites(self) -> Sequence[Invite]: ...
    def revoke(self, number: int, deed: Deed, /) -> bool: ...
    def people(self) -> Mapping[int, tuple[str, str]]: ...
    def keep_person(self, person: Person, language: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """A member by name; `is_named`: an owner by the settings."""

    member: Member
    name: str
    is_named: bool


class Team:
    """Any thread may call it. `changed` is told of everybody whose role is another now, None for no role at all."""

    def __init__(
        self,
        access: Access,
        store: TeamStore,
        *,
        utcnow: Callable[[], datetime],
        changed: Callable[[int, Role | None], None] = lambda _user_id, _role: None,
        new_code: Callable[[], str] = lambda: secrets.token_urlsafe(18),
    ) -> None:
        self._access = access
        self._store = store
        self._utcnow = utcnow
        self._changed = changed
        self._new_code = new_code
        self._met = dict(store.people())
        self._expecting_until = max((each.until for each in store.invites()), default=utcnow())

    def known(self) -> list[Known]:
        """Everybody in the team, the owners first."""
        named = self._access.named
        team = [Known(each, self.name_of(each.id), each.id in named) for each in self._access.team()]
        return sorted(team, key=lambda each: (-each.member.role, each.name, each.member.id))

    def name_of(self, user_id: int) -> str:
        """As Telegram told it last; the id of somebody who was never met."""
        return self._met.get(user_id, ("", ""))[0] or str(user_id)

    def people(self) -> dict[int, str]:
        """The names of all who were ever met, by id."""
        return {user_id: name for user_id, (name, _) in self._met.items()}

    def language_of(self, user_id: int) -> str | None:
        """The one somebody was answered in last; None for one who was never met."""
        return self._met.get(user_id, ("", ""))[1] or None

    def met(self, person: Person, language: str) -> None:
        """Somebody is called so now, and was answered in a language."""
        if self._met.get(person.id) != (person.name, language):
            self._store.keep_person(person, language)
            self._met[person.id] = person.name, language

    def invites(self) -> Sequence[Invite]:
        return self._store.invites()

    def new_code(self) -> str:
        """What a link hands over once somebody makes one of it."""
        return JOIN + self._new_code()

    def invite(self, role: Role, *, by: Person, code: str) -> Invite:
        """A link for one person and one use; the same code makes one link, however often a press is handled.

        Raises NotAnOwner, TooMany, and WornLink for a code that was a link once.
        """
        self._check_owner(by)
        if role is Role.OWNER:
            raise ValueError("an owner is made of somebody who is in the team")
        if not code.startswith(JOIN):
            raise ValueError(f"no code of a link: {code!r}")
        held = self._store.held(_hash(code))
        if held is not None:
            return held
        if len(self._store.invites()) >= MOST_INVITES:
            raise TooMany(MOST_INVITES)
        until = self._utcnow() + INVITED_FOR

        def deed(number: int) -> Deed:
            return self._deed(by, "team.invited", f"#{number}", {"role": role.word, "until": until.isoformat()})

        self._store.invite(_hash(code), role, by=by, until=until, deed=deed)
        made = self._store.held(_hash(code))
        if made is None:
            raise WornLink
        self._expecting_until = max(self._expecting_until, until)
        return made

    def expects(self, code: str) -> bool:
        """Whether a stranger's code may be that of a link; it never waits."""
        return code.startswith(JOIN) and self._utcnow() < self._expecting_until

    def revoke(self, number: int, *, by: Person) -> bool:
        """Whether the invitation held until now. Raises NotAnOwner."""
        self._check_owner(by)
        return self._store.revoke(number, self._deed(by, "team.revoked", f"#{number}", {}))

    def join(self, code: str, person: Person) -> Role:
        """The role of somebody who brought the code of a link; one who has that role already leaves it unused.

        Raises WornLink, TooMany.
        """
        before = self._access.role(person.id)

        def decide(invite: Invite, members: Sequence[Member]) -> Change:
            team = counted(members, named=self._access.named)
            maker, mine = team.get(invite.by.id), team.get(person.id)
            if maker is None or maker.role is not Role.OWNER:
                raise WornLink
            if mine is not None and mine.role >= invite.role:
                raise _Already(mine.role)
            if mine is None and len(team) >= MOST_MEMBERS:
                raise TooMany(MOST_MEMBERS)
            details = {"new": invite.role.word, "invite": f"#{invite.number}", "by": invite.by.name}
            deed = self._deed(person, "team.joined", str(person.id), details)
            limits = Limits() if mine is None else mine.limits
            return Change(put=(Member(person.id, invite.role, limits),), deeds=(deed,))

        try:
            self._store.join(_hash(code), person.id, decide)
        except _Already as error:
            return error.role
        self._tell({person.id: before})
        role = self._access.role(person.id)
        if role is None:
            raise WornLink
        return role

    def set_role(self, user_id: int, role: Role, *, by: Person) -> None:
        """Raises NotAnOwner, NoMember, NamedInSettings, LastOwner."""

        def decide(team: Mapping[int, Member]) -> Change:
            member = team[user_id]
            if member.role is role:
                return Change()
            put = replace(member, role=role, paired=False)
            return Change(put=(put,), deeds=(self._turned(member, role, by=by),))

        self._change(user_id, decide, by=by)

    def hand_over(self, user_id: int, *, by: Person) -> None:
        """Ownership to another, who is in the team; the one who had it goes on as an operator. Raises like set_role."""

        def decide(team: Mapping[int, Member]) -> Change:
            after = {user_id: Role.OWNER} | ({} if by.id == user_id else {by.id: Role.OPERATOR})
            turned = {each: role for each, role in after.items() if team[each].role is not role}
            return Change(
                put=tuple(replace(team[each], role=role, paired=False) for each, role in turned.items()),
                deeds=tuple(self._turned(team[each], role, by=by) for each, role in turned.items()),
            )

        self._change(user_id, decide, by=by, also=by.id)

    def remove(self, user_id: int, *, by: Person) -> None:
        """Raises like set_role."""

        def decide(team: Mapping[int, Member]) -> Change:
            deed = self._deed(by, "team.removed", str(user_id), {"old": team[user_id].role.word})
            return Change(out=(user_id,), deeds=(deed,))

        self._change(user_id, decide, by=by)

    def set_limit(self, user_id: int, limit: Limit, *, by: Person) -> None:
        """What an operator may quote without a second person. Raises like set_role."""

        def decide(team: Mapping[int, Member]) -> Change:
            before = team[user_id].limits
            after = before.changed(limit)
            if after == before:
                return Change()
            details = {"old": _plain(before.of(limit.kind)), "new": _plain(limit.value)}
            deed = self._deed(by, f"team.{limit.kind}", str(user_id), details)
            return Change(put=(replace(team[user_id], limits=after),), deeds=(deed,))

        self._change(user_id, decide, by=by)

    def _change(
        self, user_id: int, decide: Callable[[Mapping[int, Member]], Change], *, by: Person, also: int | None = None
    ) -> None:
        """What is allowed is decided with what is written, so that two who change each other leave an owner."""
        named = self._access.named
        before = {each: self._access.role(each) for each in (user_id, also) if each is not None}

        def checked(members: Sequence[Member]) -> Change:
            team = counted(members, named=named)
            check(team, user_id, named=named, by=by.id)
            if also is not None and also in named:
                raise NamedInSettings(also)
            change = decide(team)
            left = {**team, **{each.id: each for each in change.put}}
            if not any(each.role is Role.OWNER and each.id not in change.out for each in left.values()):
                raise LastOwner
            return change

        try:
            self._store.change(checked)
        finally:
            self._tell(before)

    def _tell(self, before: Mapping[int, Role | None]) -> None:
        self._access.reload()
        for user_id, role in before.items():
            after = self._access.role(user_id)
            if after is not role:
                self._changed(user_id, after)

    def _check_owner(self, by: Person) -> None:
        if not self._access.is_owner(by.id):
            raise NotAnOwner(by.id)

    def _turned(self, member: Member, role: Role, *, by: Person) -> Deed:
        return self._deed(by, "team.role", str(member.id), {"old": member.role.word, "new": role.word})

    def _deed(self, by: Person, kind: str, subject: str, details: Mapping[str, str]) -> Deed:
        return Deed(self._utcnow(), by.id, by.name, kind, subject, details)


class _Already(TeamError):
    def __init__(self, role: Role) -> None:
        super().__init__(f"is {role.word} already")
        self.role = role


def check(team: Mapping[int, Member], user_id: int, *, named: Collection[int], by: int) -> None:
    """Whether somebody may change what another one is; raises NotAnOwner, NoMember, NamedInSettings."""
    mine = team.get(by)
    if mine is None or mine.role is not Role.OWNER:
        raise NotAnOwner(by)
    if user_id not in team:
        raise NoMember(user_id)
    if user_id in named:
        raise NamedInSettings(user_id)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
