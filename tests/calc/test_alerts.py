"""A rule of an alert is read back as it was written."""

from datetime import timedelta
from decimal import Decimal

import pytest

from calc.alerts import Move, Rule, Threshold, parse

RULES: list[tuple[Rule, str]] = [
    (Threshold("USDT/RUB", above=True, level=Decimal("90.50")), "USDT/RUB>90.5"),
    (Threshold("IDR/RUB", above=False, level=Decimal("0.0048")), "IDR/RUB<0.0048"),
    (Move("EUR/RUB", Decimal("1.5"), timedelta(hours=1)), "EUR/RUB~1.5%3600"),
]


@pytest.mark.parametrize(("rule", "text"), RULES)
def test_a_rule_is_a_short_text_and_back(rule: Rule, text: str) -> None:
    assert str(rule) == text
    assert parse(text) == rule
    assert len(text) <= 30


@pytest.mark.parametrize(
    "text",
    [
        "",
        "USDT/RUB",
        "BTC/RUB>90",
        "USDT/RUB>soon",
        "USDT/RUB~1%soon",
        "USDT/RUB~x%60",
        "USDT/RUB>NaN",
        "USDT/RUB>1E+999",
    ],
)
def test_anything_else_is_no_rule(text: str) -> None:
    with pytest.raises(ValueError, match="not a rule"):
        parse(text)
