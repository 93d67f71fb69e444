"""Entry point and composition root: settings, parts, polling; nothing else."""

import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from telebot import TeleBot

from calc.ages import is_too_old
from calc.base import Price
from calc.directions import Cross
from calc.errors import DeskError
from calc.snapshots import Feed, Snapshot
from chat.alarms import Alarms
from chat.cards import Cards
from chat.conversation import Conversation
from chat.deciding import Deciding
from chat.delivery.acknowledger import Acknowledger
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.poller import telegram_updates
from chat.delivery.receiving import Receiving
from chat.delivery.sender import TelegramSender
from chat.delivery.sending import Sending
from chat.delivery.turnstile import Turnstile
from chat.dialogue import Place
from chat.dialogues import Dialogues
from chat.handlers import Handlers
from chat.introduction import Introduction
from chat.languages import language_for
from chat.notices import Notices
from chat.rate_requests import RateRequests
from chat.status import Status
from chat.status_screen import Report
from chat.updates import Addressee, Changes, Updates
from desk.access import Access
from desk.gate import Limits
from desk.quoting import Desk
from desk.typed_rates import TypedRates
from ops import logs
from ops.process import Process
from ops.rereading import Rereading
from ops.settings import SettingError, Settings, hidden_by_environment, load, read_environment
from rates.book import Book
from rates.breaker import SourceState
from rates.cache import Cache
from rates.chain import Chain, Source
from rates.checkup import Checkup
from rates.errors import NoRate, NotConfirmed, SourceError
from rates.guarded import Guarded, log_state
from rates.hooks import Hooks
from rates.http import CONNECT_RETRIES, Http, pooled_session, source_session
from rates.keys import KeyRing, Keys
from rates.order_book import OrderBook
from rates.past import Backfill
from rates.periodic import Periodic
from rates.quota import Quota
from rates.sources.apilayer import ApiLayer
from rates.sources.cbr import BankOfRussia
from rates.sources.coingecko import CoinGecko
from rates.sources.erapi import ExchangeRateApi
from rates.sources.rapira import RapiraBook, RapiraRates
from storage.database import open_database
from storage.decisions import Decisions
from storage.history import History
from storage.inbox import Inbox
from storage.journal import Journal
from storage.late_edits import KeptEdits
from storage.operators import Operators
from storage.quota import KeyCalls
from storage.snapshots import Snapshots
from storage.states import StateStorage

log = logging.getLogger("bot")

KINDS = ("message", "callback_query")
DIALOGUES_KEPT = timedelta(days=30)
UPDATES_KEPT = timedelta(days=2)
FIAT_INTERVAL_WITHOUT_KEY_S = 3600.0
HOUSEKEEPING_S = 3600.0
WATCH_S = 60.0
"""Between two looks whether there is a rate at all."""
ORDER_BOOK_UNASKED_S = 86_400.0
"""The order book is asked when USDT/RUB has come, so its own turns are as good as never."""
RATE_REQUESTS = 4
"""Threads that wait for sources on behalf of chats; those who ask for the same rate share one call."""
THREADS_MAY_TAKE_S = 0.3
"""How long a stop waits for a thread of its own; one that hangs on a source is left to the end of the process."""
CALLBACKS_MAY_TAKE_S = 1.0
STOP_MAY_TAKE_S = 6.5
"""How long a stop waits in all, whatever hangs."""
WATCHDOG_S = 1.0


@dataclass(frozen=True, slots=True)
class Rates:
    """What the rest gets of the sources.

    `use_keys` takes those that have changed, `report` tells how the sources are, `check` asks those that are free.
    """

    book: Book
    use_keys: Callable[[Settings], None]
    report: Callable[[], Report]
    check: Callable[[], None]


def utcnow() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    """0 after a stop that was asked for, 1 when the bot cannot go on, 2 for a wrong setting."""
    try:
        settings = load(read_environment())
    except SettingError as error:
        return complain(f"The settings are wrong: {error}", code=2)
    if settings.bot_token is None:
        return complain("BOT_TOKEN is not set. Get one from BotFather, or try the sandbox: make run", code=2)
    logs.configure(settings.log_level, settings.secrets())
    process = Process(within_s=STOP_MAY_TAKE_S)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    try:
        with process:
            start(settings, settings.bot_token, process)
            process.wait()
    except DeskError as error:
        return complain(str(error), code=1)
    return 0 if process.failure is None else complain(process.failure, code=1)


