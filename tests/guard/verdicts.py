"""What a figure was when it was taken, what it is now, and whether that is worse than noise can make it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

TAKEN = Path(__file__).with_name("figures.json")


@dataclass(frozen=True, slots=True)
class Figure:
    """The less the better. `band` is the share by which it may grow: what it moves from run to run."""

    name: str
    value: float
    band: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`taken` is None for a figure that was never taken."""

    figure: Figure
    taken: float | None

    @property
    def is_worse(self) -> bool:
        return self.taken is None or self.figure.value > self.taken * (1 + self.figure.band)

    @property
    def is_better(self) -> bool:
        return self.taken is not None and self.figure.value < self.taken * (1 - self.figure.band)

    def __str__(self) -> str:
        now = f"{self.figure.name}: {self.figure.value:g}"
        if self.taken is None:
            return f"{now}, and was never taken: make guard TAKE=1"
        said = f"{now}, {self.taken:g} when it was taken, {self.figure.value / self.taken - 1:+.1%}"
        if self.is_worse:
            return f"{said}: WORSE than the {self.figure.band:.0%} that it moves by itself"
        return f"{said}: better; keep it with make guard TAKE=1" if self.is_better else said


def judged(figures: Iterable[Figure], taken: Mapping[str, float]) -> list[Verdict]:
    return [Verdict(each, taken.get(each.name)) for each in figures]


def read(series: str, file: Path = TAKEN) -> dict[str, float]:
    """Of a series of Python, "3.11": another one has other instructions. Empty for one that was never measured."""
    told: dict[str, dict[str, float]] = json.loads(file.read_text(encoding="utf-8"))
    return told.get(series, {})


def keep(series: str, figures: Iterable[Figure], file: Path = TAKEN) -> None:
    told = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    told[series] = {each.name: round(each.value, 3) for each in figures}
    file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
