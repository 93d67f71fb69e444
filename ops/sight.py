"""Everything there is to look at, put together, and the thread that shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ops.health import Health
from ops.meters import Meters
from ops.parts import Parts
from ops.recent import Recent
from ops.samples import Samples
from ops.server import App, WebServer

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


def server_of(
    sight: Sight,
    *,
    host: str,
    port: int,
    token: str | None,
    clock: Callable[[], float],
    may_begin: Callable[[], bool],
    may_zip: bool = True,
) -> WebServer:
    """Not started. It begins when it `may_begin`, or soon after all the same."""
    return WebServer(
        partial(_app, sight, token=token, clock=clock, began_at=clock(), may_zip=may_zip),
        host=host,
        port=port,
        may_begin=may_begin,
    )


def _app(sight: Sight, *, token: str | None, clock: Callable[[], float], began_at: float, may_zip: bool) -> App:
    from ops.pages import make_web  # noqa: PLC0415 - the start waits for nobody

    return make_web(sight, token=token, clock=clock, began_at=began_at, may_zip=may_zip)