def start(settings: Settings, token: str, process: Process) -> None:
    """Builds every part and polls."""
    chats, beside = Dispatcher(settings.workers), Dispatcher(RATE_REQUESTS, name="rate-request")
    database = open_database(settings.database_url, may_write=chats.check)
    process.at_end(lambda timeout_s: database.close(wait_s=timeout_s), at_most_s=1.0)
    states, inbox, operators = StateStorage(database), Inbox(database), Operators(database)
    history, journal = History(database), Journal(database)
    access = Access(settings.admin_ids, operators)

    calls, polls = (process.enter(pooled_session(pools=1, per_host=32)) for _ in range(2))
    sending = Sending(
        TelegramSender(calls, polls, stop=process.stopping, may_send=chats.check),
        journal=journal,
        late_edits=KeptEdits(database),
        server=settings.telegram_api_url,
        token=token,
        submit=chats.submit,
        stop=process.stopping,
    )
    sending.install()
    bot = TeleBot(token, threaded=False, parse_mode="HTML", disable_web_page_preview=True, state_storage=states)
    introduction = Introduction(bot, pairing_code=lambda: access.pairing_code, stop=process.stopping)

    def finish(changes: Changes | None, update_id: int) -> None:
        with database.write():
            if changes is not None:
                changes.apply()
            inbox.done(update_id)

    updates = Updates(
        bot,
        collect=states.collect,
        finish=finish,
        language=partial(language_for, operators),
        handling=sending.handling,
    )

    def tell(apologise: Callable[[], None]) -> None:
        beside.submit("incidents", apologise)

    def in_line(chat_id: int, job: Callable[[], None]) -> None:
        chats.submit(chat_id, sending.job(job, is_notice=True))

    alarms = Alarms(
        Notices(bot, owners=lambda: access.owners, languages=operators, in_line=in_line).tell, utcnow=utcnow
    )
    market = start_rates(settings, Snapshots(database), KeyCalls(database), history, alarms, process=process)
    decisions = Decisions(database)
    typed = TypedRates(decisions, utcnow=utcnow)
    desk = Desk(
        market.book,
        typed=typed.standing,
        price=Price(settings.rapira_price),
        cross=Cross(settings.usdt_cross),
        limits=Limits(peg=settings.peg_band),
        utcnow=utcnow,
    )

    def in_turn(place: Place, language: str, job: Callable[[], None]) -> None:
        to = Addressee(place.chat_id, place.thread_id, language)
        with suppress(RuntimeError):  # a stop has begun; the screen that waits asks again after the next start
            chats.submit(
                place.chat_id,
                sending.job(lambda: updates.run(job, to)),
                on_given_up=lambda incident: tell(lambda: updates.apologise_to(to, incident)),
            )

    rates = RateRequests(desk, beside=beside.submit, in_turn=in_turn)
    cards = Cards(bot)
    conversation = Conversation(
        Dialogues(bot),
        cards,
        desk=desk,
        margins=operators,
        rates=rates,
        deciding=Deciding(desk, typed=typed, records=decisions, utcnow=utcnow),
        utcnow=utcnow,
        new_id=sending.new_id,
    )
    status = Status(
        cards, report=market.report, check=market.check, beside=beside.submit, in_turn=in_turn, utcnow=utcnow
    )
    handlers = Handlers(
        conversation,
        cards,
        access=access,
        languages=operators,
        status=status,
        username=lambda: introduction.username,
    )
    handlers.register(bot)

    acknowledger = Acknowledger(bot.answer_callback_query, handlers.toast)
    receiving = Receiving(
        telegram_updates(token, KINDS),
        updates.handle,
        inbox=inbox,
        kept_by=settings.inbox,
        chats=chats,
        handler_timeout_s=settings.handler_timeout,
        exclusively=database.write,
        acknowledge=acknowledger.submit,
        tell=lambda update, incident: tell(lambda: updates.apologise(update, incident)),
        turnstile=Turnstile(
            access.allows,
            may_pair=handlers.may_pair,
            answer=acknowledger.submit,
            tell=lambda update: tell(lambda: updates.slow_down(update)),
        ),
        process=process,
    )
    housekeeping = Periodic(
        "housekeeping",
        lambda: (
            states.forget_older_than(utcnow() - DIALOGUES_KEPT),
            inbox.forget_older_than(utcnow() - UPDATES_KEPT),
            journal.forget_older_than(utcnow() - DIALOGUES_KEPT),
            history.thin(utcnow()),
        ),
        interval_s=HOUSEKEEPING_S,
    )

    process.at_end(introduction.start().join, at_most_s=THREADS_MAY_TAKE_S)
    keep_watch(settings, market, alarms, process=process)
    keep_going(housekeeping, process)
    keep_going(Periodic("watchdog", receiving.watch, interval_s=WATCHDOG_S), process)
    process.at_end(acknowledger.stop, at_most_s=CALLBACKS_MAY_TAKE_S)
    process.at_end(beside.stop, at_most_s=0.0)
    process.expect_alive(lambda: [*acknowledger.threads, *beside.threads])
    sending.resume()
    receiving.start()


