"""Who is asked for approval, who may give it, and for what it is used."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from calc.approvals import Approval, Asked, Exact, State
from calc.deal import Quote
from calc.team import Limits, Member, Person, Role
from desk.access import Access
from desk.approvals import Approvals, Standing
from desk.limits import Excess, exact
from storage.approvals import Approvals as Kept
from storage.database import Database
from tests.desk.test_access import Store
from tests.desk.test_limits import quote
from tests.storage.conftest import database, url

__all__ = ["database", "url"]

ANYA, BORIS, VERA, GLEB = (Person(*each) for each in ((1001, "Аня"), (1002, "Boris"), (1003, "Вера"), (1004, "Gleb")))
LIMITS = Limits(amount=Decimal(500_000), margin=Decimal(1))
BIG = [quote("1000000")]


class Desk:
    """Anya owns it, Boris and Gleb have limits, Vera none; a viewer looks on."""

    def __init__(self, database: Database) -> None:
        self.now = datetime(2026, 11, 21, 12, 4, tzinfo=UTC)
        self.store = Store(
            Member(BORIS.id, Role.OPERATOR, LIMITS),
            Member(VERA.id, Role.OPERATOR),
            Member(GLEB.id, Role.OPERATOR, replace(LIMITS, amount=Decimal(2_000_000))),
            Member(1005, Role.VIEWER),
        )
        self.access = Access([ANYA.id], self.store)
        self.approvals = Approvals(self.access, Kept(database), utcnow=lambda: self.now)

    def standing(self, quotes: list[Quote] = BIG, screen: str | None = "d1:3") -> Standing | None:
        return self.approvals.standing(BORIS.id, quotes, about(quotes), screen=screen)

    def ask(self, quotes: list[Quote] = BIG, key: str = "d1:3") -> Approval:
        asked = Asked(BORIS, BORIS.id, None, key.partition(":")[0], about(quotes), kept={})
        return self.approvals.ask(key, asked, quotes)

    def state(self, quotes: list[Quote] = BIG) -> State | None:
        standing = self.standing(quotes)
        assert standing is not None
        return standing.state


def about(quotes: list[Quote]) -> Exact:
    return exact(quotes, reverse=False, anyway=False)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_within_the_limits_there_is_nothing_to_approve(desk: Desk) -> None:
    assert desk.standing([quote("1000")]) is None
    assert desk.approvals.standing(ANYA.id, BIG, about(BIG), screen="d1:3") is None
    assert desk.approvals.use(None, "d1:3", by=BORIS)


def test_who_needs_a_second_person_for_a_quote(desk: Desk) -> None:
    assert desk.approvals.is_beyond(BORIS.id, BIG[0])
    assert not desk.approvals.is_beyond(VERA.id, BIG[0])


def test_everybody_is_asked_who_may_give_such_a_quote_but_the_one_who_asks(desk: Desk) -> None:
    assert desk.approvals.deciders(BORIS.id, BIG) == (VERA.id, GLEB.id, ANYA.id)
    assert desk.approvals.deciders(BORIS.id, [quote("3000000")]) == (VERA.id, ANYA.id)
    assert desk.approvals.deciders(VERA.id, BIG) == (GLEB.id, ANYA.id)


def test_a_quote_waits_is_approved_is_used_and_that_was_it(desk: Desk) -> None:
    assert desk.standing() == Standing((Excess.AMOUNT,), LIMITS)
    assert not desk.approvals.use(desk.standing(), "d1:3", by=BORIS)
    approval = desk.ask()
    assert desk.state() is State.WAITING
    assert not desk.approvals.use(desk.standing(), "d1:3", by=BORIS)
    assert desk.approvals.decide(approval, State.APPROVED, by=GLEB, quotes=BIG)
    standing = desk.standing()
    assert standing is not None
    assert standing.is_free
    assert desk.approvals.use(standing, "d1:3", by=BORIS)
    assert desk.approvals.use(desk.standing(), "d1:3", by=BORIS), "the same press, handled a second time"
    assert desk.standing(screen="d1:4") == Standing((Excess.AMOUNT,), LIMITS)
    given = desk.standing(screen=None)
    assert given is not None
    assert given.is_free, "the card from which it went says so"
    assert not desk.approvals.use(standing, "d2:1", by=BORIS), "another card was quicker"


@pytest.mark.parametrize("by", [BORIS, Person(1005, "Zoe"), Person(2001, "Stranger")])
def test_not_everybody_decides(desk: Desk, by: Person) -> None:
    approval = desk.ask()
    assert not desk.approvals.decide(approval, State.APPROVED, by=by, quotes=BIG)
    assert desk.state() is State.WAITING


def test_for_one_who_quotes_no_more_nothing_is_approved(desk: Desk) -> None:
    approval = desk.ask()
    desk.store.members[BORIS.id] = Member(BORIS.id, Role.VIEWER)
    desk.access.reload()
    assert not desk.approvals.decide(approval, State.APPROVED, by=ANYA, quotes=BIG)
    assert [each.number for each in desk.approvals.withdraw_of(BORIS.id)] == [approval.number]
    assert desk.approvals.withdraw_of(BORIS.id) == []


def test_a_refusal_stands_as_long_as_an_approval_would(desk: Desk) -> None:
    desk.approvals.decide(desk.ask(), State.REFUSED, by=ANYA, quotes=BIG)
    assert desk.state() is State.REFUSED
    desk.now += timedelta(minutes=15)
    assert desk.state() is None


def test_what_nobody_decides_is_over_in_time_and_can_be_asked_again(desk: Desk) -> None:
    desk.ask()
    assert desk.approvals.expire() == []
    desk.now += timedelta(minutes=15)
    assert desk.state() is None
    assert desk.approvals.waiting() == []
    assert [each.id for each in desk.approvals.expire()] == ["A-0001"]
    assert desk.approvals.expire() == []
    desk.ask(key="d1:5")
    assert desk.state() is State.WAITING
    assert [each.asked.dialogue for each in desk.approvals.waiting()] == ["d1"]


def test_asking_for_other_figures_takes_back_what_the_same_dialogue_asked_before(desk: Desk) -> None:
    first, elsewhere = desk.ask(), desk.ask([quote("700000")], key="d2:1")
    again = Asked(BORIS, BORIS.id, None, "d1", about(BIG), kept={})
    assert desk.approvals.withdraw_earlier(again) == [], "the same request, handled a second time"
    other = Asked(BORIS, BORIS.id, None, "d1", about([quote("2000000")]), kept={})
    assert desk.approvals.withdraw_earlier(other) == [first]
    found = desk.approvals.find(elsewhere.number)
    assert found is not None
    assert found.state is State.WAITING
    assert desk.state() is None


def test_limits_are_told_to_those_who_decide(desk: Desk) -> None:
    assert desk.approvals.limits(BORIS.id) == LIMITS
