"""Whether a figure grows over a run: the slope of its course, and how far the noise may have moved that."""

import statistics
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from math import ceil, floor, sqrt
from typing import Any

_SURE = 1.96
"""Standard errors to either side, for 95 of 100."""
FLAT, GROWS, SHRINKS = "0 within noise", "grows", "shrinks"


def trend(quotes: Sequence[float], values: Sequence[float]) -> dict[str, Any]:
    """The slope per 1000 quotes, its interval of 95 %, and the spread of the values around the line.

    Theil's and Sen's: the median of the slopes between any two values, so that a look at the moment at which a chart
    was drawn moves little. The interval is Kendall's, from the order of the slopes alone. It takes the values for
    independent of each other; where they are not it is too narrow, and says of too much that it grows.
    """
    points = sorted(zip(quotes, values, strict=True))
    slopes = sorted(
        (after - before) / (late - soon) * 1000
        for (soon, before), (late, after) in combinations(points, 2)
        if late > soon  # in a short run there may be two looks between one quote and the next
    )
    slope = statistics.median(slopes)
    count = len(points)
    off = _SURE * sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = slopes[max(0, floor((len(slopes) - off) / 2) - 1)]
    high = slopes[min(len(slopes) - 1, ceil((len(slopes) + off) / 2))]
    level = statistics.median(value - slope * at / 1000 for at, value in points)
    return {
        "first": round(values[0], 2),
        "last": round(values[-1], 2),
        "per_1000_quotes": round(slope, 4),
        "from": round(low, 4),
        "to": round(high, 4),
        "spread": round(statistics.fmean(abs(value - slope * at / 1000 - level) for at, value in points), 3),
        "verdict": GROWS if low > 0 else SHRINKS if high < 0 else FLAT,
    }


def grown(looks: Sequence[Mapping[str, Any]], what: str, *, least: int) -> dict[str, list[int]]:
    """What is longer in the middle than at first, and still longer in the end; the most grown first."""
    chosen = [looks[place][what] for place in (0, len(looks) // 2, -1)]
    lengths = {name: [each.get(name, 0) for each in chosen] for name in chosen[-1]}
    more = {
        name: each
        for name, each in lengths.items()
        if all(before < after for before, after in pairwise(each)) and each[-1] > each[0] + least
    }
    return dict(sorted(more.items(), key=lambda each: each[1][0] - each[1][-1]))


def sentence(name: str, found: Mapping[str, Any]) -> str:
    """For whoever looks at the terminal."""
    slope, low, high = (found[part] for part in ("per_1000_quotes", "from", "to"))
    return f"{name} {slope:+.4f} per 1000 quotes, {low:+.4f} to {high:+.4f}: {found['verdict']}"