def keep_going(thread: Periodic | Rereading, process: Process) -> None:
    thread.start()
    process.at_end(thread.stop, at_most_s=THREADS_MAY_TAKE_S)
    process.expect_alive(lambda: [thread.thread])


def keep_watch(settings: Settings, market: Rates, alarms: Alarms, *, process: Process) -> None:
    """Over the rates, where somebody refreshes them, and over the settings, when a signal says that they changed."""
    if settings.preload_popular_pairs:
        watch = Periodic("rates-watch", partial(look, market.book, alarms), interval_s=WATCH_S, first_s=WATCH_S)
        keep_going(watch, process)
    rereading = Rereading(
        settings, read=read_environment, hidden=hidden_by_environment, hide=logs.hide, apply=market.use_keys
    )
    keep_going(rereading, process)
    if hasattr(signal, "SIGHUP"):  # Windows has none
        signal.signal(signal.SIGHUP, rereading.ask)


def look(book: Book, alarms: Alarms) -> None:
    """Whether there is a rate of each feed that may be quoted."""
    now, market = utcnow(), book.market()
    held: dict[Feed, Snapshot | None] = {Feed.USDT_RUB: market.usdt_rub, Feed.FIAT: market.fiat}
    for feed, snapshot in held.items():
        failure = book.last_error(feed)
        is_usable = snapshot is not None and not is_too_old(snapshot, now)
        alarms.feed_seen(feed, is_usable=is_usable, causes=failure.causes if failure else ())


