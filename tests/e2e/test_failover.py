"""Both primaries go down while fifty operators quote, and come back: nothing is lost, and each card says what it is."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.messages import Message
from tests.e2e.operator import NBSP
from tests.load.cards import Screen, screen_of
from tests.load.stage import Plan, Stage, stage

ON_ITS_WAY_S = 1.0
"""A rate may be in use this much after the log has said that its source is well."""
FIVE_SECONDS = 5
"""The shortest time for which a source is left alone."""
PATIENCE_S = 120.0
EVERY_TWO_SECONDS = {
    "PRELOAD_INTERVAL": "2",
    "FIAT_REFRESH_INTERVAL": "2",
    "API_LAYER_MONTHLY_QUOTA": "100000",
    "API_TIMEOUT": "10",
}
FALLBACKS = {"usdt_rub": "CoinGecko (индикативно)", "fiat": "Банк России на"}
PRIMARIES = {"usdt_rub": "Rapira, ", "fiat": "APILayer"}
WARNING = "индексная цена"


class Rates:
    """The screens with a base rate, as operators see them: when, and what they name.

    What an operator did to get one came after the screen before it: so the bot cannot have begun to make it earlier.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._before: dict[int, float] = {}
        self._seen: list[tuple[float, float, str]] = []

    def heard(self, event: dict[str, Any]) -> None:
        """Called by the stand, under its lock."""
        message = event.get("message")
        if event["kind"] != "message" or not isinstance(message, Message):
            return
        with self._changed:
            before, self._before[message.chat_id] = self._before.get(message.chat_id, 0.0), message.at
            if screen_of(message) is Screen.MARGIN:
                self._seen.append((before, message.at, message.text.replace(NBSP, " ")))
                self._changed.notify_all()

    def between(self, begin: float, end: float = float("inf")) -> list[str]:
        """Asked for and shown in that time."""
        with self._changed:
            return [text for before, at, text in self._seen if begin <= before and at < end]

    def wait(self, enough: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(enough, PATIENCE_S), "the bot does not come to it"


class Outage(threading.Thread):
    """What happens to the sources during the run; `join` raises what went wrong."""

    def __init__(self, made: Stage, rates: Rates) -> None:
        super().__init__(name="outage")
        self._made, self._rates = made, rates
        self._failure: BaseException | None = None
        self.down_at = self.covered_at = self.mended_at = self.well_at = 0.0

    def run(self) -> None:
        try:
            self._happen()
        except BaseException as failure:  # noqa: BLE001 - the edge of a thread; `join` raises it
            self._failure = failure
        finally:
            self._made.enough_time.set()

    def join(self, timeout: float | None = None) -> None:
        super().join(timeout)
        if self._failure is not None:
            raise self._failure

    def _happen(self) -> None:
        faults, bot = self._made.sandbox.faults, self._made.bot
        self._until_seen(5, since=0.0)
        for source in ("rapira", "apilayer"):  # it hangs, and then has its calls counted down
            faults.add(source, "silence", count=1)
            faults.add(source, "429", retry_after=FIVE_SECONDS)
        faults.add("rapira_book", "refuse")
        self.down_at = time.monotonic()
        self._rates.wait(lambda: all(self._names(name) for name in FALLBACKS.values()))
        self.covered_at = time.monotonic()
        self._until_seen(8, since=self.covered_at + ON_ITS_WAY_S)
        faults.clear()
        self.mended_at = time.monotonic()
        for source in ("rapira", "apilayer"):
            bot.wait_for(f"source is well again source={source}\n", timeout_s=PATIENCE_S)
        self.well_at = time.monotonic()
        self._until_seen(5, since=self.well_at + ON_ITS_WAY_S)

    def _until_seen(self, screens: int, *, since: float) -> None:
        self._rates.wait(lambda: len(self._rates.between(since)) >= screens)

    def _names(self, source: str) -> bool:
        return any(source in text for text in self._rates.between(self.down_at))


@contextmanager
def seen_in(made: Stage) -> Iterator[Rates]:
    rates = Rates()
    unwatch = made.sandbox.chats.watch(rates.heard)
    try:
        yield rates
    finally:
        unwatch()


def feeds_of(screen: str) -> set[str]:
    """Which of the two rates the direction in the title is made of."""
    currencies = set(screen.splitlines()[0].split(" → "))
    return {"usdt_rub" if each == "USDT" else "fiat" for each in currencies - {"RUB"}}


def assert_names(screen: str, sources: dict[str, str], *, not_those: dict[str, str]) -> None:
    for feed in feeds_of(screen):
        assert sources[feed] in screen, screen
        assert not_those[feed] not in screen, screen
    assert (WARNING in screen) == (sources is FALLBACKS and "usdt_rub" in feeds_of(screen)), screen


def test_when_both_primaries_go_down_no_quote_is_lost_and_every_card_names_its_fallback() -> None:
    plan = Plan(operators=50, quotes=1, think_s=3.0, seed=7)
    with stage(plan, **EVERY_TWO_SECONDS) as made, seen_in(made) as rates:
        made.bot.start()
        outage = Outage(made, rates)
        outage.start()
        report = made.run()
        outage.join()

    never = {name: report.get(name, 0) for name in ("lost", "doubled", "wrong", "out_of_order", "no_rate", "said")}
    assert never == dict.fromkeys(never, 0), report["examples"]
    assert report["errors_logged"] == report["incidents_logged"] == report["bot_exit"] == 0
    for screen in rates.between(0.0, outage.down_at):
        assert_names(screen, PRIMARIES, not_those=FALLBACKS)
    for screen in rates.between(outage.covered_at + ON_ITS_WAY_S, outage.mended_at):
        assert_names(screen, FALLBACKS, not_those=PRIMARIES)
    for screen in rates.between(outage.well_at + ON_ITS_WAY_S):
        assert_names(screen, PRIMARIES, not_those=FALLBACKS)
