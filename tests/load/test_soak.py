"""A short run of what `python -m tests.load soak` does for 100 000 quotes: nothing grows that has no bound."""

from typing import Any

import pytest

from tests.load.figures import NEVER
from tests.load.soak import Soak, found, soak
from tests.load.trend import FLAT, GROWS

QUOTES = 300
BOUNDS = {
    "chat.delivery.once.SentOnce._private": 2_000,
    "chat.delivery.once.SentOnce._newest": 2_000,
    "chat.delivery.turnstile.Turnstile._seen_at": 500,
    "ops.meters.Timings._recent": 2_000,
    "ops.recent.Recent._lines": 500,
    "ops.recent.Recent._troubles": 50,
    "ops.handling.Handling._seen_at": 1_000,
    "storage.remembered.Remembered._held": 5_000,
    "chat.dialogues.Dialogues._at_hand": 500,
    "desk.team.Team._met": QUOTES,
    "ops.monitor.Monitor._today": 200,
    "ops.monitor.Monitor._hour": 200,
}
"""What fills with the first hundreds of quotes and stops there. Of the team each has met the bot once in the end."""


@pytest.mark.timeout(600)
def test_nothing_grows_with_the_quotes() -> None:
    report = soak(Soak(quotes=QUOTES, operators=10, looks=6))

    assert {name: report[name] for name in NEVER} == dict.fromkeys(NEVER, 0), report["examples"]
    assert report["exit"] == 0
    assert [each for each in report["errors"] if "callback not answered" not in each] == [], "but by Telegram's refusal"
    assert report["calls_failed"] >= 1
    assert report["quotes"] >= QUOTES
    made = report["series"][-1]["quotes"] - next(
        each["quotes"] for each in report["series"] if each["quotes"] >= QUOTES / 4
    )
    for name in ("threads", "files"):
        slope = report["slopes"][name]
        assert slope["last"] - slope["first"] < made / 4, (name, report["series"])
    too_long = {
        name: lengths
        for name, lengths in report["tables"].items()
        if lengths[-1] - lengths[0] > made / 4 and lengths[-1] > BOUNDS.get(name, 0)
    }
    assert too_long == {}


def test_a_slope_and_a_table_that_grows_are_seen() -> None:
    def look(quotes: int) -> dict[str, Any]:
        held = {
            "resident_mb": 40 + quotes / 1000,
            "allocated_mb": 7,
            "objects": 7,
            "blocks": 7,
            "threads": 7,
            "files": 7,
            "database_mb": 1,
        }
        return {
            "quotes": quotes,
            **held,
            "tables": {"leak": quotes, "bounded": 500, "late": 900 * (quotes > 9_000)},
            "types": {},
        }

    report = found([look(quotes) for quotes in range(0, 10_001, 1_000)])

    rising = report["slopes"]["resident_mb"]
    assert (rising["first"], rising["last"], rising["per_1000_quotes"], rising["spread"]) == (43, 50, 1, 0)
    assert {name for name, slope in report["slopes"].items() if slope["verdict"] != FLAT} == {"resident_mb"}
    assert report["slopes"]["resident_mb"]["verdict"] == GROWS
    assert report["tables"] == {"leak": [3_000, 7_000, 10_000]}
