"""Hears of each rate that whoever serves the desk has accepted, so that who stands by has it in memory already."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing

from calc.snapshots import Feed, Snapshot
from storage.redis_link import PAUSE_S
from storage.redis_rates import RedisRates, from_text
from storage.redis_wire import RedisWire, WireBroken

log = logging.getLogger(__name__)

SILENT_S = 20.0
"""After so long without a message the conversation is begun anew, and what may have been missed is read."""


class Listener:
    """A thread, `redis-rates`, for as long as the process stands by; `snapshots` any thread may ask for."""

    def __init__(self, connect: Callable[[], RedisWire], rates: RedisRates) -> None:
        self._connect = connect
        self._rates = rates
        self._heard: dict[Feed, Snapshot] = {}
        self._wire: RedisWire | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="redis-rates", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        if (wire := self._wire) is not None:
            wire.cut()
        self._thread.join(timeout_s)

    def snapshots(self) -> list[Snapshot]:
        """At most one for each feed, the newest that was heard of."""
        return list(self._heard.values())

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except WireBroken as error:
                log.debug("listening anew: %s", error)
                self._stopping.wait(PAUSE_S)

    def _listen(self) -> None:
        with closing(self._connect()) as wire:
            self._wire = wire
            wire.call("SUBSCRIBE", self._rates.channel)
            for snapshot in self._rates.last():  # accepted before anybody listened
                self._take(snapshot)
            while not self._stopping.is_set():
                _, _, text = wire.read()
                if (heard := from_text(text)) is not None:
                    self._take(heard)

    def _take(self, snapshot: Snapshot) -> None:
        held = self._heard.get(snapshot.feed)
        if held is None or snapshot.fetched_at > held.fetched_at:
            self._heard[snapshot.feed] = snapshot
            log.info("rate heard feed=%s source=%s", snapshot.feed, snapshot.source)


def listener_to(url: str, rates: RedisRates) -> Listener:
    """Not started."""
    return Listener(lambda: RedisWire(url, timeout_s=SILENT_S), rates)
