from decimal import Decimal
from fractions import Fraction

import pytest

from calc.base import BaseRate
from calc.deal import MarginTooLarge, PayoutTooSmall, Quote, Rate, deal_rate, quote_getting, quote_paying, shown
from calc.directions import Currency, Direction
from calc.margins import Margin
from calc.rounding import round_alike, round_rate


def base(pair: str, value: str, *, bid: str | None = None, ask: str | None = None) -> BaseRate:
    return BaseRate(
        direction=Direction.parse(pair),
        value=Decimal(value),
        legs=(),
        cross=None,
        peg=None,
        rub_per_usdt_bid=Decimal(bid) if bid else None,
        rub_per_usdt_ask=Decimal(ask) if ask else None,
    )


def percent(value: str) -> Margin:
    return Margin(Decimal(value))


def units(value: str) -> Margin:
    return Margin(Decimal(value), absolute=True)


def said(rate: Rate) -> str:
    return f"{rate.value} {rate.of} per 1 {rate.per}"


def profits(quote: Quote) -> tuple[Decimal | None, Decimal | None]:
    return quote.profit_rub, quote.profit_usdt


@pytest.mark.parametrize(
    ("pair", "value", "margin", "expected"),
    [
        ("RUB-USDT", "85.30", "2", "87.01 RUB per 1 USDT"),
        ("RUB-IDR", "0.00477799", "2", "205.19 IDR per 1 RUB"),
        ("RUB-THB", "2.5468578", "2", "2.5978 RUB per 1 THB"),
        ("RUB-ZAR", "4.9294347", "2", "5.028 RUB per 1 ZAR"),
        ("USDT-RUB", "81.62", "2", "79.99 RUB per 1 USDT"),
        ("USDT-USD", "0.99038366", "0.3", "1.0127 USDT per 1 USD"),
        ("USDT-EUR", "0.85451589", "2", "1.1941 USDT per 1 EUR"),
        ("USDT-IDR", "17082.484", "2", "16740.83 IDR per 1 USDT"),
    ],
)
def test_the_rate_of_the_deal(pair: str, value: str, margin: str, expected: str) -> None:
    assert said(deal_rate(base(pair, value), percent(margin))) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", "1.0000"),
        ("4.99994", "4.9999"),
        ("4.99995", "5.0000"),
        ("5", "5.000"),
        ("49.9994", "49.999"),
        ("49.9995", "50.000"),
        ("50", "50.00"),
        ("87.005", "87.01"),
        ("87.0049999999999999999999999999999", "87.00"),
        ("17248.355", "17248.36"),
    ],
)
def test_a_rate_has_the_fewest_decimals_that_keep_it_within_a_hundredth_of_a_percent(value: str, expected: str) -> None:
    assert str(round_rate(Fraction(value))) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["97.2094", "95.21", "96.9"], ["97.21", "95.21", "96.90"]),
        (["2.61", "2.5978"], ["2.6100", "2.5978"]),
        (["0.00478", "0.0047812"], ["0.0047800", "0.0047812"]),
    ],
)
def test_rates_beside_each_other_have_as_many_decimals_as_the_smallest_needs(
    values: list[str], expected: list[str]
) -> None:
    assert [str(each) for each in round_alike([Fraction(value) for value in values])] == expected


def test_a_rate_below_one_is_never_rounded() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        round_rate(Fraction("0.0048"))


def test_a_thousand_roubles_at_two_percent_pay_out_what_the_client_can_recompute() -> None:
    quote = quote_paying(base("RUB-USDT", "85.30", ask="85.30"), percent("2"), pays=Decimal(1000))
    assert said(quote.rate) == "87.01 RUB per 1 USDT"
    assert (quote.pays, quote.gets) == (Decimal(1000), Decimal("11.49"))
    assert quote.earned_percent == Decimal("2.03")  # 1000 / 11.49 / 85.30 is 1.0203...
    assert profits(quote) == (Decimal("19.90"), Decimal("0.23"))


