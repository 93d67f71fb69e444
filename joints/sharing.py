"""What the desk shares through Redis where it has one: every process on the same token is the same desk."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from calc.snapshots import Snapshot
from chat.alarms import Alarms
from chat.delivery.turnstile import STRANGER_AGAIN_AFTER_S, STRANGERS_REMEMBERED, Windows
from joints.threads import THREADS_MAY_TAKE_S
from ops.process import Process
from ops.settings import Settings
from storage.afterwards import Afterwards
from storage.database import Database
from storage.dialogue_copies import forsake
from storage.dialogue_memory import DialogueMemory
from storage.dialogues import Copies

if TYPE_CHECKING:
    from storage.redis_link import Link
    from storage.redis_listener import Listener
    from storage.redis_rates import RedisRates

LAST_WORDS_S = 0.5
"""How long a stop waits for copies that are on their way."""


class Sharing:
    """`link` is None where there is no Redis."""

    def __init__(self, *, desk: str) -> None:
        self.desk = desk
        self.link: Link | None = None
        self._database: Afterwards | None = None
        self._memory: DialogueMemory | None = None
        self._rates: RedisRates | None = None
        self._listener: Listener | None = None

    def around(self, database: Database) -> Afterwards:
        """As everybody is to use it."""
        self._database = Afterwards(database)
        return self._database

    def dialogues(self) -> Copies | None:
        """Of the database that is `around`; to be asked for once no other process writes them any more."""
        if self._database is None:
            return None
        if self.link is None:
            forsake(self._database)
            self._memory = DialogueMemory(self._database)
            return self._memory
        from storage.redis_dialogues import RedisDialogues  # noqa: PLC0415  # an extra that costs memory and time

        copies = RedisDialogues(self._database, self.link, desk=self.desk)
        copies.begin()
        return copies

    def rival_seen(self) -> None:
        """Another process polls with this token, perhaps on the same file."""
        if self._memory is not None:
            self._memory.rival_seen()

    def windows(self) -> Windows | None:
        """Whom an earlier process has let in."""
        if self.link is None:
            return None
        from storage.redis_windows import RedisWindows  # noqa: PLC0415  # the same

        return RedisWindows(self.link, desk=self.desk, window_s=int(STRANGER_AGAIN_AFTER_S), most=STRANGERS_REMEMBERED)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While another process serves: its rates are heard as it accepts them."""
        if self._listener is not None:
            self._listener.start()
        try:
            yield
        finally:
            if self._listener is not None:
                self._listener.stop(THREADS_MAY_TAKE_S)

    def with_shared(self, kept: Iterable[Snapshot]) -> list[Snapshot]:
        """What the database has and what was heard of since, the newest of each feed last."""
        heard = [] if self._listener is None else self._listener.snapshots()
        shared = [] if self._rates is None else self._rates.last()
        return sorted([*kept, *heard, *shared], key=lambda snapshot: snapshot.fetched_at)

    def tell_rate(self, snapshot: Snapshot) -> None:
        if self._rates is not None:
            self._rates.keep(snapshot)

    def look(self, alarms: Alarms) -> None:
        """Owners hear of it when Redis stays away, and when it is back; what is over at once is in the log alone."""
        if self.link is not None:
            trouble = self.link.trouble
            alarms.trouble_seen("redis", None if trouble is None else {"reason": escape(trouble)})

    def beside(self, url: str, process: Process) -> None:
        """Redis is asked from now on; where it is away everything goes on without it."""
        from storage.redis_link import link_to  # noqa: PLC0415  # an extra that costs memory and time
        from storage.redis_listener import listener_to  # noqa: PLC0415  # the same
        from storage.redis_rates import RedisRates  # noqa: PLC0415  # the same

        self.link = link = link_to(url, desk=self.desk)
        self._rates = RedisRates(link, desk=self.desk)
        self._listener = listener_to(url, self._rates)
        link.start()
        process.at_end(link.stop, at_most_s=LAST_WORDS_S)
        process.expect_alive(lambda: [link.thread])


def share(settings: Settings, token: str, *, process: Process) -> Sharing:
    sharing = Sharing(desk=f"desk:{token.partition(':')[0]}")
    if settings.redis_url is not None:
        sharing.beside(settings.redis_url, process)
    return sharing
