"""Totals of days add up by currency, each side by itself."""

from decimal import Decimal

from calc.directions import Currency, Direction
from calc.quotes import Author
from calc.totals import Total, summed

ANYA = Author(1001, "Аня")


def total(way: str, pays: str, gets: str, **more: int) -> Total:
    return Total(
        ANYA,
        Direction.parse(way),
        given=3,
        accepted=2,
        deals=2,
        pays=Decimal(pays),
        gets=Decimal(gets),
        profit_rub=Decimal("10.10"),
        profit_usdt=Decimal("0.12"),
        **more,
    )


def test_what_clients_paid_and_got_is_summed_by_currency() -> None:
    sums = summed(
        [
            total("RUB-USDT", "1000.50", "11.49"),
            total("USDT-RUB", "20", "1600"),
            total("RUB-THB", "500", "190", without_usdt=1),
        ]
    )
    assert sums.taken == {Currency.RUB: Decimal("1500.50"), Currency.USDT: 20}
    assert sums.handed == {Currency.RUB: 1600, Currency.USDT: Decimal("11.49"), Currency.THB: 190}
    assert (sums.given, sums.accepted, sums.deals) == (9, 6, 6)
    assert (sums.profit_rub, sums.profit_usdt) == (Decimal("30.30"), Decimal("0.36"))
    assert (sums.without_rub, sums.without_usdt) == (0, 1)


def test_nothing_adds_up_to_nothing() -> None:
    sums = summed([])
    assert (sums.given, sums.taken, sums.profit_rub) == (0, {}, Decimal(0))
