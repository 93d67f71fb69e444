"""The chat as operators have it: its front, what that is told of the rates and of the bot, and two rooms of owners."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from chat.alarms import Alarms
from chat.backups import Backups, Copy
from chat.debug import Debug
from chat.front import Front, Sources
from chat.office import Office
from chat.running import Running
from desk.typed_rates import TypedRates
from joints.keeping import Kept
from joints.run import Run
from joints.showing import report_of, tools_of
from rates.feeds import Feeds
from storage.backup import packed_copy


def front_of(
    run: Run,
    office: Office,
    *,
    feeds: Feeds,
    typed: TypedRates,
    backups: Backups,
    running: Callable[[], Running],
    new_id: Callable[[], str],
    username: Callable[[], str | None],
) -> Front:
    """`running` is how the bot itself is; the rest is as in Front."""
    sources = Sources(
        feeds.book.market,
        report=lambda: report_of(feeds, typed, running()),
        check=feeds.check,
        refused=lambda error: run.observing.refused(error.reasons),
        quoted=run.observing.quote_changed,
    )
    debug = Debug(office.cards, tools_of(feeds, run.inside), ways=office.ways)
    return Front(
        office,
        typed=typed,
        sources=sources,
        valid_for=timedelta(minutes=run.settings.quote_valid_minutes),
        more=[backups.feature, debug.feature],
        new_id=new_id,
        username=username,
    )


def backups_of(run: Run, kept: Kept, office: Office, alarms: Alarms) -> Backups:
    access = office.access
    return Backups(
        office.cards,
        copy=lambda: copy_of(run.settings.database_url),
        owners=lambda: access.owners,
        languages=kept.operators,
        sent=kept.sent_copies,
        ways=office.ways,
        failed=partial(alarms.trouble_seen, "backup"),
        note=kept.audit.note,
        clock=office.clock,
    )


def copy_of(database_url: str) -> Copy:
    with TemporaryDirectory() as folder:
        content, examined = packed_copy(database_url, Path(folder))
    return Copy(content, examined.size)
