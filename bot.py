"""Entry point and composition root: settings, parts, polling; nothing else."""

import gc
import sys

if __name__ == "__main__":
    gc.disable()  # what is loaded stays, so nobody has to look for garbage in it

from joints.early import Early, begun
from ops import loading

KINDS = ("message", "callback_query", "inline_query", "chosen_inline_result")
EARLY = begun(sys.argv[1:], KINDS) if __name__ == "__main__" else Early()  # the rest takes longer to be loaded

import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

with loading.without(*loading.EAGER):
    from telebot import TeleBot

from calc.base import Price
from calc.directions import DIRECTIONS, Cross, Currency
from calc.errors import DeskError, NotNow
from calc.past import pair_of
from chat.alarms import Alarms
from chat.backups import Backups, Copy
from chat.cards import Cards
from chat.client_screens import ClientCards
from chat.clock import WallClock
from chat.debug import Debug
from chat.delivery.acknowledger import Acknowledger
from chat.delivery.behind import Behind
from chat.delivery.calls import Calls
from chat.delivery.connections import KeptConnections
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.head_start import HeadStart
from chat.delivery.passing import Passing
from chat.delivery.poller import Polling, telegram_updates
from chat.delivery.receiving import Receiving
from chat.delivery.sender import TelegramSender
from chat.delivery.sending import Sending
from chat.delivery.turnstile import Turnstile
from chat.dialogue import Place
from chat.front import Front, Sources
from chat.introduction import Introduction
from chat.languages import language_for
from chat.notices import Notices
from chat.office import Office
from chat.step_names import step_of
from chat.updates import Addressee, Changes, Updates
from chat.ways import Ways
from desk.access import Access
from desk.board import take
from desk.gate import Limits
from desk.quoting import Desk
from desk.typed_rates import TypedRates
from joints.feeding import start_feeds
from joints.keeping import Kept
from joints.maintenance import complain, maintain, say
from joints.sharing import Sharing, share
from joints.showing import quotes_today, report_of, running_of, show, tools_of
from joints.threads import THREADS_MAY_TAKE_S
from joints.watching import follow_rates, keep_house, keep_watch, mind_threads, wait_for_approvals, watch_self
from ops import allocator, commandline, flags, logs, version
from ops.commandline import Action
from ops.inside import Inside
from ops.observing import Observing
from ops.parts import Parts
from ops.process import Process
from ops.settings import SettingError, Settings, load, read_environment, revision
from ops.standby import standing_by
from rates.http import Posts, pooled_session
from storage.afterwards import Afterwards
from storage.backup import packed_copy
from storage.connections import Connection
from storage.database import open_database
from storage.moments import utc_now as utcnow
from storage.tenure import Tenure, tenure_of

log = logging.getLogger("bot")

RATE_REQUESTS = 4
"""Threads that wait for sources on behalf of chats; those who ask for the same rate share one call."""
CALLBACKS_MAY_TAKE_S = 1.0
STOP_MAY_TAKE_S = 6.5
"""How long a stop waits in all, whatever hangs."""
TENURE_MAY_TAKE_S = 1.0
TENURE_LOOK_S = 0.1
"""How often the start looks whether it is its turn; the way from a look to the first poll is longer."""


def main(early: Early = EARLY) -> int:
    """0 after a stop that was asked for, 1 when the bot cannot go on, 2 for a wrong setting."""
    gc.freeze()
    gc.enable()
    command = commandline.read(sys.argv[1:])
    if command.action is Action.VERSION:
        return say(f"Quote Desk {version.spelled(revision())}")
    try:
        settings = early.settings or load(read_environment())
    except SettingError as error:
        return complain(f"The settings are wrong: {error}", code=2)
    if command.action is not Action.RUN:
        return maintain(settings, command)
    if settings.bot_token is None:
        return complain("BOT_TOKEN is not set. Get one from BotFather, or try the sandbox: make run", code=2)
    allocator.keep_little()
    logs.configure(settings.log_level, settings.secrets(), form=settings.log_format, file=settings.log_file)
    log.info("starting version=%s %s", version.spelled(revision()), flags.line(settings))
    process = Process(within_s=STOP_MAY_TAKE_S)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    try:
        with process:
            process.expect_alive(logs.threads)
            inside = Inside(slow_s=settings.slow_operation, utcnow=utcnow)
            observing = Observing(counts=settings.metrics)
            start(settings, settings.bot_token, inside, observing=observing, process=process, ahead=early.poll)
            process.wait()
    except DeskError as error:
        return complain(str(error), code=1)
    return 0 if process.failure is None else complain(process.failure, code=1)


