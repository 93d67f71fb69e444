"""Entry point and composition root: settings, parts, polling; nothing else."""

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from tempfile import TemporaryDirectory

from telebot import TeleBot

from calc.ages import is_too_old
from calc.base import Price
from calc.directions import Cross
from calc.errors import DeskError
from calc.snapshots import Feed, Snapshot
from chat.alarms import Alarms
from chat.client_screens import ClientCards
from chat.delivery.acknowledger import Acknowledger
from chat.delivery.behind import Behind
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.passing import Passing
from chat.delivery.poller import telegram_updates
from chat.delivery.receiving import Receiving
from chat.delivery.sender import TelegramSender, install
from chat.delivery.sending import Sending
from chat.delivery.turnstile import Turnstile
from chat.dialogue import Place
from chat.front import Front, Sources, Stores
from chat.introduction import Introduction
from chat.languages import language_for
from chat.notices import Notices
from chat.status_screen import Report
from chat.updates import Addressee, Changes, Updates
from chat.ways import Ways
from desk.access import Access
from desk.board import take
from desk.gate import Concern, Limits
from desk.quoting import Desk
from desk.typed_rates import TypedRates
from desk.watch import Verdict, Watch
from ops import checks, commandline, logs, version
from ops.checks import Check
from ops.commandline import Action, Command
from ops.process import Process
from ops.rereading import Rereading
from ops.settings import SettingError, Settings, hidden_by_environment, load, read_environment, revision
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
from storage.backup import Restored, back_up, restore
from storage.boards import PinnedBoards
from storage.condition import condition
from storage.database import open_database
from storage.decisions import Decisions
from storage.history import History
from storage.inbox import Inbox
from storage.inline_offers import InlineOffers
from storage.journal import Journal
from storage.late_edits import KeptEdits
from storage.margins import KeptMargins
from storage.members import Members
from storage.operators import Operators
from storage.quota import KeyCalls
from storage.quote_cards import QuoteCards
from storage.quote_lists import QuoteLists
from storage.quote_warnings import QuoteWarnings
from storage.quotes import Quotes
from storage.snapshots import Snapshots
from storage.states import StateStorage
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
BOARDS_S = 10.0
"""Between two edits of a pinned board, at the least."""
RATE_REQUESTS = 4
"""Threads that wait for sources on behalf of chats; those who ask for the same rate share one call."""
THREADS_MAY_TAKE_S = 0.3
"""How long a stop waits for a thread of its own; one that hangs on a source is left to the end of the process."""
CALLBACKS_MAY_TAKE_S = 1.0
STOP_MAY_TAKE_S = 6.5
"""How long a stop waits in all, whatever hangs."""
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


