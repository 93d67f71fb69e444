import json
import math
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.directions import Currency
from storage.errors import NotKept
from storage.packing import pack, to_json, unpack

plain = st.none() | st.booleans() | st.integers() | st.text(st.characters())
moments = st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-3, minutes=30))))
numbers = st.decimals(allow_nan=False)
keys = st.text().filter(lambda key: key not in ("$decimal", "$moment"))
values = st.recursive(
    plain | moments | numbers,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def kinds(value: Any) -> Any:
    """The value with its type at each place: to Python True is 1, and Decimal('1.0') is 1."""
    if isinstance(value, list):
        return [kinds(item) for item in value]
    if isinstance(value, dict):
        return {key: kinds(item) for key, item in value.items()}
    return type(value), repr(value) if isinstance(value, Decimal) else value


@given(values)
def test_what_is_kept_comes_back_exactly(value: Any) -> None:
    assert kinds(unpack(json.loads(to_json(pack(value))))) == kinds(value)


def test_half_a_surrogate_pair_is_kept() -> None:
    text = to_json(pack({"typed": "\ud83d"}))

    assert text.encode() == b'{"typed":"\\ud83d"}'
    assert unpack(json.loads(text)) == {"typed": "\ud83d"}


def test_a_packed_value_shares_nothing_with_the_original() -> None:
    data: dict[str, Any] = {"legs": [{"side": "ask"}]}
    packed = pack(data)

    data["legs"][0]["side"] = "bid"

    assert packed == {"legs": [{"side": "ask"}]}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"amount": 1.5}, "data['amount'] cannot be kept: a float"),
        ({"amount": math.nan}, "data['amount'] cannot be kept: a float"),
        (
            {"legs": [0, {"when": datetime.fromisoformat("2026-11-21")}]},
            "data['legs'][1]['when'] cannot be kept: a moment without a zone",
        ),
        ({"pays": Currency.RUB}, "data['pays'] cannot be kept: a Currency"),
        ({"pair": ("RUB", "USDT")}, "data['pair'] cannot be kept: a tuple"),
        ({"raw": b""}, "data['raw'] cannot be kept: a bytes"),
        ({"all": {1, 2}}, "data['all'] cannot be kept: a set"),
        ({"by_id": {7: "x"}}, "data['by_id'] cannot be kept: a key that is a int"),
        ({"x": {"$decimal": "1"}}, "data['x'] cannot be kept: the key '$decimal', which is a tag"),
        ({"$moment": "now"}, "data cannot be kept: the key '$moment', which is a tag"),
    ],
)
def test_what_would_come_back_as_something_else_is_refused_by_place(data: Any, sentence: str) -> None:
    with pytest.raises(NotKept) as caught:
        pack(data)

    assert str(caught.value) == sentence
