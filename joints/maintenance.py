"""What is done beside the bot or instead of it: copies, putting them back, and looking whether all is well."""

import logging
import sys
from collections.abc import Iterator
from functools import partial
from tempfile import TemporaryDirectory

from telebot import TeleBot

from calc.errors import DeskError
from chat.delivery.sender import TelegramSender, install
from joints.feeding import keys_of
from joints.sharing import LAST_WORDS_S
from ops import checks, logs
from ops.checks import Check
from ops.commandline import Action, Command
from ops.settings import Settings
from rates.feeds import Feeds
from rates.guarded import SourceReport
from rates.http import Posts, pooled_session
from storage.backup import Restored, back_up, restore
from storage.condition import condition
from storage.database import open_database
from storage.history import History
from storage.moments import utc_now as utcnow
from storage.quota import KeyCalls

log = logging.getLogger(__name__)


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
        room = "" if found.free is None else f"{found.free // 2**20:,} MB free; "
        served = "" if found.served_by is None else f"{found.served_by}; "
        return f"{found.path}: {schema}, {found.size:,} bytes; {room}{served}inbox={settings.inbox}"

    def asked(report: SourceReport) -> str:
        if report.last_trouble is not None:
            raise checks.Wrong(report.last_trouble)
        return "answers" if report.answered_at else "has a key; not asked, for each call counts"

    yield Check("settings", lambda: f"read; owners: {len(settings.admin_ids) or 'none yet, the log will show a link'}")
    yield Check("token", who)
    yield Check("database", database)
    if settings.redis_url is not None:
        yield Check("redis", partial(redis_at, settings.redis_url))
    with TemporaryDirectory() as folder:
        scratch = open_database(f"sqlite:///{folder}/scratch.db")
        counts, past = KeyCalls(scratch), History(scratch)
        feeds = Feeds(settings, keys_of(settings), counts=counts, past=past, tell_quota=log.warning, utcnow=utcnow)
        feeds.check()
        for reports in feeds.reports().values():
            yield from (Check(each.state.source, partial(asked, each)) for each in reports)
        feeds.close()
        scratch.close()


def redis_at(url: str) -> str:
    """How it is; raises Wrong or RedisUnusable."""
    from storage.redis_link import link_to  # noqa: PLC0415  # an extra that costs memory and time

    link = link_to(url, desk="desk:check")
    link.start()
    trouble = link.trouble
    link.stop(LAST_WORDS_S)
    if trouble is not None:
        raise checks.Wrong(trouble)
    return "answers, and takes what is written"


def say(line: str) -> int:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return 0


def complain(line: str, *, code: int) -> int:
    logs.flush()
    sys.stderr.write(line + "\n")
    return code