def start_rates(
    settings: Settings, snapshots: Snapshots, calls: KeyCalls, history: History, alarms: Alarms, *, process: Process
) -> Rates:
    """The book with what was kept in it, and the threads that keep it fresh."""
    session = process.enter(source_session(pools=settings.connection_pool_size, per_host=settings.connection_per_host))
    counted = process.enter(source_session(pools=1, per_host=1, retries=CONNECT_RETRIES))
    proxied = process.enter(source_session(pools=1, per_host=settings.connection_per_host, proxy=settings.rapira_proxy))
    http, counted_http, rapira_http = (
        Http(each, timeout_s=settings.api_timeout) for each in (session, counted, proxied)
    )
    rapira = [
        route(rapira_http, url=settings.rapira_url, api_key=settings.rapira_api_key, utcnow=utcnow)
        for route in (RapiraRates, RapiraBook)
    ]
    keys, fiat_interval_s = keys_of(settings), settings.fiat_refresh_interval
    quota = Quota(
        ApiLayer.name,
        calls,
        keys=keys.api_layer,
        plan=keys.plan,
        interval_s=fiat_interval_s,
        tell=alarms.quota_early,
        utcnow=utcnow,
    )
    api_layer = ApiLayer(counted_http, url=settings.apilayer_url, keys=keys.api_layer, quota=quota, utcnow=utcnow)
    bank = BankOfRussia(http, url=settings.cbr_url, utcnow=utcnow)
    sources: dict[Feed, list[Source]] = {
        Feed.USDT_RUB: [*rapira, CoinGecko(http, url=settings.coingecko_url, utcnow=utcnow)],
        Feed.FIAT: [
            api_layer,
            bank,
            ExchangeRateApi(http, url=settings.erapi_url, utcnow=utcnow),
        ],
    }
    guarded = behind_breakers(sources, alarms)
    order_book = OrderBook(guarded[Feed.USDT_RUB][1], utcnow=utcnow)
    asking = Periodic(
        "refresh-order-book", order_book.refresh, interval_s=ORDER_BOOK_UNASKED_S, first_s=ORDER_BOOK_UNASKED_S
    )
    ring = KeyRing(
        keys,
        api_layer=api_layer,
        plan=quota,
        api_layer_breaker=guarded[Feed.FIAT][0],
        rapira=rapira,
        rapira_breakers=guarded[Feed.USDT_RUB][: len(rapira)],
    )
    turns_s: dict[Feed, Callable[[], float]] = {
        Feed.USDT_RUB: lambda: settings.preload_interval,
        Feed.FIAT: lambda: quota.turn_s() if quota.has_keys else fiat_interval_s or FIAT_INTERVAL_WITHOUT_KEY_S,
    }

    def fresh_for_s(feed: Feed) -> float:
        return max(settings.cache_ttl_seconds, turns_s[feed]())

    ttl_s = {feed: fresh_for_s(feed) for feed in Feed}

    accepted: Hooks[Snapshot] = Hooks()
    accepted.subscribe(lambda _, snapshot: asking.wake() if order_book.follow(snapshot) else None)
    accepted.subscribe(lambda _, snapshot: snapshots.keep(snapshot))
    accepted.subscribe(lambda _, snapshot: history.keep(snapshot))
    cache: Cache[Feed, Snapshot] = Cache(max_size=settings.cache_max_size, ttl_s=settings.cache_ttl_seconds)
    book = Book(
        cache,
        {feed: Chain(feed, row, last_resort=[source.last_resort for source in row]) for feed, row in guarded.items()},
        ttl_s=ttl_s,
        on_accept=accepted,
        on_demand=not settings.preload_popular_pairs,
        utcnow=utcnow,
        order_book=order_book.latest,
    )
    kept = snapshots.last()
    book.restore(kept)
    refreshers: dict[Feed, Periodic] = {}
    if settings.history_backfill_days:
        series = api_layer if keys.api_layer else None
        backfill = Backfill(bank, series, history, days=settings.history_backfill_days, utcnow=utcnow)
        backfill.start()
        process.at_end(backfill.stop, at_most_s=THREADS_MAY_TAKE_S)
    if settings.preload_popular_pairs:
        ages_s = {snapshot.feed: (utcnow() - snapshot.fetched_at).total_seconds() for snapshot in kept}
        refreshers = {
            feed: Periodic(
                f"refresh-{feed}",
                partial(book.refresh, feed),
                interval_s=turn_s,
                first_s=min(max(turn_s() - ages_s.get(feed, turn_s()), 0.0), turn_s()),
                quiet=(NoRate, NotConfirmed),
            )
            for feed, turn_s in turns_s.items()
        }
    purging = Periodic("cache-purge", cache.purge, interval_s=settings.cache_cleanup_interval)
    for thread in (*refreshers.values(), asking, purging):
        keep_going(thread, process)

    def use_keys(settings: Settings) -> None:
        for feed in ring.use(keys_of(settings)):
            ttl_s[feed] = fresh_for_s(feed)
            if feed in refreshers:
                refreshers[feed].wake()

    free = [each for row in guarded.values() for each in row if each.name != ApiLayer.name]
    return Rates(
        book, use_keys=use_keys, report=partial(report_of, book, guarded, quota), check=Checkup(free, utcnow=utcnow).run
    )


def behind_breakers(sources: Mapping[Feed, Sequence[Source]], alarms: Alarms) -> dict[Feed, list[Guarded]]:
    """In their order; whatever becomes of one is logged, and told to the owners where they should know."""
    changes: Hooks[SourceState] = Hooks()
    for subscriber in (log_state, alarms.source_changed):
        changes.subscribe(subscriber)
    return {
        feed: [Guarded(source, utcnow=utcnow, on_change=changes) for source in row] for feed, row in sources.items()
    }


def report_of(book: Book, guarded: Mapping[Feed, Sequence[Guarded]], quota: Quota) -> Report:
    """What /status shows; APILayer only where it has a key."""
    in_use = None
    if quota.has_keys:
        with suppress(SourceError):  # calls that cannot be read are in the log, and no reason to show nothing
            in_use = quota.in_use()
    shown = {
        feed: [each.report() for each in row if quota.has_keys or each.name != ApiLayer.name]
        for feed, row in guarded.items()
    }
    return Report(book.market(), shown, in_use)


def keys_of(settings: Settings) -> Keys:
    return Keys(api_layer=settings.api_layer_key, plan=settings.api_layer_monthly_quota, rapira=settings.rapira_api_key)


def complain(line: str, *, code: int) -> int:
    sys.stderr.write(line + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
