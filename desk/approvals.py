"""A second person's approval of a quote beyond an operator's limits: who is asked, who may give it, and for what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from calc.approvals import Approval, Asked, Exact, State
from calc.deal import Quote
from calc.deeds import Deed
from calc.team import Limits, Person
from desk.access import Access
from desk.limits import APPROVED_FOR, ASKED_FOR, Excess, covers, excesses


class ApprovalStore(Protocol):
    """Each change is made once, together with its deed; False where another one, or time, came before."""

    def ask(
        self, key: str, asked: Asked, /, *, at: datetime, until: datetime, deed: Callable[[Approval], Deed]
    ) -> Approval: ...
    def find(self, number: int, /) -> Approval | None: ...
    def latest(self, asker: int, about: str, /) -> Approval | None: ...
    def waiting(self) -> Sequence[Approval]: ...
    def open_of(self, asker: int, now: datetime, /) -> Sequence[Approval]: ...
    def decide(self, number: int, state: State, /, *, by: Person, until: datetime, deed: Deed) -> bool: ...
    def withdraw(self, number: int, deed: Deed, /) -> bool: ...
    def expire(self, number: int, deed: Deed, /) -> bool: ...
    def use(self, number: int, screen: str, deed: Deed, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a quote beyond the limits; `state` None: nobody was asked, or that is over."""

    excesses: tuple[Excess, ...]
    limits: Limits
    state: State | None = None
    approval: Approval | None = None

    @property
    def is_free(self) -> bool:
        """Whether it may go to the client."""
        return self.state is State.APPROVED


class Approvals:
    """Any thread may call it."""

    def __init__(self, access: Access, store: ApprovalStore, *, utcnow: Callable[[], datetime]) -> None:
        self._access = access
        self._store = store
        self._utcnow = utcnow

    def standing(self, asker: int, quotes: Sequence[Quote], exact: Exact, *, screen: str | None) -> Standing | None:
        """None for quotes within the limits.

        An approval is used up on the screen from which its quote went to a client; `screen` None: that was this one.
        """
        limits = self._access.limits(asker)
        found = excesses(limits, quotes)
        if not found:
            return None
        approval = self._store.latest(asker, exact.about)
        if approval is None or not covers(approval.asked.exact, exact) or self._utcnow() >= approval.until:
            return Standing(found, limits)
        if approval.state is State.WITHDRAWN or (screen is not None and approval.used_in not in (None, screen)):
            return Standing(found, limits)
        return Standing(found, limits, approval.state, approval)

    def ask(self, key: str, asked: Asked, quotes: Sequence[Quote]) -> Approval:
        """A request for approval; the same `key` asks once."""
        now = self._utcnow()
        beyond = ", ".join(excesses(self._access.limits(asked.asker.id), quotes))

        def deed(approval: Approval) -> Deed:
            return self._deed(approval, "asked", by=asked.asker, beyond=beyond)

        return self._store.ask(key, asked, at=now, until=now + ASKED_FOR, deed=deed)

    def is_beyond(self, user_id: int, quote: Quote) -> bool:
        """Whether somebody may not give a quote without a second person."""
        return bool(excesses(self._access.limits(user_id), [quote]))

    def deciders(self, asker: int, quotes: Sequence[Quote]) -> tuple[int, ...]:
        """Who may approve: everybody who may give such quotes without a second person, but the one who asks."""
        return tuple(
            each.id
            for each in self._access.team()
            if each.id != asker
            and self._access.may_quote(each.id)
            and not excesses(self._access.limits(each.id), quotes)
        )

    def decide(self, approval: Approval, state: State, *, by: Person, quotes: Sequence[Quote]) -> bool:
        """Whether this was the decision: not of one who may not, nor one too late, nor for one who is out by now."""
        asker = approval.asked.asker.id
        if by.id not in self.deciders(asker, quotes) or not self._access.may_quote(asker):
            return False
        deed = self._deed(approval, str(state), by=by, asker=approval.asked.asker.name)
        return self._store.decide(approval.number, state, by=by, until=self._utcnow() + APPROVED_FOR, deed=deed)

    def withdraw(self, approval: Approval, *, by: Person | None) -> bool:
        """Whether it was waited for, or stood, until now; `by` None: because the one who asked is out."""
        return self._store.withdraw(approval.number, self._deed(approval, "withdrawn", by=by))

    def withdraw_earlier(self, asked: Asked) -> list[Approval]:
        """What the same dialogue asked for before, and waits for no more."""
        return [
            each
            for each in self._store.open_of(asked.asker.id, self._utcnow())
            if each.asked.dialogue == asked.dialogue and each.state is State.WAITING
            if each.asked.exact != asked.exact and self.withdraw(each, by=asked.asker)
        ]

    def withdraw_of(self, asker: int) -> list[Approval]:
        """All that somebody waits for or was given, because they quote no more."""
        return [each for each in self._store.open_of(asker, self._utcnow()) if self.withdraw(each, by=None)]

    def use(self, standing: Standing | None, screen: str, *, by: Person) -> bool:
        """Whether the quote may go to a client from this screen; its approval is used up by it."""
        if standing is None:
            return True
        approval = standing.approval
        if approval is None or not standing.is_free:
            return False
        if approval.used_in == screen:
            return True
        return self._store.use(approval.number, screen, self._deed(approval, "used", by=by))

    def limits(self, asker: int) -> Limits:
        return self._access.limits(asker)

    def find(self, number: int) -> Approval | None:
        return self._store.find(number)

    def waiting(self) -> list[Approval]:
        """What nobody has decided and is not over."""
        now = self._utcnow()
        return [each for each in self._store.waiting() if now < each.until]

    def expire(self) -> list[Approval]:
        """What nobody has decided in time; to be called now and then."""
        now = self._utcnow()
        over = [each for each in self._store.waiting() if now >= each.until]
        return [each for each in over if self._store.expire(each.number, self._deed(each, "expired", by=None))]

    def _deed(self, approval: Approval, what: str, *, by: Person | None, **details: str) -> Deed:
        """Who, what and for which quote."""
        exact = approval.asked.exact
        about = {"quote": exact.about, "base": ", ".join(map(str, exact.bases)), **details}
        who, name = (None, "") if by is None else (by.id, by.name)
        return Deed(self._utcnow(), who, name, f"approval.{what}", approval.id, about)
