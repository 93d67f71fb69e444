"""Entry point and composition root: settings, parts, polling; nothing else."""

import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from telebot import TeleBot

from calc.ages import is_too_old
from calc.base import Price
from calc.directions import DIRECTIONS, Cross, Currency
from calc.errors import DeskError
from calc.past import pair_of
from calc.snapshots import Feed, Snapshot
from chat.alarms import Alarms
from chat.backups import Backups, Copy
from chat.cards import Cards
from chat.client_screens import ClientCards
from chat.debug import Debug, SlowOne, Tools
from chat.delivery.acknowledger import Acknowledger
from chat.delivery.behind import Behind
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.forgetful import ForgetfulInbox
from chat.delivery.passing import Passing
from chat.delivery.poller import Polling, telegram_updates
from chat.delivery.receiving import Receiving
from chat.delivery.sender import TelegramSender, install
from chat.delivery.sending import Sending
from chat.delivery.turnstile import Turnstile
from chat.dialogue import Place
from chat.front import Front, Sources, Stores
from chat.introduction import Introduction
from chat.languages import language_for
from chat.notices import Notices
from chat.running import Running
from chat.self_watch import Reading, SelfWatch
from chat.status_screen import Report
from chat.step_names import step_of
from chat.updates import Addressee, Changes, Updates
from chat.ways import Ways
from desk.access import Access
from desk.board import take
from desk.gate import Concern, Limits
from desk.quoting import Desk
from desk.typed_rates import TypedRates
from desk.watch import Verdict, Watch
from ops import checks, commandline, flags, logs, version
from ops.checks import Check
from ops.commandline import Action, Command
from ops.health import Health, has_rate
from ops.inside import Inside
from ops.machine import disk_of
from ops.monitor import Measured
from ops.observing import Observing
from ops.parts import Parts
from ops.process import Process
from ops.profile import Profiling
from ops.rereading import Rereading
from ops.samples import Samples
from ops.server import WebServer
from ops.settings import SettingError, Settings, hidden_by_environment, load, read_environment, revision
from ops.sight import LOOK_EVERY_S, Sight, server_of
from ops.standby import standing_by
from ops.usage import memory_bytes
from rates.book import Book
from rates.feeds import Feeds
from rates.guarded import SourceReport
from rates.hooks import Hooks
from rates.http import Posts, pooled_session
from rates.keys import Keys
from rates.periodic import Periodic
from storage.alerts import AlertModes, KeptAlerts
from storage.approvals import Approvals
from storage.audit import Audit
from storage.backup import Restored, back_up, packed_copy, restore
from storage.boards import PinnedBoards
from storage.condition import condition
from storage.database import Database, open_database
from storage.decisions import Decisions
from storage.history import History
from storage.inbox import Inbox
from storage.inline_offers import InlineOffers
from storage.journal import Journal
from storage.late_edits import KeptEdits
from storage.margins import KeptMargins
from storage.members import Members
from storage.operators import Operators
from storage.places import is_postgres, path_of
from storage.pulse import Pulse
from storage.quota import KeyCalls
from storage.quote_cards import QuoteCards
from storage.quote_counts import QuoteCounts
from storage.quote_lists import QuoteLists
from storage.quote_warnings import QuoteWarnings
from storage.quotes import Quotes
from storage.sent_copies import SentCopies
from storage.snapshots import Snapshots
from storage.states import StateStorage
from storage.step_days import StepDays
from storage.tenure import Tenure, tenure_of
from storage.totals import DayTotals

log = logging.getLogger("bot")

