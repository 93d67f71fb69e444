"""Who is in the team, what each may do without a second person, and the links by which they come in."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from calc.deeds import Deed


class Role(IntEnum):
    """Each may do what those below it may: see the rates, quote, run the desk and the bot."""

    VIEWER = 1
    OPERATOR = 2
    OWNER = 3

    @property
    def word(self) -> str:
        """As it is kept and named in keys: `operator`."""
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> "Role":
        """The role whose `word` this is; ValueError for anything else."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"no role: {word!r}") from None


class LimitKind(StrEnum):
    """The most that a quote may be, in RUB, and the least margin that it may have, in percent."""

    AMOUNT = "amount"
    MARGIN = "margin"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it is to be; None: none."""

    kind: LimitKind
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one quote has to keep to, `amount` in RUB at the most and `margin` in percent at the least; None: none."""

    amount: Decimal | None = None
    margin: Decimal | None = None

    @property
    def is_none(self) -> bool:
        return self.amount is None and self.margin is None

    def of(self, kind: LimitKind) -> Decimal | None:
        return self.amount if kind is LimitKind.AMOUNT else self.margin

    def changed(self, limit: Limit) -> "Limits":
        """The same but for this one."""
        if limit.kind is LimitKind.AMOUNT:
            return replace(self, amount=limit.value)
        return replace(self, margin=limit.value)


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by the name that Telegram told, "" where it has not told any yet."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """`paired`: came through the link of the first start, which counts where the settings name nobody."""

    id: int
    role: Role
    limits: Limits = NO_LIMITS
    paired: bool = False


@dataclass(frozen=True, slots=True)
class Invite:
    """A link that lets one person in until a moment; `by` made it."""

    number: int
    role: Role
    by: Person
    until: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the team: who is in it from now on and how, who is out, and what to note."""

    put: tuple[Member, ...] = ()
    out: tuple[int, ...] = ()
    deeds: tuple[Deed, ...] = ()
