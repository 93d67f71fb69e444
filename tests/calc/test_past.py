"""What is kept of a snapshot: RUB per 1 of each currency, at the time it is true for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from calc.directions import Currency
from calc.past import PAIRS, PastRate, past_rates
from calc.snapshots import FiatTable, UsdtRub

NOW = datetime(2026, 11, 20, 12, 4, 5, tzinfo=UTC)
MARKET = UsdtRub(Decimal("81.65"), "rapira", NOW, bid=Decimal("81.62"), ask=Decimal("81.660"))
RUB = Decimal("82.4386")
RUB_PER = {
    Currency.EUR: Decimal("95.612"),
    Currency.THB: Decimal("2.54739"),
    Currency.AED: Decimal("22.4475"),
    Currency.ZAR: Decimal("4.93024"),
    Currency.IDR: Decimal("0.00477877"),
}
TABLE = FiatTable({Currency.RUB: RUB, **{code: RUB / rub for code, rub in RUB_PER.items()}}, "cbr", NOW)


def test_a_market_is_one_rate_with_its_sides_as_they_were_told() -> None:
    assert past_rates(MARKET) == [
        PastRate("USDT/RUB", NOW, Decimal("81.65"), "rapira", bid=Decimal("81.62"), ask=Decimal("81.66"))
    ]
    assert str(past_rates(MARKET)[0].ask) == "81.660"


def test_a_table_is_a_rate_for_each_currency_to_the_digit_it_was_told_in() -> None:
    rates = {rate.pair: rate for rate in past_rates(TABLE)}

    assert {pair: rate.rub for pair, rate in rates.items()} == {"USD/RUB": RUB} | {
        f"{code}/RUB": rub for code, rub in RUB_PER.items()
    }
    assert str(rates["IDR/RUB"].rub) == "0.00477877"
    assert {rate.source for rate in rates.values()} == {"cbr"}


def test_a_crossed_rate_keeps_fifteen_digits() -> None:
    table = replace(TABLE, per_usd={**TABLE.per_usd, Currency.IDR: Decimal("17248.35")})

    assert past_rates(table)[-1].rub == Decimal("0.00477950644554407")


def test_the_time_of_the_source_stands_over_that_of_the_receipt() -> None:
    in_force = NOW + timedelta(hours=9)

    assert {rate.at for rate in past_rates(replace(TABLE, as_of=in_force))} == {in_force}
    assert {rate.at for rate in past_rates(TABLE)} == {NOW}
    assert past_rates(replace(MARKET, as_of=NOW - timedelta(seconds=45)))[0].at == NOW - timedelta(seconds=45)


def test_the_pairs_are_those_of_both_feeds() -> None:
    assert {*PAIRS} == {rate.pair for snapshot in (MARKET, TABLE) for rate in past_rates(snapshot)}
    assert PAIRS[:2] == ("USDT/RUB", "USD/RUB")