KINDS = ("message", "callback_query", "inline_query", "chosen_inline_result")
DIALOGUES_KEPT = timedelta(days=30)
UPDATES_KEPT = timedelta(days=2)
INLINE_OFFERS_KEPT = timedelta(hours=12)
"""Of a list that stays open for so long somebody may still choose; what was chosen then has expired."""
HOUSEKEEPING_S = 3600.0
WATCH_S = 15.0
"""Between two looks at what the gate says; a rate that ages does so without an event."""
QUOTES_S = 1.0
"""Between two looks at the countdowns of open quotes."""
APPROVALS_S = 10.0
"""Between two looks for requests that nobody has answered in time."""
BACKUPS_S = 300.0
"""Between two looks whether the copy of the night is due, or to be tried again."""
MEMORY_S = 600.0
"""Between two looks at how much memory is held."""
STEP_DAYS_KEPT = timedelta(days=90)
DATABASE_S = 15.0
"""Between two looks whether the disk takes what was written elsewhere."""
BOARDS_S = 10.0
"""Between two edits of a pinned board, at the least."""
RATE_REQUESTS = 4
"""Threads that wait for sources on behalf of chats; those who ask for the same rate share one call."""
THREADS_MAY_TAKE_S = 0.3
"""How long a stop waits for a thread of its own; one that hangs on a source is left to the end of the process."""
CALLBACKS_MAY_TAKE_S = 1.0
STOP_MAY_TAKE_S = 6.5
"""How long a stop waits in all, whatever hangs."""
TENURE_MAY_TAKE_S = 1.0
TENURE_LOOK_S = 0.1
"""How often the start looks whether it is its turn; the way from a look to the first poll is longer."""
WATCHDOG_S = 1.0


def utcnow() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    """0 after a stop that was asked for, 1 when the bot cannot go on, 2 for a wrong setting."""
    command = commandline.read(sys.argv[1:])
    if command.action is Action.VERSION:
        return say(f"Quote Desk {version.spelled(revision())}")
    try:
        settings = load(read_environment())
    except SettingError as error:
        return complain(f"The settings are wrong: {error}", code=2)
    if command.action is not Action.RUN:
        return maintain(settings, command)
    if settings.bot_token is None:
        return complain("BOT_TOKEN is not set. Get one from BotFather, or try the sandbox: make run", code=2)
    logs.configure(settings.log_level, settings.secrets(), form=settings.log_format, file=settings.log_file)
    log.info("starting version=%s %s", version.spelled(revision()), flags.line(settings))
    process = Process(within_s=STOP_MAY_TAKE_S)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    try:
        with process:
            process.expect_alive(logs.threads)
            inside = Inside(slow_s=settings.slow_operation, utcnow=utcnow)
            start(settings, settings.bot_token, inside, observing=Observing(counts=settings.metrics), process=process)
            process.wait()
    except DeskError as error:
        return complain(str(error), code=1)
    return 0 if process.failure is None else complain(process.failure, code=1)


def maintain(settings: Settings, command: Command) -> int:
    """One thing done beside the bot, or instead of it; 0 when it was done and all is well."""
    logs.configure("ERROR", settings.secrets())
    try:
        match command.action:
            case Action.BACKUP:
                made = back_up(settings.database_url, command.file)
                return say(f"copied to {command.file}: {made.size:,} bytes, schema {made.version}, read back whole")
            case Action.RESTORE:
                return say(restored(restore(settings.database_url, command.file)))
            case _:
                return 0 if checks.run(checks_of(settings), redact=logs.masked(settings.secrets()), say=say) else 1
    except DeskError as error:
        return complain(str(error), code=1)


def restored(copy: Restored) -> str:
    if not copy.is_in_place:
        return "the copy is whole; the bot is running, so restart it: the next start puts the copy in place"
    kept = f"; what was there before is kept in {copy.before}" if copy.before else ""
    return f"restored: {copy.examined.size:,} bytes, schema {copy.examined.version}{kept}"


