"""What looks by itself now and then: at the rates, at open quotes, at the settings, at the bot, at what is kept."""

import logging
import signal
from datetime import timedelta
from html import escape

from calc.ages import is_too_old
from calc.errors import NotNow
from calc.snapshots import Feed, Snapshot
from chat.alarms import Alarms
from chat.backups import Backups
from chat.delivery.receiving import Receiving
from chat.front import Front
from chat.self_watch import Reading, SelfWatch
from desk.board import take
from desk.gate import Concern
from desk.quoting import Desk
from desk.watch import Verdict, Watch
from joints.feeding import keys_of
from joints.run import Run
from joints.service import Service
from joints.showing import place_of
from joints.threads import keep_going
from ops import allocator, logs
from ops.machine import disk_of
from ops.monitor import Measured
from ops.one_core import OneCore
from ops.process import Process
from ops.rereading import Rereading
from ops.settings import hidden_by_environment, read_environment
from ops.usage import memory_bytes
from rates.book import Book
from rates.feeds import Feeds
from rates.hooks import Hooks
from rates.periodic import Periodic
from storage.database import Database
from storage.moments import utc_now as utcnow

log = logging.getLogger(__name__)

HOUSEKEEPING_S = 3600.0
WATCHDOG_S = 1.0
WATCH_S = 15.0
"""Between two looks at what the gate says; a rate that ages does so without an event.

And between two times at which free memory goes back: it takes half a millisecond, and a table that was written or a
chart that was drawn leaves megabytes.
"""
QUOTES_S = 1.0
"""Between two looks at the countdowns of open quotes."""
APPROVALS_S = 10.0
"""Between two looks for requests that nobody has answered in time."""
BACKUPS_S = 300.0
"""Between two looks whether the copy of the night is due, or to be tried again."""
MEMORY_S = 600.0
"""Between two looks at how much memory is held, after what is free was given back."""
STEP_DAYS_KEPT = timedelta(days=90)
DATABASE_S = 15.0
"""Between two looks whether the disk takes what was written elsewhere."""
BOARDS_S = 10.0
"""Between two edits of a pinned board, at the least."""


def mind_threads(run: Run, receiving: Receiving) -> None:
    """A handler that hangs is given up, and all threads are kept on one core while that has room."""
    cores = OneCore() if run.settings.one_core_enabled else None

    def look() -> None:
        receiving.watch()
        if cores is not None:
            cores.look()

    keep_going(Periodic("watchdog", look, interval_s=WATCHDOG_S), run.process)


def wait_for_approvals(front: Front, process: Process) -> None:
    """What was asked of second persons before goes on, and ends in time; who may quote is looked up again by the way.

    Another process on the same database may have changed the team.
    """

    def look() -> None:
        front.access.reload()
        front.approving.look()

    keep_going(Periodic("approvals", look, interval_s=APPROVALS_S, first_s=APPROVALS_S), process)
    front.approving.resume()


def keep_house(run: Run, service: Service) -> None:
    """What grows would do so for ever; the database comes home when it can, and Redis when it is there."""

    def forget() -> None:
        service.kept.forget(service.front, utcnow())

    def look() -> None:
        look_after(service.database, service.alarms)
        run.sharing.look(service.alarms)

    keep_going(Periodic("housekeeping", forget, interval_s=HOUSEKEEPING_S), run.process)
    keep_going(Periodic("database", look, interval_s=DATABASE_S), run.process)


def follow_rates(front: Front, feeds: Feeds, process: Process, *, backups: Backups | None) -> None:
    """What shows or watches rates sees every one from now on, alerts those that came before anybody could listen.

    Copies of the night are made beside that, where they are switched on.
    """
    alerting = front.alerting
    if backups is not None:
        keep_going(Periodic("backups", backups.look, interval_s=BACKUPS_S), process)
    keep_going(Periodic("boards", front.boards.look, interval_s=BOARDS_S, first_s=BOARDS_S), process)
    keep_going(Periodic("quotes", front.given.look, interval_s=QUOTES_S), process)
    feeds.accepted.subscribe(lambda *_: front.given.watch.rates_changed())
    feeds.accepted.subscribe(lambda _, snapshot: alerting.seen(snapshot))
    known = feeds.book.market()
    for snapshot in (known.usdt_rub, known.fiat):
        if snapshot is not None:
            alerting.seen(snapshot)