def start(
    settings: Settings,
    token: str,
    inside: Inside,
    *,
    observing: Observing,
    process: Process,
    ahead: HeadStart | None,
) -> None:
    """Opens the database, and serves the desk as soon as no other process does."""
    chats = Dispatcher(settings.workers)
    sharing = share(settings, token, process=process)
    lease = None if settings.is_alone else sharing.link
    tenure = tenure_of(settings.database_url, lost=process.stop, link=lease, desk=sharing.desk)
    observe = inside.query(observing.query)
    database = open_database(settings.database_url, may_write=chats.check, fence=tenure.fence, observe=observe)
    process.at_end(lambda timeout_s: database.close(wait_s=timeout_s), at_most_s=1.0)
    if comes_to_serve(settings, tenure, sharing, process=process):
        serve(
            settings,
            token,
            sharing.around(database),
            sharing=sharing,
            inside=inside,
            observing=observing,
            tenure=tenure,
            chats=chats,
            process=process,
            ahead=ahead,
        )


def comes_to_serve(settings: Settings, tenure: Tenure, sharing: Sharing, *, process: Process) -> bool:
    """Waits until no other process serves the desk, and says that it waits. False when the end came first."""
    tenure.start()
    process.expect(lambda: None if tenure.is_minded() else "nobody minds the lease")
    if tenure.held:
        return True
    log.info("standby: another process may serve the desk")
    pages = standing_by(host=settings.host, port=settings.port, trouble=tenure.trouble)
    pages.start()
    try:
        with sharing.listening():
            return process.wait(until=lambda: tenure.held, every_s=TENURE_LOOK_S)
    finally:
        pages.stop(THREADS_MAY_TAKE_S)


