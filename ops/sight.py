"""Everything there is to look at, put together."""

from dataclasses import dataclass

from ops.health import Health
from ops.meters import Meters
from ops.parts import Parts
from ops.recent import Recent
from ops.samples import Samples

LOOK_EVERY_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """`look` is called every LOOK_EVERY_S by a thread of its own. Without meters there are fewer numbers."""

    parts: Parts
    health: Health
    samples: Samples
    recent: Recent
    meters: Meters | None
    version: str

    def look(self) -> None:
        self.samples.take()
        self.health.look()