def checks_of(settings: Settings) -> Iterator[Check]:
    """What `--check` looks at; it writes nothing, and makes no call that counts against a plan."""

    def who() -> str:
        if settings.bot_token is None:
            raise checks.Wrong("BOT_TOKEN is not set")
        with pooled_session(pools=1, per_host=1) as session:
            install(TelegramSender(Posts(session), Posts(session)), base_url=settings.telegram_api_url)
            return f"@{TeleBot(settings.bot_token, threaded=False).get_me().username}"

    def database() -> str:
        found = condition(settings.database_url)
        schema = "none yet, the first start makes it" if found.version is None else f"schema {found.version}"
        return f"{found.path}: {schema}, {found.size:,} bytes; {found.free // 2**20:,} MB free; inbox={settings.inbox}"

    def asked(report: SourceReport) -> str:
        if report.last_trouble is not None:
            raise checks.Wrong(report.last_trouble)
        return "answers" if report.answered_at else "has a key; not asked, for each call counts"

    yield Check("settings", lambda: f"read; owners: {len(settings.admin_ids) or 'none yet, the log will show a link'}")
    yield Check("token", who)
    yield Check("database", database)
    with TemporaryDirectory() as folder:
        scratch = open_database(f"sqlite:///{folder}/scratch.db")
        counts, past = KeyCalls(scratch), History(scratch)
        feeds = Feeds(settings, keys_of(settings), counts=counts, past=past, tell_quota=log.warning, utcnow=utcnow)
        feeds.check()
        for reports in feeds.reports().values():
            yield from (Check(each.state.source, partial(asked, each)) for each in reports)
        feeds.close()
        scratch.close()


def start(settings: Settings, token: str, inside: Inside, *, observing: Observing, process: Process) -> None:
    """Opens the database, and serves the desk as soon as no other process does."""
    chats = Dispatcher(settings.workers)
    tenure = tenure_of(settings.database_url, lost=process.stop)
    observe = inside.query(observing.query)
    database = open_database(settings.database_url, may_write=chats.check, fence=tenure.fence, observe=observe)
    process.at_end(lambda timeout_s: database.close(wait_s=timeout_s), at_most_s=1.0)
    if comes_to_serve(settings, tenure, process):
        serve(
            settings,
            token,
            database,
            inside=inside,
            observing=observing,
            tenure=tenure,
            chats=chats,
            process=process,
        )


def comes_to_serve(settings: Settings, tenure: Tenure, process: Process) -> bool:
    """Waits until no other process serves the desk, and says that it waits. False when the end came first."""
    tenure.start()
    process.expect(lambda: None if tenure.is_minded() else "nobody minds the lease")
    if tenure.held:
        return True
    log.info("standby: another process may serve the desk")
    pages = standing_by(host=settings.host, port=settings.port, trouble=tenure.trouble)
    pages.start()
    try:
        return process.wait(until=lambda: tenure.held, every_s=TENURE_LOOK_S)
    finally:
        pages.stop(THREADS_MAY_TAKE_S)


