"""/debug for owners: the cache, what is slow, where memory goes, and the last lines of the log."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

from chat import formats
from chat.cards import Cards, without_buttons
from chat.features import Feature, Said
from chat.texts import Texts
from chat.ways import Ways
from desk.access import Role

log = logging.getLogger(__name__)

STEPS, SLOWEST = 12, 5
LINES, MOST_LINES = 20, 100
LONGEST = 3_800
"""Characters of a message that are used; Telegram takes 4096."""


class CacheStats(Protocol):
    @property
    def hits(self) -> int: ...
    @property
    def misses(self) -> int: ...
    @property
    def loads(self) -> int: ...
    @property
    def failures(self) -> int: ...
    @property
    def evictions(self) -> int: ...
    @property
    def entries(self) -> int: ...
    @property
    def bytes(self) -> int: ...


class StepTimes(Protocol):
    @property
    def step(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def p50_ms(self) -> float: ...
    @property
    def p95_ms(self) -> float: ...
    @property
    def slowest_ms(self) -> float: ...


@dataclass(frozen=True, slots=True)
class SlowOne:
    """One that took long; `parts` is what it waited for, in words of the log."""

    step: str
    took_ms: float
    parts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What there is to look at; each may be called by any thread.

    `clear` drops the rates and fetches them anew. `allocations` is None while nobody watches them; `watch` begins or
    ends that. `logs` gives the last lines, secrets masked.
    """

    cache: Callable[[], CacheStats]
    clear: Callable[[], object]
    steps: Callable[[], Iterable[StepTimes]]
    slowest: Callable[[], Iterable[SlowOne]]
    slower: Callable[[], Iterable[tuple[StepTimes, StepTimes]]]
    allocations: Callable[[], Sequence[str] | None]
    watch: Callable[[bool], object]
    logs: Callable[[int], Sequence[str]]


class Debug:
    def __init__(self, cards: Cards, tools: Tools, *, ways: Ways) -> None:
        self._cards = cards
        self._tools = tools
        self._ways = ways
        self._subjects: dict[str, Callable[[Sequence[str], Texts], str]] = {
            "cache": self._cache,
            "clear": self._clear,
            "slow": self._slow,
            "top": self._top,
            "logs": self._logs,
        }

    @property
    def feature(self) -> Feature:
        return Feature({"debug": self.command}, least=Role.OWNER)

    def command(self, said: Said) -> None:
        """Only in the owner's own chat: a log is nobody else's business."""
        subject, *more = said.arguments.lower().split() or [""]
        if not said.place.is_private:
            self._say(said, said.texts("debug.private"))
            return
        answer = self._subjects.get(subject)
        if answer is None:
            self._say(said, said.texts("debug.usage"))
            return

        def look() -> None:
            try:
                text = answer(more, said.texts)
            except Exception:  # whatever it was, the owner waits for an answer
                log.exception("debug failed subject=%s", subject)
                text = said.texts("debug.failed")
            self._ways.in_turn(said.place, said.language, lambda: self._say(said, text))

        self._ways.beside(("debug", said.place.user_id), look)

    def _cache(self, _: Sequence[str], texts: Texts) -> str:
        stats = self._tools.cache()
        asked = stats.hits + stats.misses
        return texts(
            "debug.cache",
            entries=formats.count(stats.entries),
            kilobytes=formats.count(stats.bytes // 1000),
            hits=formats.count(stats.hits),
            misses=formats.count(stats.misses),
            share=formats.count(100 * stats.hits // asked if asked else 0),
            loads=formats.count(stats.loads),
            failures=formats.count(stats.failures),
            evictions=formats.count(stats.evictions),
        )

    def _clear(self, _: Sequence[str], texts: Texts) -> str:
        self._tools.clear()
        log.warning("cache cleared by an owner")
        return texts("debug.cleared")

    def _slow(self, _: Sequence[str], texts: Texts) -> str:
        steps = list(self._tools.steps())[:STEPS]
        if not steps:
            return texts("debug.nothing")
        rows = [
            f"{each.p50_ms:7.0f} {each.p95_ms:7.0f} {each.slowest_ms:7.0f} {each.count:6}  {each.step}"
            for each in steps
        ]
        lines = [texts("debug.slow"), _code([f"{'p50':>7} {'p95':>7} {'max':>7} {'n':>6}", *rows])]
        ones = [f"{each.took_ms:.0f} ms {each.step}: {each.parts}" for each in list(self._tools.slowest())[:SLOWEST]]
        lines += [texts("debug.slowest"), _code(ones)]
        slower = [f"{before.p95_ms:.0f} → {now.p95_ms:.0f} ms {now.step}" for before, now in self._tools.slower()]
        if slower:
            lines += [texts("debug.slower"), _code(slower)]
        return "\n".join(lines)

    def _top(self, more: Sequence[str], texts: Texts) -> str:
        if more == ["off"]:
            self._tools.watch(False)
            return texts("debug.top_off")
        held = self._tools.allocations()
        if held is None:
            self._tools.watch(True)
            return texts("debug.top_on")
        return "\n".join([texts("debug.top"), _code(held)])

    def _logs(self, more: Sequence[str], texts: Texts) -> str:
        wanted = int(more[0][:4]) if more and more[0].isdecimal() else LINES
        lines = list(self._tools.logs(min(max(wanted, 1), MOST_LINES)))
        return _code(lines) if lines else texts("debug.nothing")

    def _say(self, said: Said, text: str) -> None:
        self._cards.send(said.place, without_buttons(text))


def _code(lines: Sequence[str]) -> str:
    """As it is, the last of it where all of it would be too long for a message."""
    kept: list[str] = []
    room = LONGEST
    for line in reversed(lines):
        shown = escape(line[: LONGEST // 4])
        room -= len(shown) + 1
        if room < 0:
            break
        kept.append(shown)
    return "<pre>" + "\n".join(reversed(kept)) + "</pre>"
