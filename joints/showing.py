"""What the bot shows of itself: in the chat, and on its pages."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta, tzinfo
from functools import partial
from pathlib import Path

from calc.directions import DIRECTIONS, Currency
from calc.errors import NotNow
from calc.past import pair_of
from chat.debug import SlowOne, Tools
from chat.delivery.poller import Polling
from chat.delivery.receiving import Receiving
from chat.running import Running
from chat.status_screen import Report
from desk.board import take
from desk.typed_rates import TypedRates
from joints.run import Run
from joints.service import Service
from joints.threads import keep_going
from ops import flags, logs, version
from ops.health import Health, has_rate
from ops.inside import Inside
from ops.machine import disk_of
from ops.parts import Parts
from ops.samples import Samples
from ops.server import App, WebServer
from ops.settings import Settings, revision
from ops.sight import LOOK_EVERY_S, Sight
from ops.usage import memory_bytes
from rates.feeds import Feeds
from rates.periodic import Periodic
from storage.database import Database
from storage.moments import utc_now as utcnow
from storage.places import is_postgres, path_of
from storage.pulse import Pulse
from storage.quote_counts import QuoteCounts


def show(run: Run, service: Service) -> None:
    """Looks at everything now and then, and serves what was seen once the bot has polled, or knows that it cannot."""
    settings, observing = run.settings, run.observing
    parts, poller = parts_of(run, service), service.receiving.poller
    needed = {"database": check_of(service.database)}
    if settings.preload_popular_pairs:  # else there is none until somebody asks
        needed["rates"] = has_rate(parts.quotable)
    meters = observing.meters
    sight = Sight(
        parts=parts,
        health=Health(parts.polling, needed),
        samples=Samples(None if meters is None else meters.handling, memory=memory_bytes),
        recent=logs.recent(),
        meters=meters,
        version=version.spelled(revision()),
    )
    keep_going(Periodic("look-after", sight.look, interval_s=LOOK_EVERY_S), run.process)
    began_at = observing.clock()

    def pages() -> App:
        from ops.pages import make_web  # noqa: PLC0415  # the start waits for nobody

        return make_web(
            sight, token=settings.ops_token, clock=observing.clock, began_at=began_at, may_zip=settings.gzip_enabled
        )

    def may_serve() -> bool:
        return poller.asks_for_s > 0 or poller.polling != Polling()

    keep_going(WebServer(pages, host=settings.host, port=settings.port, may_begin=may_serve), run.process)


def parts_of(run: Run, service: Service) -> Parts:
    """What the pages ask."""
    feeds, receiving, kept = service.feeds, service.receiving, service.kept

    def edges() -> dict[str, int]:
        handlers = {f"handlers {what}": each for what, each in service.telegram.updates.snapshot().items()}
        return receiving.snapshot() | handlers

    return Parts(
        polling=lambda: receiving.poller.polling,
        pools={"chats": run.chats, "beside": service.telegram.beside},
        sending=service.telegram.sending,
        answering=service.acknowledger,
        turned_away=lambda: receiving.turned_away,
        active_operators=run.observing.active_operators,
        market=feeds.book.market,
        quotable=lambda: (take(service.desk.offer).quotable, len(DIRECTIONS)),
        cache=feeds.cache_stats,
        sources=feeds.reports,
        quota=feeds.quota_in_use,
        usdt_rub_since=partial(kept.history.since, pair_of(Currency.USDT)),
        quotes_today=partial(quotes_today, kept.quote_counts, run.settings.desk_timezone),
        errors=lambda: logs.recent().errors(),
        edges=edges,
        redis=run.sharing.link,
    )


def check_of(database: Database) -> Callable[[], str | None]:
    """Why it cannot be relied on; None while it can."""
    pulse = Pulse(database)

    def trouble() -> str | None:
        try:
            pulse.beat()
        except NotNow as error:
            return str(error)
        return None if database.is_home else "its disk takes nothing, and what is written is kept elsewhere"

    return trouble


def quotes_today(counts: QuoteCounts, zone: tzinfo) -> Mapping[tuple[str, str], int]:
    """By direction and state, since midnight."""
    now = utcnow().astimezone(zone)
    return counts.since(now.replace(hour=0, minute=0, second=0, microsecond=0))


def tools_of(feeds: Feeds, inside: Inside) -> Tools:
    """What /debug looks at."""
    return Tools(
        cache=feeds.cache_stats,
        clear=feeds.clear,
        steps=inside.monitor.today,
        slowest=lambda: [SlowOne(*slow) for slow in inside.slowest()],
        slower=inside.monitor.doubled,
        allocations=inside.allocations.top,
        watch=inside.watch,
        logs=logs.last_lines,
    )


def running_of(run: Run, receiving: Receiving) -> Running:
    """How the bot itself is, for /status."""
    path, polling = place_of(run.settings), receiving.poller.polling
    heard_s = None if polling.heard_at is None else time.monotonic() - polling.heard_at
    return Running(
        version=version.spelled(revision()),
        uptime=timedelta(seconds=run.inside.uptime.seconds),
        heard=None if heard_s is None else timedelta(seconds=heard_s),
        trouble=polling.trouble if polling.failures else None,
        has_rival=polling.has_rival,
        waiting=run.chats.waiting(),
        working=run.chats.running(),
        workers=len(run.chats.threads),
        memory=memory_bytes(),
        database=path.stat().st_size if path.is_file() else 0,
        free=disk_of(path).free,
        switched_off=flags.switched_off(run.settings),
        redis=run.sharing.link,
    )


def report_of(feeds: Feeds, typed: TypedRates, bot: Running) -> Report:
    """What /status shows."""
    return Report(feeds.book.market(), feeds.reports(), feeds.quota_in_use(), typed.standing(), bot)


def place_of(settings: Settings) -> Path:
    """The file of the database; where a server keeps it, the folder that the bot runs in."""
    return Path.cwd() if is_postgres(settings.database_url) else path_of(settings.database_url)