def serve(
    settings: Settings,
    token: str,
    database: Database,
    *,
    inside: Inside,
    observing: Observing,
    tenure: Tenure,
    chats: Dispatcher,
    process: Process,
) -> None:
    """Builds every part and polls; what is kept is read now that no other process changes it any more."""
    beside = Dispatcher(RATE_REQUESTS, name="rate-request")
    states, inbox, operators = StateStorage(database), Inbox(database), Operators(database)
    taking = ForgetfulInbox() if settings.inbox == "off" else inbox
    history, journal, modes = History(database), Journal(database), AlertModes(database)
    access = Access(settings.admin_ids, members := Members(database), utcnow=utcnow)
    (totals := DayTotals(database)).use_zone(settings.desk_timezone)

    calls, polls = (Posts(process.enter(pooled_session(pools=1, per_host=32))) for _ in range(2))
    sending = Sending(
        observing.telegram(
            inside.timing(
                "telegram",
                TelegramSender(calls, polls, stop=process.stopping, may_send=chats.check, serves=lambda: tenure.held),
            )
        ),
        journal=journal,
        late_edits=KeptEdits(database) if settings.inbox == "database" else None,
        server=settings.telegram_api_url,
        token=token,
        submit=chats.submit,
        stop=process.stopping,
        moved=lambda chat_id, owner, gone, anew: front.card_moved(
            Place(chat_id, owner.user_id, owner.thread_id), gone, anew
        ),
        is_limited=settings.send_limits_enabled,
    )
    sending.install()
    bot = TeleBot(token, threaded=False, parse_mode="HTML", disable_web_page_preview=True, state_storage=states)

    def finish(changes: Changes | None, update_id: int) -> None:
        with database.write():
            if changes is not None:
                changes.apply()
            taking.done(update_id)

    updates = Updates(
        bot,
        collect=states.collect,
        finish=finish,
        language=partial(language_for, operators),
        handling=sending.handling,
    )

    def tell(apologise: Callable[[], None]) -> None:
        beside.submit("incidents", apologise)

    behind = Behind(chats.submit)

    def in_line(chat_id: int, job: Callable[[], None]) -> None:
        behind.submit(chat_id, sending.job(job, is_notice=True))

    alarms = Alarms(
        Notices(
            bot,
            owners=lambda: access.owners,
            languages=operators,
            in_line=in_line,
            zone=settings.desk_timezone,
            mode=modes.mode,
        ).tell,
        utcnow=utcnow,
    )
    feeds = start_feeds(
        settings, Snapshots(database), KeyCalls(database), history, alarms, observing=observing, process=process
    )
    process.at_end(tenure.stop, at_most_s=TENURE_MAY_TAKE_S)  # after all that speak, before sources that may hang
    decisions, quote_cards = Decisions(database), QuoteCards(database)
    typed = TypedRates(decisions, utcnow=utcnow)
    desk = Desk(
        feeds.book,
        typed=typed.standing,
        price=Price(settings.rapira_price),
        cross=Cross(settings.usdt_cross),
        limits=Limits(peg=settings.peg_band),
        refuses=settings.gate_enabled,
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

    ways = Ways(beside.submit, in_turn, in_line)
    backups = Backups(
        Cards(bot),
        copy=lambda: copy_of(settings.database_url),
        owners=lambda: access.owners,
        languages=operators,
        sent=SentCopies(database),
        ways=ways,
        failed=partial(alarms.trouble_seen, "backup"),
        zone=settings.desk_timezone,
        utcnow=utcnow,
    )
    front = Front(
        bot,
        desk,
        typed=typed,
        access=access,
        stores=Stores(
            operators=operators,
            margins=KeptMargins(database),
            members=members,
            approvals=Approvals(database),
            deeds=Audit(database),
            decisions=decisions,
            quotes=Quotes(database),
            quote_cards=quote_cards,
            quote_warnings=QuoteWarnings(database),
            inline_offers=InlineOffers(database),
            boards=PinnedBoards(database),
            alerts=KeptAlerts(database),
            modes=modes,
            history=history,
            book=QuoteLists(database),
            totals=totals,
            note=Audit(database).note,
        ),
        sources=Sources(
            feeds.book.market,
            report=lambda: report_of(feeds, typed, running_of(settings, inside, chats, receiving)),
            check=feeds.check,
            refused=lambda error: observing.refused(error.reasons),
            quoted=observing.quote_changed,
        ),
        ways=ways,
        more=[backups.feature, Debug(Cards(bot), tools_of(feeds, inside), ways=ways).feature],
        zone=settings.desk_timezone,
        valid_for=timedelta(minutes=settings.quote_valid_minutes),
        client_cards=ClientCards(settings.desk_name, zone=settings.desk_timezone, shares=lambda: introduction.shares),
        utcnow=utcnow,
        new_id=sending.new_id,
        username=lambda: introduction.username,
    )
    introduction = Introduction(bot, pairing_code=lambda: access.pairing_code, menus=front.menus, stop=process.stopping)
    wait_for_approvals(front, process)
    follow_rates(front, feeds, process, backups=backups if settings.backup_nightly else None)
    front.handlers.register(bot)

    acknowledger = Acknowledger(bot.answer_callback_query, front.handlers.toast)
    receiving = Receiving(
        telegram_updates(token, KINDS),
        observing.handling(inside.handling(updates.handle, step_of), is_operator=access.allows),
        inbox=taking,
        kept_by=settings.inbox,
        chats=chats,
        handler_timeout_s=settings.handler_timeout,
        exclusively=database.write,
        acknowledge=acknowledger.submit,
        tell=lambda update, incident: tell(lambda: updates.apologise(update, incident)),
        turnstile=Turnstile(
            access.allows,
            may_pair=front.handlers.may_pair,
            answer=acknowledger.submit,
            tell=lambda update: tell(lambda: updates.slow_down(update)),
        ),
        pass_on=Passing(front.inline.answer, chats.submit).take,
        process=process,
        lasts=lambda: database.is_home,
    )
    process.at_end(introduction.start().join, at_most_s=THREADS_MAY_TAKE_S)
    keep_watch(settings, feeds, desk, alarms, process=process)
    watch_self(settings, inside, chats, receiving, StepDays(database), alarms=alarms, process=process)
    keep_house(
        lambda: (
            states.forget_older_than(utcnow() - DIALOGUES_KEPT),
            inbox.forget_older_than(utcnow() - UPDATES_KEPT),
            journal.forget_older_than(utcnow() - DIALOGUES_KEPT),
            quote_cards.forget_older_than(utcnow() - DIALOGUES_KEPT),
            history.thin(utcnow()),
            front.inline.forget_older_than(utcnow() - INLINE_OFFERS_KEPT),
        ),
        database,
        alarms=alarms,
        process=process,
    )
    keep_going(Periodic("watchdog", receiving.watch, interval_s=WATCHDOG_S), process)
    live_and_end_with(acknowledger, beside, process)
    begin(sending, receiving)
    show(
        settings,
        Parts(
            polling=lambda: receiving.poller.polling,
            pools={"chats": chats, "beside": beside},
            sending=sending,
            answering=acknowledger,
            turned_away=lambda: receiving.turned_away,
            active_operators=observing.active_operators,
            market=feeds.book.market,
            quotable=lambda: (take(desk.offer).quotable, len(DIRECTIONS)),
            cache=feeds.cache_stats,
            sources=feeds.reports,
            quota=feeds.quota_in_use,
            usdt_rub_since=partial(history.since, pair_of(Currency.USDT)),
            quotes_today=partial(quotes_today, QuoteCounts(database), settings.desk_timezone),
            errors=lambda: logs.recent().errors(),
            edges=lambda: (
                receiving.snapshot() | {f"handlers {what}": each for what, each in updates.snapshot().items()}
            ),
        ),
        database,
        may_serve=lambda: receiving.poller.asks_for_s > 0 or receiving.poller.polling != Polling(),
        observing=observing,
        process=process,
    )


def begin(sending: Sending, receiving: Receiving) -> None:
    """What an earlier process could not send, then what people send."""
    sending.resume()
    receiving.start()


def show(
    settings: Settings,
    parts: Parts,
    database: Database,
    *,
    may_serve: Callable[[], bool],
    observing: Observing,
    process: Process,
) -> None:
    """Looks at everything now and then, and serves what was seen from when it `may_serve`."""
    pulse = Pulse(database)

    def is_kept() -> str | None:
        pulse.beat()
        return None if database.is_home else "its disk takes nothing, and what is written is kept elsewhere"

    needed = {"database": is_kept}
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
    keep_going(Periodic("look-after", sight.look, interval_s=LOOK_EVERY_S), process)
    server = server_of(
        sight,
        host=settings.host,
        port=settings.port,
        token=settings.ops_token,
        may_zip=settings.gzip_enabled,
        clock=observing.clock,
        may_begin=may_serve,
    )
    keep_going(server, process)


def quotes_today(counts: QuoteCounts, zone: tzinfo) -> Mapping[tuple[str, str], int]:
    """By direction and state, since midnight."""
    now = utcnow().astimezone(zone)
    return counts.since(now.replace(hour=0, minute=0, second=0, microsecond=0))


def wait_for_approvals(front: Front, process: Process) -> None:
    """What was asked of second persons before goes on, and ends in time; who may quote is looked up again by the way.

    Another process on the same database may have changed the team.
    """

    def look() -> None:
        front.access.reload()
        front.approving.look()

    keep_going(Periodic("approvals", look, interval_s=APPROVALS_S, first_s=APPROVALS_S), process)
    front.approving.resume()


def live_and_end_with(acknowledger: Acknowledger, beside: Dispatcher, process: Process) -> None:
    process.at_end(acknowledger.stop, at_most_s=CALLBACKS_MAY_TAKE_S)
    process.at_end(beside.stop, at_most_s=0.0)
    process.expect_alive(lambda: [*acknowledger.threads, *beside.threads])


def keep_house(forget: Callable[[], object], database: Database, *, alarms: Alarms, process: Process) -> None:
    """What grows would do so for ever; and the database comes home when it can."""
    keep_going(Periodic("housekeeping", forget, interval_s=HOUSEKEEPING_S), process)
    keep_going(Periodic("database", lambda: look_after(database, alarms), interval_s=DATABASE_S), process)


def follow_rates(front: Front, feeds: Feeds, process: Process, *, backups: Backups | None) -> None:
    """What shows or watches rates sees every one from now on, alerts those that came before anybody could listen.

    Copies of the night are made beside that, where they are switched on.
    """
    alerting = front.alerting
    if backups is not None:
        keep_going(Periodic("backups", backups.look, interval_s=BACKUPS_S), process)
    keep_going(Periodic("boards", front.boards.look, interval_s=BOARDS_S, first_s=BOARDS_S), process)
    keep_going(Periodic("quotes", front.look_at_quotes, interval_s=QUOTES_S), process)
    feeds.accepted.subscribe(lambda *_: front.margin_watch.rates_changed())
    feeds.accepted.subscribe(lambda _, snapshot: alerting.seen(snapshot))
    known = feeds.book.market()
    for snapshot in (known.usdt_rub, known.fiat):
        if snapshot is not None:
            alerting.seen(snapshot)


def keep_going(thread: Periodic | Rereading | Profiling | WebServer, process: Process) -> None:
    thread.start()
    process.at_end(thread.stop, at_most_s=THREADS_MAY_TAKE_S)
    process.expect_alive(lambda: [thread.thread])


def keep_watch(settings: Settings, feeds: Feeds, desk: Desk, alarms: Alarms, *, process: Process) -> None:
    """Over the rates, where somebody refreshes them, and over the settings, when a signal says that they changed."""
    if settings.preload_popular_pairs:
        verdicts: Hooks[Verdict] = Hooks()
        verdicts.subscribe(log_verdict)
        watch = Watch(desk.offer, verdicts)
        feeds.accepted.subscribe(lambda *_: watch.look())

        def look_around() -> None:
            watch.look()
            look(feeds.book, desk, alarms)

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


def start_feeds(
    settings: Settings,
    snapshots: Snapshots,
    calls: KeyCalls,
    history: History,
    alarms: Alarms,
    *,
    observing: Observing,
    process: Process,
) -> Feeds:
    """The book with what was kept in it, and the threads that keep it fresh."""
    feeds = Feeds(settings, keys_of(settings), counts=calls, past=history, tell_quota=alarms.quota_early, utcnow=utcnow)
    process.at_end(lambda _: feeds.close(), at_most_s=0.0)
    feeds.states.subscribe(alarms.source_changed)
    feeds.calls.subscribe(lambda _, call: observing.source_called(call.source, call.trouble, call.took_s))
    feeds.accepted.subscribe(lambda _, snapshot: snapshots.keep(snapshot))
    feeds.accepted.subscribe(lambda _, snapshot: history.keep(snapshot))
    kept = snapshots.last()
    feeds.book.restore(kept)
    if feeds.backfill is not None:
        feeds.backfill.start()
        process.at_end(feeds.backfill.stop, at_most_s=THREADS_MAY_TAKE_S)
    for thread in feeds.threads(kept):
        keep_going(thread, process)
    return feeds


def copy_of(database_url: str) -> Copy:
    with TemporaryDirectory() as folder:
        content, examined = packed_copy(database_url, Path(folder))
    return Copy(content, examined.size)


def look_after(database: Database, alarms: Alarms) -> None:
    """Brings the database home when that can be done, and says where it is."""
    database.recover()
    said = None if database.trouble is None else {"reason": escape(database.trouble)}
    alarms.trouble_seen("sheltered", None if database.is_home else said)
    alarms.trouble_seen("database", said if database.is_home else None)


def watch_self(
    settings: Settings,
    inside: Inside,
    chats: Dispatcher,
    receiving: Receiving,
    days: StepDays,
    *,
    alarms: Alarms,
    process: Process,
) -> None:
    """What the bot notices of itself: into the log each hour, and to the owners when something is wrong."""
    path = place_of(settings)

    def read() -> Reading:
        disk = disk_of(path)
        left = disk.free if disk.is_nearly_full else None
        return Reading(receiving.poller.polling.has_rival, chats.waiting(), inside.memory.grown, left)

    def summarise() -> None:
        inside.monitor.summarise(days)
        days.forget_before(utcnow().date() - STEP_DAYS_KEPT)
        slower = next(iter(inside.monitor.doubled()), None)
        alarms.trouble_seen("slower", None if slower is None else comparison(*slower))

    inside.monitor.restore(days)
    watch = SelfWatch(read, alarms.trouble_seen)
    keep_going(Periodic("self-watch", watch.look, interval_s=WATCH_S, first_s=WATCH_S), process)
    keep_going(Periodic("memory", lambda: inside.memory.look(memory_bytes()), interval_s=MEMORY_S), process)
    keep_going(Periodic("monitor", summarise, interval_s=HOUSEKEEPING_S, first_s=HOUSEKEEPING_S), process)
    keep_going(inside.profiling, process)
    if hasattr(signal, "SIGUSR1"):  # Windows has none
        signal.signal(signal.SIGUSR1, inside.profiling.ask)


def place_of(settings: Settings) -> Path:
    """The file of the database; where a server keeps it, the folder that the bot runs in."""
    return Path.cwd() if is_postgres(settings.database_url) else path_of(settings.database_url)


def comparison(before: Measured, now: Measured) -> dict[str, object]:
    return {"step": now.step, "before": f"{before.p95_ms:.0f}", "now": f"{now.p95_ms:.0f}"}


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


def running_of(settings: Settings, inside: Inside, chats: Dispatcher, receiving: Receiving) -> Running:
    """How the bot itself is, for /status."""
    path, polling = place_of(settings), receiving.poller.polling
    heard_s = None if polling.heard_at is None else time.monotonic() - polling.heard_at
    return Running(
        version=version.spelled(revision()),
        uptime=timedelta(seconds=inside.uptime.seconds),
        heard=None if heard_s is None else timedelta(seconds=heard_s),
        trouble=polling.trouble if polling.failures else None,
        has_rival=polling.has_rival,
        waiting=chats.waiting(),
        working=chats.running(),
        workers=len(chats.threads),
        memory=memory_bytes(),
        database=path.stat().st_size if path.is_file() else 0,
        free=disk_of(path).free,
        switched_off=flags.switched_off(settings),
    )


def report_of(feeds: Feeds, typed: TypedRates, bot: Running) -> Report:
    """What /status shows."""
    return Report(feeds.book.market(), feeds.reports(), feeds.quota_in_use(), typed.standing(), bot)


def keys_of(settings: Settings) -> Keys:
    return Keys(api_layer=settings.api_layer_key, plan=settings.api_layer_monthly_quota, rapira=settings.rapira_api_key)


def say(line: str) -> int:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return 0


def complain(line: str, *, code: int) -> int:
    logs.flush()
    sys.stderr.write(line + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