def test_rupiah_are_paid_out_whole() -> None:
    quote = quote_paying(base("RUB-IDR", "0.00477799", ask="81.66"), percent("2"), pays=Decimal("1000.01"))
    assert str(quote.gets) == "205192"  # 1000.01 * 205.19 is 205192.0519
    assert quote.earned_percent == Decimal("1.99")  # 1000.01 / 205192 / 0.00477799 is 1.019997...
    assert profits(quote) == (Decimal("19.60"), Decimal("0.24"))


def test_a_payout_that_is_exact_is_not_rounded_a_unit_down() -> None:
    quote = quote_paying(base("RUB-USDT", "85.30"), percent("2"), pays=Decimal(8701))
    assert quote.gets == Decimal("100.00")


def test_usdt_paid_earns_usdt_and_restates_it_at_the_bid() -> None:
    quote = quote_paying(base("USDT-RUB", "81.62", bid="81.62", ask="81.66"), percent("2"), pays=Decimal(1000))
    assert (said(quote.rate), quote.gets) == ("79.99 RUB per 1 USDT", Decimal("79990.00"))
    assert quote.earned_percent == Decimal("1.99")
    assert profits(quote) == (Decimal("1630.00"), Decimal("19.97"))


def test_a_profit_is_not_restated_where_no_usdt_rate_is_known() -> None:
    rub = quote_paying(base("RUB-IDR", "0.00477799"), percent("2"), pays=Decimal(1000))
    usdt = quote_paying(base("USDT-EUR", "0.862813"), percent("2"), pays=Decimal(1000))
    assert profits(rub) == (Decimal("19.60"), None)
    assert profits(usdt) == (None, Decimal("20.04"))


def test_a_loss_is_not_made_to_look_smaller() -> None:
    quote = quote_paying(base("RUB-USDT", "82.3349", ask="82.3349"), units("0.00001"), pays=Decimal(1_000_000))
    assert (said(quote.rate), quote.gets) == ("82.33 RUB per 1 USDT", Decimal("12146.24"))
    assert quote.earned_percent == Decimal("-0.01")
    assert profits(quote) == (Decimal("-59.46"), Decimal("-0.73"))  # -59.457... and -0.722...


def test_the_reverse_rounds_up_what_the_client_pays() -> None:
    quote = quote_getting(base("RUB-USDT", "85.30", ask="85.30"), percent("2"), gets=Decimal("11.49"))
    assert (quote.pays, quote.gets) == (Decimal("999.75"), Decimal("11.49"))  # 11.49 * 87.01 is 999.7449
    assert quote_paying(quote.base, quote.margin, pays=Decimal("999.75")).gets == Decimal("11.49")
    assert quote_paying(quote.base, quote.margin, pays=Decimal("999.74")).gets == Decimal("11.48")


def test_the_reverse_divides_where_the_rate_is_the_other_way_round() -> None:
    quote = quote_getting(base("RUB-IDR", "0.00477799"), percent("2"), gets=Decimal(1_000_000))
    assert quote.pays == Decimal("4873.54")  # 1,000,000 / 205.19 is 4873.531...
    assert quote_paying(quote.base, quote.margin, pays=quote.pays).gets >= Decimal(1_000_000)


def test_an_amount_that_pays_out_nothing_says_which_is_the_smallest_that_does() -> None:
    with pytest.raises(PayoutTooSmall, match=r"0\.88 RUB") as caught:
        quote_paying(base("RUB-USDT", "85.30"), percent("2"), pays=Decimal("0.87"))
    assert (caught.value.smallest, caught.value.currency) == (Decimal("0.88"), Currency.RUB)
    assert quote_paying(base("RUB-USDT", "85.30"), percent("2"), pays=Decimal("0.88")).gets == Decimal("0.01")


