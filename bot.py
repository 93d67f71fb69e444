"""Entry point and composition root: settings, parts, polling; nothing else."""

import logging
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from telebot import TeleBot

from calc.base import Price
from calc.directions import Cross
from calc.errors import DeskError
from calc.snapshots import Feed, Snapshot
from chat.cards import Cards
from chat.conversation import Conversation
from chat.deciding import Deciding
from chat.delivery.acknowledger import Acknowledger
from chat.delivery.confirming import WhenDone, WhenKept
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.intake import Intake
from chat.delivery.poller import Poller, telegram_updates
from chat.delivery.sender import TelegramSender, install
from chat.dialogue import Place
from chat.dialogues import Dialogues
from chat.handlers import Handlers
from chat.introduction import Introduction
from chat.languages import language_for
from chat.rate_requests import RateRequests
from chat.updates import Addressee, Changes, Updates
from desk.access import Access
from desk.gate import Limits
from desk.quoting import Desk
from desk.typed_rates import TypedRates
from ops import logs
from ops.settings import SettingError, Settings, load, read_environment
from rates.book import Book
from rates.cache import Cache
from rates.chain import Chain, Source
from rates.errors import NoRate, NotConfirmed
from rates.guarded import Guarded
from rates.hooks import Hooks
from rates.http import CONNECT_RETRIES, Http, pooled_session, source_session
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
ORDER_BOOK_UNASKED_S = 86_400.0
"""The order book is asked when USDT/RUB has come, so its own turns are as good as never."""
RATE_REQUESTS = 4
"""Threads that wait for sources on behalf of chats; those who ask for the same rate share one call."""
THREADS_MAY_TAKE_S = 0.3
"""How long a stop waits for a thread of its own; one that hangs on a source is left to the end of the process."""
CONFIRMING_MAY_TAKE_S = 1.0
HANDLERS_MAY_TAKE_S = 6.0
"""How long a stop waits for handlers; an update that was not finished is in the inbox."""


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
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        with ExitStack() as parts:
            poller = start(settings, settings.bot_token, stopping=stopping, parts=parts)
            stopping.wait()
    except DeskError as error:
        return complain(str(error), code=1)
    if poller.failure is not None:
        return complain(str(poller.failure), code=1)
    return 0


def start(settings: Settings, token: str, *, stopping: threading.Event, parts: ExitStack) -> Poller:
    """Builds every part and polls; `parts` stops them in reverse order, `stopping` is set when polling ends."""
    database = open_database(settings.database_url)
    parts.callback(database.close)
    states, inbox, operators = StateStorage(database), Inbox(database), Operators(database)
    history = History(database)
    book = start_rates(settings, Snapshots(database), KeyCalls(database), history, parts=parts)
    decisions = Decisions(database)
    typed = TypedRates(decisions, utcnow=utcnow)
    desk = Desk(
        book,
        typed=typed.standing,
        price=Price(settings.rapira_price),
        cross=Cross(settings.usdt_cross),
        limits=Limits(peg=settings.peg_band),
        utcnow=utcnow,
    )
    access = Access(settings.admin_ids, operators)

    calls, polls = (parts.enter_context(pooled_session(pools=1, per_host=32)) for _ in range(2))
    install(TelegramSender(calls, polls, stop=stopping), base_url=settings.telegram_api_url)
    bot = TeleBot(token, threaded=False, parse_mode="HTML", disable_web_page_preview=True, state_storage=states)
    introduction = Introduction(bot, pairing_code=lambda: access.pairing_code, stop=stopping)

    def finish(changes: Changes | None, update_id: int) -> None:
        with database.write():
            if changes is not None:
                changes.apply()
            inbox.done(update_id)

    updates = Updates(bot, collect=states.collect, finish=finish, language=partial(language_for, operators))
    chats, beside = Dispatcher(settings.workers), Dispatcher(RATE_REQUESTS, name="rate-request")

    def in_turn(place: Place, language: str, job: Callable[[], None]) -> None:
        to = Addressee(place.chat_id, place.thread_id, language)
        with suppress(RuntimeError):  # a stop has begun; the screen that waits asks again after the next start
            chats.submit(place.chat_id, lambda: updates.run(job, to))

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
        new_id=lambda: secrets.token_hex(4),
    )
    handlers = Handlers(conversation, cards, access=access, languages=operators, username=lambda: introduction.username)
    handlers.register(bot)

    acknowledger = Acknowledger(bot.answer_callback_query, handlers.toast)
    confirming = WhenDone() if settings.inbox == "telegram" else WhenKept()
    intake = Intake(
        inbox,
        updates.handle,
        dispatcher=chats,
        acknowledge=acknowledger.submit,
        tell=lambda update, incident: beside.submit(None, lambda: updates.apologise(update, incident)),
        confirming=confirming,
    )
    housekeeping = Periodic(
        "housekeeping",
        lambda: (
            states.forget_older_than(utcnow() - DIALOGUES_KEPT),
            inbox.forget_older_than(utcnow() - UPDATES_KEPT),
            history.thin(utcnow()),
        ),
        interval_s=HOUSEKEEPING_S,
    )

    def resume() -> None:
        resumed = intake.resume()
        log.info("polling workers=%d inbox=%s resumed=%d", settings.workers, settings.inbox, resumed)

    poller = Poller(
        telegram_updates(token, KINDS),
        intake.accept,
        confirming=confirming,
        first=resume,
        on_end=stopping.set,
        stop=stopping,
    )

    poller.start()
    parts.callback(introduction.start().join, THREADS_MAY_TAKE_S)
    housekeeping.start()
    parts.callback(housekeeping.stop, THREADS_MAY_TAKE_S)
    parts.callback(acknowledger.stop, 1.0)
    parts.callback(beside.stop, 0.0)
    if settings.inbox == "telegram":
        parts.callback(poller.confirm, CONFIRMING_MAY_TAKE_S)
    parts.callback(chats.stop, HANDLERS_MAY_TAKE_S)
    return poller