def start(settings: Settings, token: str, process: Process) -> None:
    """Builds every part and polls."""
    chats, beside = Dispatcher(settings.workers), Dispatcher(RATE_REQUESTS, name="rate-request")
    database = open_database(settings.database_url, may_write=chats.check)
    process.at_end(lambda timeout_s: database.close(wait_s=timeout_s), at_most_s=1.0)
    states, inbox, operators = StateStorage(database), Inbox(database), Operators(database)
    history, journal, modes = History(database), Journal(database), AlertModes(database)
    access = Access(settings.admin_ids, members := Members(database), utcnow=utcnow)
    (totals := DayTotals(database)).use_zone(settings.desk_timezone)

    calls, polls = (Posts(process.enter(pooled_session(pools=1, per_host=32))) for _ in range(2))
    sending = Sending(
        TelegramSender(calls, polls, stop=process.stopping, may_send=chats.check),
        journal=journal,
        late_edits=KeptEdits(database) if settings.inbox == "database" else None,
        server=settings.telegram_api_url,
        token=token,
        submit=chats.submit,
        stop=process.stopping,
        moved=lambda chat_id, owner, gone, anew: front.card_moved(
            Place(chat_id, owner.user_id, owner.thread_id), gone, anew
        ),
    )
    sending.install()
    bot = TeleBot(token, threaded=False, parse_mode="HTML", disable_web_page_preview=True, state_storage=states)

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
    feeds = start_feeds(settings, Snapshots(database), KeyCalls(database), history, alarms, process=process)
    decisions, quote_cards = Decisions(database), QuoteCards(database)
    typed = TypedRates(decisions, utcnow=utcnow)
    desk = Desk(
        feeds.book,
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
        sources=Sources(feeds.book.market, report=lambda: report_of(feeds), check=feeds.check),
        ways=Ways(beside.submit, in_turn, in_line),
        zone=settings.desk_timezone,
        valid_for=timedelta(minutes=settings.quote_valid_minutes),
        client_cards=ClientCards(settings.desk_name, zone=settings.desk_timezone, shares=lambda: introduction.shares),
        utcnow=utcnow,
        new_id=sending.new_id,
        username=lambda: introduction.username,
    )
    introduction = Introduction(bot, pairing_code=lambda: access.pairing_code, menus=front.menus, stop=process.stopping)
    follow_rates(front, feeds, process)
    wait_for_approvals(front, process)
    handlers = front.handlers
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
        pass_on=Passing(front.inline.answer, chats.submit).take,
        process=process,
    )
    housekeeping = Periodic(
        "housekeeping",
        lambda: (
            states.forget_older_than(utcnow() - DIALOGUES_KEPT),
            inbox.forget_older_than(utcnow() - UPDATES_KEPT),
            journal.forget_older_than(utcnow() - DIALOGUES_KEPT),
            quote_cards.forget_older_than(utcnow() - DIALOGUES_KEPT),
            history.thin(utcnow()),
            front.inline.forget_older_than(utcnow() - INLINE_OFFERS_KEPT),
        ),
        interval_s=HOUSEKEEPING_S,
    )

    process.at_end(introduction.start().join, at_most_s=THREADS_MAY_TAKE_S)
    keep_watch(settings, feeds, desk, alarms, process=process)
    keep_going(housekeeping, process)
    keep_going(Periodic("watchdog", receiving.watch, interval_s=WATCHDOG_S), process)
    process.at_end(acknowledger.stop, at_most_s=CALLBACKS_MAY_TAKE_S)
    process.at_end(beside.stop, at_most_s=0.0)
    process.expect_alive(lambda: [*acknowledger.threads, *beside.threads])
    sending.resume()
    receiving.start()


def wait_for_approvals(front: Front, process: Process) -> None:
    """What was asked of second persons before goes on, and ends in time; who may quote is looked up again by the way.

    Another process on the same database may have changed the team.
    """

    def look() -> None:
        front.access.reload()
        front.approving.look()

    keep_going(Periodic("approvals", look, interval_s=APPROVALS_S, first_s=APPROVALS_S), process)
    front.approving.resume()


def follow_rates(front: Front, feeds: Feeds, process: Process) -> None:
    """What shows or watches rates sees every one from now on, alerts those that came before anybody could listen."""
    alerting = front.alerting
    keep_going(Periodic("boards", front.boards.look, interval_s=BOARDS_S, first_s=BOARDS_S), process)
    keep_going(Periodic("quotes", front.look_at_quotes, interval_s=QUOTES_S), process)
    feeds.accepted.subscribe(lambda *_: front.margin_watch.rates_changed())
    feeds.accepted.subscribe(lambda _, snapshot: alerting.seen(snapshot))
    known = feeds.book.market()
    for snapshot in (known.usdt_rub, known.fiat):
        if snapshot is not None:
            alerting.seen(snapshot)


def keep_going(thread: Periodic | Rereading, process: Process) -> None:
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
    settings: Settings, snapshots: Snapshots, calls: KeyCalls, history: History, alarms: Alarms, *, process: Process
) -> Feeds:
    """The book with what was kept in it, and the threads that keep it fresh."""
    feeds = Feeds(settings, keys_of(settings), counts=calls, past=history, tell_quota=alarms.quota_early, utcnow=utcnow)
    process.at_end(lambda _: feeds.close(), at_most_s=0.0)
    feeds.states.subscribe(alarms.source_changed)
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


def report_of(feeds: Feeds) -> Report:
    """What /status shows."""
    return Report(feeds.book.market(), feeds.reports(), feeds.quota_in_use())


def keys_of(settings: Settings) -> Keys:
    return Keys(api_layer=settings.api_layer_key, plan=settings.api_layer_monthly_quota, rapira=settings.rapira_api_key)


def say(line: str) -> int:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return 0


def complain(line: str, *, code: int) -> int:
    sys.stderr.write(line + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
