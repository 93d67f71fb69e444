"""Which page answers what; what makes a page that few bots are asked for is loaded when it is asked for."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from ops.dashboard import load_page
from ops.entrance import Entrance
from ops.health import Health
from ops.http import Response, as_json, said
from ops.meters import Meters
from ops.sight import Sight
from ops.stats import Stats
from ops.web import Answer, Web

if TYPE_CHECKING:
    from ops.metrics import Exposition


def make_web(
    sight: Sight, *, token: str | None, clock: Callable[[], float], began_at: float, may_zip: bool = True
) -> Web:
    """Without meters there is no /metrics. `clock` is that of `began_at` and of the moments in `polling`."""
    stats = Stats(sight, clock=clock, began_at=began_at)
    guarded: dict[str, Answer] = {"/": load_page(), "/api/stats": lambda _: as_json(HTTPStatus.OK, stats.read())}
    if (meters := sight.meters) is None:
        guarded["/metrics"] = lambda _: said(HTTPStatus.NOT_FOUND, "Metrics are switched off (METRICS=false).")
    else:
        exposition = cache(lambda: _exposition(sight, meters, clock=clock))
        guarded["/metrics"] = lambda request: Response(HTTPStatus.OK, *exposition().told(request.header("accept")))
    return Web(
        Entrance(token),
        open_to_all={"/health": lambda _: _health(sight), "/ready": lambda _: _ready(sight.health)},
        guarded=guarded,
        may_zip=may_zip,
    )


def _exposition(sight: Sight, meters: Meters, *, clock: Callable[[], float]) -> "Exposition":
    from ops.metrics import BotCollector, Exposition  # noqa: PLC0415  # with prometheus-client, which takes 1.5 MB

    return Exposition(BotCollector(sight.parts, meters, version=sight.version, clock=clock))


def _health(sight: Sight) -> Response:
    """Without Redis the bot goes on, so that it is away is said and is no reason to restart anything."""
    verdict, redis = sight.health.verdict(), sight.parts.redis
    status = HTTPStatus.OK if verdict.is_well else HTTPStatus.SERVICE_UNAVAILABLE
    notes = {} if redis is None or redis.is_here else {"notes": {"redis": "away, the bot goes on without it"}}
    told = {"status": "well" if verdict.is_well else "unwell", "reasons": dict(verdict.reasons)}
    return as_json(status, told | notes)


def _ready(health: Health) -> Response:
    if health.has_begun():
        return as_json(HTTPStatus.OK, {"status": "ready"})
    return as_json(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "not ready"})
