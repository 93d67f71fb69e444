"""What a run counts: steps and their times, and all that must not happen, with a few examples of each."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from tests.load.cards import Screen

_EXAMPLES = 5

NEVER = ("lost", "doubled", "wrong", "out_of_order")
"""What no run may count: a step without its screen, a second card or result for a quote, a result that is not right,
and a card that goes back to an earlier step or shows another quote than the one it was made for."""


class Figures:
    """Filled by one thread."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = defaultdict(list)
        self._took_s: dict[Screen, list[float]] = defaultdict(list)

    def count(self, what: str, example: str = "") -> None:
        self.counts[what] += 1
        if example and len(self.examples[what]) < _EXAMPLES:
            self.examples[what].append(example)

    def judge(self, look: Callable[[], None]) -> None:
        """Looks whether a result is right."""
        look()

    def step(self, screen: Screen, took_s: float) -> None:
        self._took_s[screen].append(took_s)

    def report(self) -> dict[str, Any]:
        """As it goes into the JSON: times in milliseconds from what the operator did to the screen that followed."""
        every = [took_s for each in self._took_s.values() for took_s in each]
        return {
            "quotes": self.counts["quotes"],
            "steps": len(every),
            **{name: self.counts[name] for name in NEVER},
            **{name: count for name, count in sorted(self.counts.items()) if name not in {*NEVER, "quotes"}},
            "step_ms": spread_ms(every),
            "step_ms_by_screen": {screen.name.lower(): spread_ms(self._took_s[screen]) for screen in self._took_s},
            "examples": dict(self.examples),
        }


class LateFigures(Figures):
    """Results are looked at when the run is over, so that looking takes no time from who is measured."""

    def __init__(self) -> None:
        super().__init__()
        self._looks: list[Callable[[], None]] = []

    def judge(self, look: Callable[[], None]) -> None:
        self._looks.append(look)

    def settle(self) -> int:
        """Looks at all of them; how many there were."""
        for look in self._looks:
            look()
        return len(self._looks)

    def begin_anew(self) -> None:
        """Forgets the steps and quotes so far, and nothing that must not happen."""
        self._took_s.clear()
        self.counts["quotes"] = 0


def spread_ms(took_s: Sequence[float]) -> dict[str, float]:
    """Percentiles in milliseconds; empty for nothing."""
    if not took_s:
        return {}
    ordered = sorted(took_s)

    def at(share: float) -> float:
        return round(1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1)

    return {
        "mean": round(1000 * statistics.fmean(ordered), 1),
        "p50": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "longest": at(1.0),
    }