def serve(
    settings: Settings,
    token: str,
    database: Afterwards,
    *,
    sharing: Sharing,
    inside: Inside,
    observing: Observing,
    tenure: Tenure,
    chats: Dispatcher,
    process: Process,
    ahead: HeadStart | None,
) -> None:
    """Builds every part and polls; what is kept is read now that no other process changes it any more."""
    beside = Dispatcher(RATE_REQUESTS, name="rate-request")
    kept = Kept(database, settings, sharing, permit=chats.permit, observe=inside.query(observing.query))
    access = Access(settings.admin_ids, kept.members, utcnow=utcnow)

    calls, polls = (
        process.enter(
            KeptConnections(
                settings.telegram_api_url,
                Posts(process.enter(pooled_session(pools=1, per_host=32))),
                serves=lambda: tenure.held,
            )
        )
        for _ in range(2)
    )
    sending = Sending(
        observing.telegram(
            inside.timing(
                "telegram",
                TelegramSender(calls, polls, stop=process.stopping, may_send=chats.check, serves=lambda: tenure.held),
            )
        ),
        journal=kept.journal,
        late_edits=kept.late_edits,
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
    bot = TeleBot(token, threaded=False, parse_mode="HTML", disable_web_page_preview=True, state_storage=kept.states)

    def finish(changes: Changes | None, update_id: int) -> None:
        def write(connection: Connection) -> None:
            if changes is not None:
                changes.write(connection)
            kept.taking.mark_done(connection, update_id)

        kept.together.write(write)

    updates = Updates(
        bot,
        lambda update: front.handlers.answer(update),  # noqa: PLW0108  # which there is not yet
        collect=kept.states.collect,
        finish=finish,
        is_done=kept.taking.is_done,
        language=partial(language_for, kept.operators),
        handling=sending.handling,
    )

    def tell(apologise: Callable[[], None]) -> None:
        beside.submit("incidents", apologise)

    behind = Behind(chats.submit)

    def in_line(chat_id: int, job: Callable[[], None]) -> None:
        behind.submit(chat_id, sending.job(lambda: updates.try_again(job), is_notice=True))

    alarms = Alarms(
        Notices(
            bot,
            owners=lambda: access.owners,
            languages=kept.operators,
            in_line=in_line,
            zone=settings.desk_timezone,
            mode=kept.modes.mode,
        ).tell,
        utcnow=utcnow,
    )
    feeds = start_feeds(settings, kept, alarms=alarms, observing=observing, sharing=sharing, process=process)
    process.at_end(tenure.stop, at_most_s=TENURE_MAY_TAKE_S)  # after all that speak, before sources that may hang
    typed = TypedRates(kept.decisions, utcnow=utcnow)
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

    office = Office(
        bot=bot,
        cards=Cards(bot),
        client_cards=ClientCards(settings.desk_name, zone=settings.desk_timezone, shares=lambda: introduction.shares),
        desk=desk,
        access=access,
        stores=kept.for_chat(),
        ways=Ways(beside.submit, in_turn, in_line),
        clock=WallClock(settings.desk_timezone, utcnow),
    )
    backups = Backups(
        office.cards,
        copy=lambda: copy_of(settings.database_url),
        owners=lambda: access.owners,
        languages=kept.operators,
        sent=kept.sent_copies,
        ways=office.ways,
        failed=partial(alarms.trouble_seen, "backup"),
        note=kept.audit.note,
        clock=office.clock,
    )
    front = Front(
        office,
        typed=typed,
        sources=Sources(
            feeds.book.market,
            report=lambda: report_of(feeds, typed, running_of(settings, inside, chats, receiving, redis=sharing.link)),
            check=feeds.check,
            refused=lambda error: observing.refused(error.reasons),
            quoted=observing.quote_changed,
        ),
        more=[backups.feature, Debug(office.cards, tools_of(feeds, inside), ways=office.ways).feature],
        valid_for=timedelta(minutes=settings.quote_valid_minutes),
        new_id=sending.new_id,
        username=lambda: introduction.username,
    )
    introduction = Introduction(
        bot, pairing_code=lambda: access.pairing_code, menus=front.people.menus, stop=process.stopping
    )
    wait_for_approvals(front, process)
    follow_rates(front, feeds, process, backups=backups if settings.backup_nightly else None)

    acknowledger = Acknowledger(Calls(bot).answer, front.handlers.toast)
    poll = telegram_updates(token, KINDS)
    receiving = Receiving(
        ahead.before(poll) if ahead else poll,
        observing.handling(inside.handling(updates.handle, step_of), is_operator=access.allows),
        inbox=kept.taking,
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
            windows=sharing.windows(),
        ),
        pass_on=Passing(front.requests.inline.answer, chats.submit).take,
        came=sending.came,
        late=sending.late_updates,
        process=process,
        lasts=lambda: database.is_home,
        comes_back=lambda error: isinstance(error, NotNow),
        rival_seen=sharing.rival_seen,
    )
    process.at_end(introduction.start().join, at_most_s=THREADS_MAY_TAKE_S)
    keep_watch(settings, feeds, desk, alarms, process=process)
    watch_self(settings, inside, chats, receiving, days=kept.step_days, alarms=alarms, process=process)
    keep_house(lambda: kept.forget(front, utcnow()), database, alarms=alarms, sharing=sharing, process=process)
    mind_threads(settings, receiving, process)
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
            usdt_rub_since=partial(kept.history.since, pair_of(Currency.USDT)),
            quotes_today=partial(quotes_today, kept.quote_counts, settings.desk_timezone),
            errors=lambda: logs.recent().errors(),
            edges=lambda: (
                receiving.snapshot() | {f"handlers {what}": each for what, each in updates.snapshot().items()}
            ),
            redis=sharing.link,
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


def live_and_end_with(acknowledger: Acknowledger, beside: Dispatcher, process: Process) -> None:
    process.at_end(acknowledger.stop, at_most_s=CALLBACKS_MAY_TAKE_S)
    process.at_end(beside.stop, at_most_s=0.0)
    process.expect_alive(lambda: [*acknowledger.threads, *beside.threads])


def copy_of(database_url: str) -> Copy:
    with TemporaryDirectory() as folder:
        content, examined = packed_copy(database_url, Path(folder))
    return Copy(content, examined.size)


if __name__ == "__main__":
    sys.exit(main())
