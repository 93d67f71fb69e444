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
from datetime import tzinfo
from functools import partial

with loading.without(*loading.EAGER):
    from telebot import TeleBot

from calc.errors import DeskError
from chat.alarms import Alarms
from chat.cards import Cards
from chat.client_screens import ClientCards
from chat.clock import WallClock
from chat.delivery.acknowledger import Acknowledger
from chat.delivery.calls import Calls
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.head_start import Fetch, HeadStart
from chat.delivery.poller import telegram_updates
from chat.front import Front
from chat.introduction import Introduction
from chat.languages import language_for
from chat.notices import Notices
from chat.office import Office
from chat.telegram import Telegram
from chat.turns import Turns
from chat.updates import Updates
from desk.access import Access
from desk.typed_rates import TypedRates
from joints.feeding import desk_of, start_feeds
from joints.fronting import backups_of, front_of
from joints.keeping import Kept
from joints.maintenance import complain, maintain, say
from joints.receiving import receiving_of
from joints.run import Run
from joints.sending import sending_of
from joints.service import Service
from joints.sharing import share
from joints.showing import running_of, show
from joints.threads import THREADS_MAY_TAKE_S
from joints.watching import follow_rates, keep_house, keep_watch, mind_threads, wait_for_approvals, watch_self
from ops import allocator, commandline, flags, logs, version
from ops.commandline import Action
from ops.inside import Inside
from ops.observing import Observing
from ops.process import Process
from ops.settings import SettingError, Settings, load, read_environment, revision
from ops.standby import standing_by
from storage.afterwards import Afterwards
from storage.database import open_database
from storage.moments import utc_now as utcnow
from storage.tenure import tenure_of

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
            start(settings, settings.bot_token, process, ahead=early.poll)
            process.wait()
    except DeskError as error:
        return complain(str(error), code=1)
    return 0 if process.failure is None else complain(process.failure, code=1)


def start(settings: Settings, token: str, process: Process, *, ahead: HeadStart | None) -> None:
    """Opens the database, and serves the desk as soon as no other process does."""
    sharing = share(settings, token, process=process)
    lease = None if settings.is_alone else sharing.link
    run = Run(
        settings=settings,
        token=token,
        process=process,
        inside=Inside(slow_s=settings.slow_operation, utcnow=utcnow),
        observing=Observing(counts=settings.metrics),
        chats=Dispatcher(settings.workers),
        sharing=sharing,
        tenure=tenure_of(settings.database_url, lost=process.stop, link=lease, desk=sharing.desk),
    )
    may_write, fence = run.chats.check, run.tenure.fence
    database = open_database(settings.database_url, may_write=may_write, fence=fence, observe=run.observe)
    process.at_end(lambda timeout_s: database.close(wait_s=timeout_s), at_most_s=1.0)
    if comes_to_serve(run):
        serve(run, sharing.around(database), ahead=ahead)


def comes_to_serve(run: Run) -> bool:
    """Waits until no other process serves the desk, and says that it waits. False when the end came first."""
    settings, process, tenure = run.settings, run.process, run.tenure
    tenure.start()
    process.expect(lambda: None if tenure.is_minded() else "nobody minds the lease")
    if tenure.held:
        return True
    log.info("standby: another process may serve the desk")
    pages = standing_by(host=settings.host, port=settings.port, trouble=tenure.trouble)
    pages.start()
    try:
        with run.sharing.listening():
            return process.wait(until=lambda: tenure.held, every_s=TENURE_LOOK_S)
    finally:
        pages.stop(THREADS_MAY_TAKE_S)


