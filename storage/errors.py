"""What can be wrong with the database or with what is to be kept in it."""

from calc.errors import DeskError, NotNow


class StorageError(DeskError):
    """The root of this room's errors; what the database itself raises in mid-work (`sqlite3.Error`) passes as it is."""


class UnsupportedDatabase(StorageError):
    """The URL names a database that is not spoken here; the URL itself is left out, it may carry a password."""

    def __init__(self, scheme: str, *, allowed: str) -> None:
        super().__init__(f"cannot open a database of the kind {scheme!r}; allowed: {allowed}")
        self.scheme = scheme
        self.allowed = allowed


class DatabaseUnusable(StorageError):
    """The file or its folder cannot be made, read or written, or is not a database."""

    def __init__(self, path: str, *, reason: str) -> None:
        super().__init__(f"cannot use the database {path}: {reason}")
        self.path = path
        self.reason = reason


class SchemaTooNew(StorageError):
    """A later version of the bot wrote this database; going on with it could spoil what is in it."""

    def __init__(self, found: int, *, known: int) -> None:
        super().__init__(f"the database has schema version {found}, this program knows versions up to {known}")
        self.found = found
        self.known = known


class NotABackup(StorageError):
    """The file is not whole, or not a database of this bot."""

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(f"{file} cannot be used: {reason}")
        self.file = file
        self.reason = reason


class BackupFailed(StorageError):
    """Nothing was changed: a copy could not be made or put in place."""

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(f"no copy made in or from {file}: {reason}")
        self.file = file
        self.reason = reason


class DatabaseAway(StorageError, NotNow):
    """Its server does not answer, or has broken the connection in mid-work: whether that was written is unknown then.

    `was_there`: it answered before in the same work.
    """

    def __init__(self, reason: str, *, was_there: bool) -> None:
        super().__init__(f"the database does not answer: {reason}")
        self.reason = reason
        self.was_there = was_there


class DatabaseClosed(StorageError, NotNow):
    """The desk is stopping: nothing is read or written any more."""

    def __init__(self) -> None:
        super().__init__("the database is closed")


class NotTheHolder(StorageError, NotNow):
    """Another process serves the desk, or may do so by now: nothing is written."""

    def __init__(self, epoch: int | None, *, of_the_holder: int | None) -> None:
        super().__init__(f"this process does not serve the desk: its epoch is {epoch}, the holder's {of_the_holder}")
        self.epoch = epoch
        self.of_the_holder = of_the_holder


class RedisUnusable(StorageError):
    """What speaks to it is not installed; the URL itself is left out, it may carry a password."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot use Redis: {reason}")
        self.reason = reason


class RedisAway(StorageError):
    """It gave no answer, and is left alone for a while; what it would have given has to come from elsewhere."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Redis is away: {reason}")
        self.reason = reason


class NotKept(StorageError):
    """A value that would not come back from the database as it went in."""

    def __init__(self, where: str, *, what: str) -> None:
        super().__init__(f"{where} cannot be kept: {what}")
        self.where = where
        self.what = what


class NoDialogue(StorageError):
    """Data was set where no dialogue is open."""

    def __init__(self, chat_id: int | None, *, user_id: int | None) -> None:
        super().__init__(f"user {user_id} has no dialogue in chat {chat_id}")
        self.chat_id = chat_id
        self.user_id = user_id
