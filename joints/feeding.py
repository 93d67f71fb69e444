"""The rates: the book with what was kept in it, the threads that keep it fresh, and the desk that quotes out of it."""

from calc.base import Price
from calc.directions import Cross
from chat.alarms import Alarms
from desk.gate import Limits
from desk.quoting import Desk
from desk.typed_rates import TypedRates
from joints.keeping import Kept
from joints.run import Run
from joints.threads import THREADS_MAY_TAKE_S, keep_going
from ops.settings import Settings
from rates.book import Book
from rates.feeds import Feeds
from rates.keys import Keys
from storage.moments import utc_now as utcnow


def start_feeds(run: Run, kept: Kept, *, alarms: Alarms) -> Feeds:
    """The book with what was kept in it, and the threads that keep it fresh."""
    settings, process, observing, sharing = run.settings, run.process, run.observing, run.sharing
    feeds = Feeds(
        settings,
        keys_of(settings),
        counts=kept.key_calls,
        past=kept.history,
        tell_quota=alarms.quota_early,
        utcnow=utcnow,
    )
    process.at_end(lambda _: feeds.close(), at_most_s=0.0)
    feeds.states.subscribe(alarms.source_changed)
    feeds.calls.subscribe(lambda _, call: observing.source_called(call.source, call.trouble, call.took_s))
    feeds.accepted.subscribe(lambda _, snapshot: kept.snapshots.keep(snapshot))
    feeds.accepted.subscribe(lambda _, snapshot: kept.history.keep(snapshot))
    feeds.accepted.subscribe(lambda _, snapshot: sharing.tell_rate(snapshot))
    last = sharing.with_shared(kept.snapshots.last())
    feeds.book.restore(last)
    if feeds.backfill is not None:
        feeds.backfill.start()
        process.at_end(feeds.backfill.stop, at_most_s=THREADS_MAY_TAKE_S)
    for thread in feeds.threads(last):
        keep_going(thread, process)
    return feeds


def desk_of(settings: Settings, book: Book, typed: TypedRates) -> Desk:
    return Desk(
        book,
        typed=typed.standing,
        price=Price(settings.rapira_price),
        cross=Cross(settings.usdt_cross),
        limits=Limits(peg=settings.peg_band),
        refuses=settings.gate_enabled,
        utcnow=utcnow,
    )


def keys_of(settings: Settings) -> Keys:
    return Keys(api_layer=settings.api_layer_key, plan=settings.api_layer_monthly_quota, rapira=settings.rapira_api_key)
