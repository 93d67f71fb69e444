"""What hides secrets looks quickly first, and misses nothing by that."""

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.redaction import BOT_SHAPE, MASK, Redactor

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake_0"
KEY = "k3y/with+signs&more"
PIECES = [TOKEN, TOKEN.upper(), TOKEN[:30], KEY, KEY.upper(), quote(KEY, safe=""), quote(KEY, safe="").lower()]
texts = st.lists(
    st.sampled_from([*PIECES, "Курс ", "chat_id=", "%3A", "\N{KELVIN SIGN}3y/with+signs&more"]) | st.text(max_size=20),
    max_size=6,
).map("".join)


@given(texts)
def test_a_quick_look_leaves_nothing_that_a_close_one_would_hide(text: str) -> None:
    redactor = Redactor([TOKEN, KEY])

    assert redactor.redact(text) == redactor._pattern.sub(MASK, text)


@given(texts, st.text(min_size=1, max_size=10))
def test_whatever_the_secret_is(text: str, secret: str) -> None:
    redactor = Redactor([secret])

    assert redactor.redact(f"{text}{secret}") == redactor._pattern.sub(MASK, f"{text}{secret}")


@pytest.mark.parametrize("secrets", [[], [""], [TOKEN]])
def test_a_line_without_a_secret_stays_as_it_is(secrets: list[str]) -> None:
    line = "2026-11-21T20:28:08Z INFO ops.handling: update handled kind=message duration_ms=13.5 update_id=100000103"

    assert re.search(BOT_SHAPE, line) is None
    assert Redactor(secrets).redact(line) == line
