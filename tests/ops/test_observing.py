"""What the parts of the bot tell, and that nobody counts where metrics are off."""

import logging
from dataclasses import dataclass, field
from typing import Any

import pytest

from ops.observing import Observing


@dataclass
class Author:
    id: int = 1001


@dataclass
class Terms:
    direction: str = "RUB-USDT"


@dataclass
class Quote:
    id: str = "Q-0142"
    state: str = "accepted"
    terms: Terms = field(default_factory=Terms)
    author: Author = field(default_factory=Author)


def test_what_is_told_is_counted() -> None:
    observing = Observing(counts=True)
    observing.source_called("rapira", None, 0.5)
    observing.source_called("rapira", "blocked", 0.5)
    observing.refused(["jump", "peg"])
    observing.quote_changed(Quote())
    assert observing.query is not None
    observing.query("select", 0.001)

    meters = observing.meters
    assert meters is not None
    assert meters.source_calls.read() == {("rapira", "ok"): 1, ("rapira", "blocked"): 1}
    assert meters.source_times.read()["rapira",].count == 2
    assert meters.refusals.read() == {("jump",): 1, ("peg",): 1}
    assert meters.quotes.read() == {("RUB-USDT", "accepted"): 1}
    assert meters.queries.read()["select",].count == 1


def test_without_metrics_nothing_is_counted_and_the_log_is_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    observing = Observing(counts=False)

    def handle(update_id: int, update: dict[str, Any]) -> None: ...

    with caplog.at_level(logging.INFO):
        observing.source_called("rapira", None, 0.5)
        observing.refused(["jump"])
        observing.quote_changed(Quote())
        observing.handling(handle, is_operator=lambda _: True)(1, {"message": {"from": {"id": 5}}})

    assert observing.meters is None
    assert observing.query is None
    assert observing.active_operators() == 1
    assert [record.getMessage().split(" duration")[0] for record in caplog.records] == [
        "quote changed quote=Q-0142 direction=RUB-USDT state=accepted author=1001",
        "update handled kind=message",
    ]


def test_before_anything_was_handled_nobody_is_active() -> None:
    assert Observing(counts=True).active_operators() == 0
