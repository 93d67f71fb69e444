"""Who may use the desk: the owners named in the settings, the team, and the one who came through the pairing link."""

import itertools
import secrets
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Protocol

from calc.deeds import Deed
from calc.errors import DeskError
from calc.team import NO_LIMITS, Change, Limits, Member, Role

__all__ = ["PAIR", "Access", "AlreadyOwned", "MemberStore", "Role", "counted"]

PAIR = "pair_"
"""Begins what the link of the first start hands over."""


class MemberStore(Protocol):
    def all(self) -> Sequence[Member]: ...
    def change(self, decide: Callable[[Sequence[Member]], Change], /) -> None: ...


class AlreadyOwned(DeskError):
    """The first owner has come before."""


def counted(members: Sequence[Member], *, named: Collection[int]) -> dict[int, Member]:
    """Who has a role, by id: those named in the settings own the desk for good.

    Where they name somebody, the owner who once came through the pairing link does not count: that is how a desk is
    won back from somebody who opened the link first.
    """
    kept = {each.id: each for each in members if not (named and each.paired)}
    return kept | {user_id: Member(user_id, Role.OWNER) for user_id in named}


class Access:
    """Denied by default. Any thread may call it.

    Where nobody owns the desk, the first one who comes with the pairing code becomes the owner, is kept, and the code
    is worthless from then on.
    """

    def __init__(
        self,
        admin_ids: Collection[int],
        store: MemberStore,
        *,
        utcnow: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_code: Callable[[], str] = lambda: secrets.token_urlsafe(18),
    ) -> None:
        self._named = frozenset(admin_ids)
        self._store = store
        self._utcnow = utcnow
        self._lock = threading.Lock()
        self._turns = itertools.count(1)
        self._read_in = 0
        self._members: dict[int, Member] = {}
        self.reload()
        self._code = None if self.owners else PAIR + new_code()

    @property
    def pairing_code(self) -> str | None:
        """What the first owner sends after /start; None once there is an owner."""
        return self._code

    @property
    def named(self) -> frozenset[int]:
        """The owners whom the settings name."""
        return self._named

    @property
    def members(self) -> dict[int, Role]:
        """Everybody who has a role."""
        return {each.id: each.role for each in self.team()}

    def team(self) -> tuple[Member, ...]:
        """The same with their limits."""
        with self._lock:
            return tuple(self._members.values())

    def role(self, user_id: int) -> Role | None:
        """None for a stranger."""
        with self._lock:
            member = self._members.get(user_id)
        return None if member is None else member.role

    def limits(self, user_id: int) -> Limits:
        """What a quote of somebody has to keep to; an owner may give any."""
        with self._lock:
            member = self._members.get(user_id)
        return NO_LIMITS if member is None or member.role is Role.OWNER else member.limits

    def allows(self, user_id: int) -> bool:
        """Whether somebody is no stranger."""
        return self.role(user_id) is not None

    def may_quote(self, user_id: int) -> bool:
        role = self.role(user_id)
        return role is not None and role >= Role.OPERATOR

    def is_owner(self, user_id: int) -> bool:
        """Whether somebody may see how the bot itself is doing."""
        return self.role(user_id) is Role.OWNER

    @property
    def owners(self) -> frozenset[int]:
        return frozenset(each.id for each in self.team() if each.role is Role.OWNER)

    def is_paired(self, user_id: int) -> bool:
        """Whether somebody became the owner through the pairing link, and is it still."""
        with self._lock:
            member = self._members.get(user_id)
        return member is not None and member.paired

    def pair(self, user_id: int, code: str, *, name: str = "") -> bool:
        """Makes the bearer of the pairing code the owner; False for a wrong or a used code."""
        expected = self._code
        if expected is None or not secrets.compare_digest(expected.encode(), code.encode()):
            return False
        deed = Deed(self._utcnow(), user_id, name, "team.paired", str(user_id), {"new": Role.OWNER.word})

        def first(members: Sequence[Member]) -> Change:
            if any(each.role is Role.OWNER for each in counted(members, named=self._named).values()):
                raise AlreadyOwned
            return Change(put=(Member(user_id, Role.OWNER, paired=True),), deeds=(deed,))

        try:
            self._store.change(first)
        except AlreadyOwned:
            return False
        finally:
            self.reload()
        self._code = None
        return True

    def reload(self) -> None:
        """Takes in what is kept; to be called after each change of it.

        No lock is held over the store, so what was read earlier and comes later is left out.
        """
        turn = next(self._turns)
        members = counted(self._store.all(), named=self._named)
        with self._lock:
            if turn > self._read_in:
                self._read_in, self._members = turn, members