def start_rates(
    settings: Settings, snapshots: Snapshots, calls: KeyCalls, history: History, *, parts: ExitStack
) -> Book:
    """The book with what was kept in it, and the threads that keep it fresh."""
    session = parts.enter_context(
        source_session(pools=settings.connection_pool_size, per_host=settings.connection_per_host)
    )
    counted = parts.enter_context(source_session(pools=1, per_host=1, retries=CONNECT_RETRIES))
    http, counted_http = (Http(each, timeout_s=settings.api_timeout) for each in (session, counted))
    rapira, rapira_book, coingecko = guarded(
        RapiraRates(http, url=settings.rapira_url, api_key=settings.rapira_api_key, utcnow=utcnow),
        RapiraBook(http, url=settings.rapira_url, api_key=settings.rapira_api_key, utcnow=utcnow),
        CoinGecko(http, url=settings.coingecko_url, utcnow=utcnow),
    )
    order_book = OrderBook(rapira_book, utcnow=utcnow)
    asking = Periodic(
        "refresh-order-book", order_book.refresh, interval_s=ORDER_BOOK_UNASKED_S, first_s=ORDER_BOOK_UNASKED_S
    )
    keys, fiat_interval_s = settings.api_layer_key, settings.fiat_refresh_interval
    quota = Quota(
        ApiLayer.name,
        calls,
        keys=keys,
        plan=settings.api_layer_monthly_quota,
        interval_s=fiat_interval_s,
        tell=partial(log.warning, "%s"),
        utcnow=utcnow,
    )
    with_key = ApiLayer(counted_http, url=settings.apilayer_url, keys=keys, quota=quota, utcnow=utcnow)
    bank = BankOfRussia(http, url=settings.cbr_url, utcnow=utcnow)
    fiat = guarded(
        *([with_key] if keys else []),
        bank,
        ExchangeRateApi(http, url=settings.erapi_url, utcnow=utcnow),
    )
    turns_s: dict[Feed, Callable[[], float]] = {
        Feed.USDT_RUB: lambda: settings.preload_interval,
        Feed.FIAT: quota.turn_s if keys else lambda: fiat_interval_s or FIAT_INTERVAL_WITHOUT_KEY_S,
    }
    intervals_s = {feed: turn_s() for feed, turn_s in turns_s.items()}
    accepted: Hooks[Snapshot] = Hooks()
    accepted.subscribe(lambda _, snapshot: asking.wake() if order_book.follow(snapshot) else None)
    accepted.subscribe(lambda _, snapshot: snapshots.keep(snapshot))
    accepted.subscribe(lambda _, snapshot: history.keep(snapshot))
    cache: Cache[Feed, Snapshot] = Cache(max_size=settings.cache_max_size, ttl_s=settings.cache_ttl_seconds)
    book = Book(
        cache,
        {Feed.USDT_RUB: chain(Feed.USDT_RUB, [rapira, rapira_book, coingecko]), Feed.FIAT: chain(Feed.FIAT, fiat)},
        ttl_s={feed: max(settings.cache_ttl_seconds, interval_s) for feed, interval_s in intervals_s.items()},
        on_accept=accepted,
        on_demand=not settings.preload_popular_pairs,
        utcnow=utcnow,
        order_book=order_book.latest,
    )
    kept = snapshots.last()
    book.restore(kept)
    threads: list[Periodic | Backfill] = [
        asking,
        Periodic("cache-purge", cache.purge, interval_s=settings.cache_cleanup_interval),
    ]
    if settings.history_backfill_days:
        series = with_key if keys else None
        threads.append(Backfill(bank, series, history, days=settings.history_backfill_days, utcnow=utcnow))
    if settings.preload_popular_pairs:
        ages_s = {snapshot.feed: (utcnow() - snapshot.fetched_at).total_seconds() for snapshot in kept}
        threads += [
            Periodic(
                f"refresh-{feed}",
                partial(book.refresh, feed),
                interval_s=turns_s[feed],
                first_s=min(max(interval_s - ages_s.get(feed, interval_s), 0.0), interval_s),
                quiet=(NoRate, NotConfirmed),
            )
            for feed, interval_s in intervals_s.items()
        ]
    for thread in threads:
        thread.start()
        parts.callback(thread.stop, THREADS_MAY_TAKE_S)
    return book


def guarded(*sources: Source) -> list[Guarded]:
    return [Guarded(source, utcnow=utcnow) for source in sources]


def chain(feed: Feed, sources: Sequence[Guarded]) -> Chain:
    return Chain(feed, sources, last_resort=[source.last_resort for source in sources])


def complain(line: str, *, code: int) -> int:
    sys.stderr.write(line + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
