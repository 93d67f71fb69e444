"""What counting and timing cost: the same load with metrics, scraped all the while, and without, by turns."""

import statistics
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.pages import Pages
from tests.load.figures import NEVER
from tests.load.stage import Plan, Stage, stage

SCRAPED_EVERY_S = 1.0
POSITIONS = ("true", "false")


def with_and_without(plan: Plan, *, rounds: int) -> dict[str, Any]:
    """`p95_ratio` is that of the medians, 1 where metrics cost nothing; `noise` is how far rounds alike are apart."""
    p95: dict[str, list[float]] = {position: [] for position in POSITIONS}
    seen: Counter[str] = Counter()
    for number in range(rounds):
        for position in POSITIONS if number % 2 == 0 else POSITIONS[::-1]:
            report = _run(plan, position)
            p95[position].append(report["step_ms"]["p95"])
            seen.update({name: report.get(name, 0) for name in (*NEVER, "quotes", "steps", "errors_logged")})
    on, off = (statistics.median(p95[position]) for position in POSITIONS)
    return {
        "operators": plan.operators,
        "rounds": rounds,
        **{name: seen[name] for name in (*NEVER, "quotes", "steps", "errors_logged")},
        "p95_ms_on": p95["true"],
        "p95_ms_off": p95["false"],
        "p95_ratio": round(on / off, 3),
        "noise": round(max(max(each) / min(each) for each in p95.values()), 3),
    }


def _run(plan: Plan, position: str) -> dict[str, Any]:
    with stage(plan, METRICS=position) as made:
        made.bot.start()
        made.enough_time.set()
        if position == "false":
            return made.run()
        with _scraped(made):
            return made.run()


@contextmanager
def _scraped(made: Stage) -> Iterator[None]:
    pages, over = Pages(made.bot), threading.Event()

    def scrape() -> None:
        while not over.wait(SCRAPED_EVERY_S):
            try:
                pages.get("/metrics")
            except OSError:  # the bot was stopped at the end of the run
                return

    scraper = threading.Thread(target=scrape, name="scraper", daemon=True)
    scraper.start()
    try:
        yield
    finally:
        over.set()
        scraper.join()
