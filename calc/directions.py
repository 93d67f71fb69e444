"""The currencies of the desk and the fourteen directions it quotes: the one table everything else comes from."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Currency(StrEnum):
    RUB = "RUB"
    USDT = "USDT"
    USD = "USD"
    EUR = "EUR"
    THB = "THB"
    AED = "AED"
    ZAR = "ZAR"
    IDR = "IDR"

    @property
    def step(self) -> Decimal:
        """The smallest unit that is paid; nobody pays out a hundredth of a rupiah."""
        return Decimal(1) if self is Currency.IDR else Decimal("0.01")


FIAT = (Currency.USD, Currency.EUR, Currency.THB, Currency.AED, Currency.ZAR, Currency.IDR)
"""What a fiat table has to hold beside RUB."""

TARGETS: dict[Currency, tuple[Currency, ...]] = {
    Currency.RUB: (Currency.USDT, *FIAT),
    Currency.USDT: (Currency.RUB, *FIAT),
}
"""What a client can get, by what the client pays."""


class Cross(StrEnum):
    """What USDT -> fiat goes through: the USDT/RUB market and RUB, or 1 USDT = 1 USD."""

    RUB = "rub"
    USD = "usd"


@dataclass(frozen=True, slots=True)
class Direction:
    """A client pays one currency and gets another."""

    pays: Currency
    gets: Currency

    def __post_init__(self) -> None:
        if self.gets not in TARGETS.get(self.pays, ()):
            raise ValueError(f"not a direction of the desk: {self.pays} -> {self.gets}")

    def __str__(self) -> str:
        return f"{self.pays}-{self.gets}"

    @classmethod
    def parse(cls, text: str) -> "Direction":
        """The direction whose `str` this is; ValueError for anything else."""
        pays, _, gets = text.partition("-")
        return cls(Currency(pays), Currency(gets))


DIRECTIONS = tuple(Direction(pays, gets) for pays, targets in TARGETS.items() for gets in targets)
