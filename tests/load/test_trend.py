"""The arithmetic of the soak: what is flat in noise is called flat, and what grows in noise is seen."""

import random

import pytest

from tests.load.trend import FLAT, GROWS, SHRINKS, grown, sentence, trend

QUOTES = range(25_000, 100_001, 5_000)


def noisy(seed: int, *, per_1000_quotes: float = 0.0) -> list[float]:
    noise = random.Random(seed)
    return [80 + per_1000_quotes * at / 1000 + noise.gauss(0.0, 0.3) for at in QUOTES]


def test_a_line_without_noise_has_its_slope_and_no_spread() -> None:
    found = trend([1000, 2000, 3000, 4000, 5000, 6000], [41.0, 42.0, 43.0, 44.0, 45.0, 46.0])

    assert found == {
        "first": 41.0,
        "last": 46.0,
        "per_1000_quotes": 1.0,
        "from": 1.0,
        "to": 1.0,
        "spread": 0.0,
        "verdict": GROWS,
    }


@pytest.mark.parametrize(("per_1000_quotes", "verdict"), [(0.0, FLAT), (0.05, GROWS), (-0.05, SHRINKS)])
def test_noise_of_a_third_of_a_megabyte_hides_no_slope_of_four_in_a_run(per_1000_quotes: float, verdict: str) -> None:
    found = [trend(QUOTES, noisy(seed, per_1000_quotes=per_1000_quotes)) for seed in range(200)]

    assert sum(each["verdict"] == verdict for each in found) >= 180
    assert sum(each["from"] <= per_1000_quotes <= each["to"] for each in found) >= 180, "95 of 100, roughly"


def test_one_look_at_a_bad_moment_moves_nothing() -> None:
    values = noisy(1)
    calm = trend(QUOTES, values)
    values[-1] += 500

    assert trend(QUOTES, values)["per_1000_quotes"] == pytest.approx(calm["per_1000_quotes"], abs=0.005)
    assert trend(QUOTES, values)["verdict"] == FLAT


def test_what_never_changes_is_flat() -> None:
    found = trend(QUOTES, [47] * len(QUOTES))

    assert (found["per_1000_quotes"], found["from"], found["to"], found["verdict"]) == (0, 0, 0, FLAT)


def test_two_looks_are_no_reason_to_fail() -> None:
    assert trend([0, 1000], [1.0, 2.0])["per_1000_quotes"] == 1.0


def test_two_looks_between_one_quote_and_the_next_have_no_slope() -> None:
    assert trend([1000, 1000, 2000], [41.0, 42.0, 42.5])["per_1000_quotes"] == 1.0


def test_a_table_has_grown_that_is_longer_each_time() -> None:
    looks = [
        {"tables": {"leak": at, "bounded": 500, "late": 900 * (at > 90), "little": at // 10}} for at in (10, 60, 110)
    ]

    assert grown(looks, "tables", least=20) == {"leak": [10, 60, 110]}


def test_it_is_said_in_one_line() -> None:
    found = trend([1000, 2000, 3000], [40.0, 40.0, 40.0])

    assert sentence("resident_mb", found) == "resident_mb +0.0000 per 1000 quotes, +0.0000 to +0.0000: 0 within noise"