def keep_watch(run: Run, service: Service) -> None:
    """Over the rates, where somebody refreshes them, and over the settings, when a signal says that they changed."""
    settings, process, feeds, desk = run.settings, run.process, service.feeds, service.desk
    if settings.preload_popular_pairs:
        verdicts: Hooks[Verdict] = Hooks()
        verdicts.subscribe(log_verdict)
        watch = Watch(desk.offer, verdicts)
        feeds.accepted.subscribe(lambda *_: watch.look())

        def look_around() -> None:
            watch.look()
            look(feeds.book, desk, service.alarms)

        keep_going(Periodic("rates-watch", look_around, interval_s=WATCH_S, first_s=WATCH_S), process)
    rereading = Rereading(
        settings,
        read=read_environment,
        hidden=hidden_by_environment,
        hide=logs.hide,
        apply=lambda changed: feeds.use(keys_of(changed)),
    )
    keep_going(rereading, process)
    if hasattr(signal, "SIGHUP"):  # Windows has none
        signal.signal(signal.SIGHUP, rereading.ask)


def log_verdict(direction: str, verdict: Verdict) -> None:
    concerns = ",".join(sorted(verdict.concerns)) or "none"
    log.info("verdict direction=%s quotable=%s concerns=%s", direction, verdict.is_quotable, concerns)


def look(book: Book, desk: Desk, alarms: Alarms) -> None:
    """Whether there is a rate of each feed that may be quoted, and whether the two agree."""
    now, market = utcnow(), book.market()
    held: dict[Feed, Snapshot | None] = {Feed.USDT_RUB: market.usdt_rub, Feed.FIAT: market.fiat}
    usable = {feed: snapshot is not None and not is_too_old(snapshot, now) for feed, snapshot in held.items()}
    for feed, is_usable in usable.items():
        failure = book.last_error(feed)
        alarms.feed_seen(feed, is_usable=is_usable, causes=failure.causes if failure else ())
    if all(usable.values()):
        off = (each.seen[0] for each in take(desk.offer).findings if each.concern is Concern.PEG)
        alarms.peg_seen(next(off, None))


def look_after(database: Database, alarms: Alarms) -> None:
    """Brings the database home when that can be done, and says where it is."""
    try:
        database.recover()
    except NotNow as error:
        log.debug("owners are told when it is back: %s", error)
        alarms.trouble_seen("away", {"reason": escape(str(error))})
        return
    alarms.trouble_seen("away", None)
    said = None if database.trouble is None else {"reason": escape(database.trouble)}
    alarms.trouble_seen("sheltered", None if database.is_home else said)
    alarms.trouble_seen("database", said if database.is_home else None)


def watch_self(run: Run, service: Service) -> None:
    """What the bot notices of itself: into the log each hour, and to the owners when something is wrong."""
    inside, process, days, alarms = run.inside, run.process, service.kept.step_days, service.alarms
    path = place_of(run.settings)

    def read() -> Reading:
        disk = disk_of(path)
        left = disk.free if disk.is_nearly_full else None
        return Reading(service.receiving.poller.polling.has_rival, run.chats.waiting(), inside.memory.grown, left)

    def look_at_memory() -> None:
        allocator.give_back()
        inside.memory.look(memory_bytes())

    def summarise() -> None:
        inside.monitor.summarise(days)
        days.forget_before(utcnow().date() - STEP_DAYS_KEPT)
        slower = next(iter(inside.monitor.doubled()), None)
        alarms.trouble_seen("slower", None if slower is None else comparison(*slower))

    inside.monitor.restore(days)
    watch = SelfWatch(read, alarms.trouble_seen)

    def look_around() -> None:
        allocator.give_back()
        watch.look()

    keep_going(Periodic("self-watch", look_around, interval_s=WATCH_S, first_s=WATCH_S), process)
    keep_going(Periodic("memory", look_at_memory, interval_s=MEMORY_S), process)
    keep_going(Periodic("monitor", summarise, interval_s=HOUSEKEEPING_S, first_s=HOUSEKEEPING_S), process)
    keep_going(inside.profiling, process)
    if hasattr(signal, "SIGUSR1"):  # Windows has none
        signal.signal(signal.SIGUSR1, inside.profiling.ask)


def comparison(before: Measured, now: Measured) -> dict[str, object]:
    return {"step": now.step, "before": f"{before.p95_ms:.0f}", "now": f"{now.p95_ms:.0f}"}