def serve(run: Run, database: Afterwards, *, ahead: HeadStart | None) -> None:
    """Builds every part and polls; what is kept is read now that no other process changes it any more."""
    settings, process, zone = run.settings, run.process, run.settings.desk_timezone
    kept = Kept(database, settings, run.sharing, permit=run.chats.permit, observe=run.observe)
    access = Access(settings.admin_ids, kept.members, utcnow=utcnow)
    telegram = telegram_of(run, kept, lambda: front, lambda: acknowledger)
    alarms = alarms_of(telegram, kept, access, zone=zone)
    feeds = start_feeds(run, kept, alarms=alarms)
    process.at_end(run.tenure.stop, at_most_s=TENURE_MAY_TAKE_S)  # after all that speak, before sources that may hang
    introduction = Introduction(
        telegram.bot,
        pairing_code=lambda: access.pairing_code,
        menus=lambda: front.people.menus(),  # noqa: PLW0108  # which there is not yet
        stop=process.stopping,
    )
    typed = TypedRates(kept.decisions, utcnow=utcnow)
    office = Office(
        bot=telegram.bot,
        cards=Cards(telegram.bot),
        client_cards=ClientCards(settings.desk_name, zone=zone, shares=lambda: introduction.shares),
        desk=desk_of(settings, feeds.book, typed),
        access=access,
        stores=kept.for_chat(),
        ways=telegram.turns.ways,
        clock=WallClock(zone, utcnow),
    )
    backups = backups_of(run, kept, office, alarms)
    front = front_of(
        run,
        office,
        feeds=feeds,
        typed=typed,
        backups=backups,
        running=lambda: running_of(run, receiving),
        new_id=telegram.sending.new_id,
        username=lambda: introduction.username,
    )
    wait_for_approvals(front, process)
    follow_rates(front, feeds, process, backups=backups if settings.backup_nightly else None)
    acknowledger = Acknowledger(Calls(telegram.bot).answer, front.handlers.toast)
    receiving = receiving_of(
        run,
        kept,
        front,
        database=database,
        telegram=telegram,
        acknowledger=acknowledger,
        fetch=fetch_of(run.token, ahead),
    )
    service = Service(
        database=database,
        kept=kept,
        feeds=feeds,
        desk=office.desk,
        front=front,
        alarms=alarms,
        telegram=telegram,
        acknowledger=acknowledger,
        receiving=receiving,
    )
    process.at_end(introduction.start().join, at_most_s=THREADS_MAY_TAKE_S)
    live(run, service)


def live(run: Run, service: Service) -> None:
    """Watches over all that was built; what an earlier process could not send goes out before what people ask for."""
    keep_watch(run, service)
    watch_self(run, service)
    keep_house(run, service)
    mind_threads(run, service.receiving)
    acknowledger, beside = service.acknowledger, service.telegram.beside
    run.process.at_end(acknowledger.stop, at_most_s=CALLBACKS_MAY_TAKE_S)
    run.process.at_end(beside.stop, at_most_s=0.0)
    run.process.expect_alive(lambda: [*acknowledger.threads, *beside.threads])
    service.telegram.sending.resume()
    for press in service.kept.taking.spinning():
        acknowledger.stop_spinning(press)
    service.receiving.start()
    show(run, service)


def telegram_of(run: Run, kept: Kept, front: Callable[[], Front], acknowledger: Callable[[], Acknowledger]) -> Telegram:
    """`front` answers what comes, the `acknowledger` presses; there is neither before the rest is built."""
    beside = Dispatcher(RATE_REQUESTS, name="rate-request")
    sending = sending_of(run, kept, moved=lambda place, gone, anew: front().card_moved(place, gone, anew))
    bot = TeleBot(
        run.token, threaded=False, parse_mode="HTML", disable_web_page_preview=True, state_storage=kept.states
    )
    updates = Updates(
        bot,
        lambda update: front().handlers.answer(update),  # noqa: PLW0108  # asked when there is one
        collect=kept.states.collect,
        finish=kept.finish,
        is_done=kept.taking.is_done,
        language=partial(language_for, kept.operators),
        handling=sending.handling,
        owes=lambda press: acknowledger().owes(press),
    )
    turns = Turns(run.chats, beside, updates=updates, sending=sending)
    return Telegram(bot=bot, sending=sending, updates=updates, turns=turns, beside=beside)


def alarms_of(telegram: Telegram, kept: Kept, access: Access, *, zone: tzinfo) -> Alarms:
    """Owners are told, each as they want it."""
    notices = Notices(
        telegram.bot,
        owners=lambda: access.owners,
        languages=kept.operators,
        in_line=telegram.turns.in_line,
        zone=zone,
        mode=kept.modes.mode,
    )
    return Alarms(notices.tell, utcnow=utcnow)


def fetch_of(token: str, ahead: HeadStart | None) -> Fetch:
    """One poll; the first is `ahead` where it was sent before all this was loaded."""
    poll = telegram_updates(token, KINDS)
    return poll if ahead is None else ahead.before(poll)


if __name__ == "__main__":
    sys.exit(main())