@pytest.mark.parametrize(
    ("pair", "value", "margin", "expected"),
    [
        ("RUB-USDT", "85.30", "0.50", "85.80 RUB per 1 USDT"),  # pays per gets: added
        ("RUB-IDR", "0.005", "0.50", "199.50 IDR per 1 RUB"),  # gets per pays: taken off
        ("USDT-RUB", "81.62", "0.50", "81.12 RUB per 1 USDT"),
        ("USDT-EUR", "0.8", "0.05", "1.3000 USDT per 1 EUR"),  # 1.25 USDT per EUR and 0.05
        ("USDT-USD", "1.0", "0.2", "1.2500 USDT per 1 USD"),  # 0.8 USD per USDT, turned round
        ("USDT-USD", "1.02", "0.02", "1.0000 USD per 1 USDT"),
        ("RUB-IDR", "0.9", "0.2", "1.0976 RUB per 1 IDR"),  # 1.111... less 0.2 is 0.911...
    ],
)
def test_an_absolute_margin_is_in_units_of_the_shown_rate_and_against_the_client(
    pair: str, value: str, margin: str, expected: str
) -> None:
    assert said(deal_rate(base(pair, value), units(margin))) == expected


@pytest.mark.parametrize(
    ("pair", "value", "highest", "expected"),
    [
        ("RUB-USDT", "85.30", "+42.65", "127.95 RUB per 1 USDT"),
        ("RUB-IDR", "0.005", "+66.666666", "133.33 IDR per 1 RUB"),
        ("USDT-RUB", "81.62", "+40.81", "40.810 RUB per 1 USDT"),
        ("USDT-EUR", "0.8", "+1.25", "2.5000 USDT per 1 EUR"),
    ],
)
def test_an_absolute_margin_takes_no_more_than_the_highest_percentage(
    pair: str, value: str, highest: str, expected: str
) -> None:
    rate = base(pair, value)
    with pytest.raises(MarginTooLarge) as caught:
        deal_rate(rate, units("100000"))
    assert caught.value.margin == units("100000")
    assert caught.value.highest == Margin.parse(highest)
    assert said(deal_rate(rate, caught.value.highest)) == expected
    with pytest.raises(MarginTooLarge):
        deal_rate(rate, units(str(caught.value.highest.value + Decimal("0.000001"))))


def test_a_percentage_has_the_same_limit() -> None:
    assert said(deal_rate(base("USDT-RUB", "81.62"), percent("50"))) == "40.810 RUB per 1 USDT"
    with pytest.raises(MarginTooLarge, match="50%") as caught:
        deal_rate(base("USDT-RUB", "81.62"), percent("100"))
    assert caught.value.highest == percent("50")


def test_the_base_rate_is_shown_the_way_the_deal_is() -> None:
    rate = base("USDT-USD", "1.002")
    deal = deal_rate(rate, percent("2"))
    assert said(shown(rate)) == "1.002 USD per 1 USDT"
    assert said(deal) == "1.0184 USDT per 1 USD"
    assert said(shown(rate, like=deal)) == "0.99800399 USDT per 1 USD"
    assert said(shown(rate, like=shown(rate))) == "1.002 USD per 1 USDT"


def test_a_shown_base_rate_has_two_decimals_at_least() -> None:
    assert said(shown(base("RUB-USDT", "80"))) == "80.00 RUB per 1 USDT"
    assert said(shown(base("USDT-IDR", "123456789.125"))) == "123456789.13 IDR per 1 USDT"


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity"])
def test_what_is_no_amount_of_the_currency_is_never_quoted(amount: str) -> None:
    with pytest.raises(ValueError, match="RUB"):
        quote_paying(base("RUB-USDT", "85.30"), percent("2"), pays=Decimal(amount))
    with pytest.raises(ValueError, match="USDT"):
        quote_getting(base("RUB-USDT", "85.30"), percent("2"), gets=Decimal(amount))


def test_half_a_rupiah_is_no_amount() -> None:
    with pytest.raises(ValueError, match="IDR"):
        quote_getting(base("RUB-IDR", "0.005"), percent("2"), gets=Decimal("100.5"))


@pytest.mark.parametrize("margin", [percent("2"), percent("0.05"), units("0.50"), units("1.234"), units("0.000001")])
def test_a_margin_is_read_back_from_its_text(margin: Margin) -> None:
    assert Margin.parse(str(margin)) == margin


def test_the_text_of_a_margin_says_its_kind() -> None:
    assert (str(percent("1.5")), str(units("0.50")), str(units("0.000001"))) == ("1.5%", "+0.50", "+0.000001")
