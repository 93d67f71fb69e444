"""`make guard`: what got slower since its figures were taken, by ratios in one run and by counts."""

import sys
from collections.abc import Iterator

from calc.directions import Currency, Direction
from tests.guard import echoes
from tests.guard.instructions import instructions
from tests.guard.quotes import Make, alone, cached, ratio
from tests.guard.steps import counted
from tests.guard.verdicts import Figure, judged, keep, read

SERIES = f"{sys.version_info.major}.{sys.version_info.minor}"
WAYS = (Direction(Currency.RUB, Currency.USDT), Direction(Currency.USDT, Currency.THB))


def figures() -> Iterator[Figure]:
    for way in WAYS:
        of_both = ratio(cached(way), alone(way))
        yield Figure(f"{way}: a quote out of memory, times its arithmetic alone", of_both, band=0.3)
        yield Figure(f"{way}: instructions of the arithmetic", _once_warm(alone(way)), band=0.02)
        yield Figure(f"{way}: instructions of a quote out of memory", _once_warm(cached(way)), band=0.02)
    for step, count in counted().items():
        yield Figure(f"instructions of a step: {step}", count, band=0.02)
    yield Figure("processor time of a step, times the echo of a bare TeleBot", echoes.ratio(), band=0.3)


def _once_warm(make: Make) -> int:
    make()
    return instructions(make)


def main(take: bool) -> int:
    """1 when a figure is worse."""
    found = list(figures())
    if take:
        keep(SERIES, found)
    verdicts = judged(found, read(SERIES))
    for each in verdicts:
        sys.stdout.write(f"{each}\n")
    return int(any(each.is_worse for each in verdicts))


if __name__ == "__main__":
    sys.exit(main("--take" in sys.argv[1:]))
