"""What the desk shares through Redis where it has one: every process on the same token is the same desk."""

from html import escape
from typing import TYPE_CHECKING

from chat.alarms import Alarms
from ops.process import Process
from ops.settings import Settings
from storage.afterwards import Afterwards
from storage.database import Database
from storage.dialogue_copies import forsake
from storage.dialogues import Copies

if TYPE_CHECKING:
    from storage.redis_link import Link

LAST_WORDS_S = 0.5
"""How long a stop waits for copies that are on their way."""


class Sharing:
    """`database` is what everybody uses; `link` is None where there is no Redis."""

    def __init__(self, database: Database, link: "Link | None", *, desk: str) -> None:
        self._afterwards = Afterwards(database)
        self.database = database if link is None else self._afterwards
        self.link = link
        self._desk = desk

    def dialogues(self) -> Copies | None:
        """To be asked for once no other process writes them any more."""
        if self.link is None:
            forsake(self.database)
            return None
        from storage.redis_dialogues import RedisDialogues  # noqa: PLC0415  # an extra that costs memory and time

        copies = RedisDialogues(self._afterwards, self.link, desk=self._desk)
        copies.begin()
        return copies

    def look(self, alarms: Alarms) -> None:
        """Owners hear of it when Redis stays away, and when it is back; what is over at once is in the log alone."""
        if self.link is not None:
            trouble = self.link.trouble
            alarms.trouble_seen("redis", None if trouble is None else {"reason": escape(trouble)})


def share(settings: Settings, token: str, database: Database, *, process: Process) -> Sharing:
    """Redis is asked from now on; where it is away everything goes on without it."""
    desk = f"desk:{token.partition(':')[0]}"
    if settings.redis_url is None:
        return Sharing(database, None, desk=desk)
    from storage.redis_link import link_to  # noqa: PLC0415  # an extra that costs memory and time

    link = link_to(settings.redis_url, desk=desk)
    link.start()
    process.at_end(link.stop, at_most_s=LAST_WORDS_S)
    process.expect_alive(lambda: [link.thread])
    return Sharing(database, link, desk=desk)
