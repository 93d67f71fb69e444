"""Which of several processes on one database serves the desk: it alone polls, sends and writes."""

import os
from typing import TYPE_CHECKING, Protocol

from storage.connections import Connection
from storage.places import is_postgres, path_of

if TYPE_CHECKING:
    from storage.lease import Lost
    from storage.redis_link import Link


class Tenure(Protocol):
    """Any thread may call it."""

    @property
    def held(self) -> bool:
        """Whether this process may poll and send at this very moment."""

    def fence(self, connection: Connection, /) -> None:
        """In a transaction that has the write lock; raises NotTheHolder."""

    def is_minded(self) -> bool:
        """Whether somebody still sees to it that it is kept; to be asked from the start on."""

    def trouble(self) -> str | None:
        """Why it can be neither kept nor taken at the moment."""

    def start(self) -> None:
        """Holds it when it was free; waits for it otherwise, and keeps it then."""

    def stop(self, timeout_s: float) -> None:
        """Gives it up, at once."""


class Undisputed:
    """Of the only process on its database."""

    held = True

    def fence(self, connection: Connection, /) -> None:
        pass

    def is_minded(self) -> bool:
        return True

    def trouble(self) -> str | None:
        return None

    def start(self) -> None:
        pass

    def stop(self, timeout_s: float) -> None:
        pass


def tenure_of(url: str, *, lost: "Lost", link: "Link | None" = None, desk: str = "desk") -> Tenure:
    """The one that goes with the database; on a file there are several processes only where they have a `link`."""
    if is_postgres(url):
        import storage.postgres  # noqa: F401, PLC0415  # it says what to install
        from storage.postgres_lease import PostgresLease  # noqa: PLC0415  # an extra that costs memory and time

        return PostgresLease(url, lost=lost)
    if link is None or os.name == "nt":  # which knows no lock of this kind
        return Undisputed()
    from storage.redis_lease import RedisLease  # noqa: PLC0415  # the same

    return RedisLease(path_of(url), link, desk=desk, lost=lost)
