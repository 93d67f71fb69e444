"""On behalf of whom a thread works: what it sends then is numbered, and counts as sent when the work is done again."""

import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

NOTICE = "notice"
"""How the origins begin that nobody waits for."""

_UPDATE = "update "


@dataclass(slots=True)
class _Work:
    origin: str
    number: int = 0
    called: list[int] = field(default_factory=list)


class Effects:
    """Any thread may call; each knows only its own work.

    An origin is an update or a job that no update began; its name is the same each time it is worked on.
    """

    def __init__(self) -> None:
        self._own = threading.local()

    @contextmanager
    def of(self, origin: str) -> Iterator[None]:
        """Within the block this thread works on behalf of the origin, from its first effect on."""
        before = self._current()
        self._own.current = _Work(origin)
        try:
            yield
        finally:
            self._own.current = before

    def of_update(self, update_id: int) -> AbstractContextManager[None]:
        """The same on behalf of an update."""
        return self.of(f"{_UPDATE}{update_id}")

    @property
    def update(self) -> int | None:
        """The update that this thread works on; None for other work."""
        origin = self.origin or ""
        return int(origin.removeprefix(_UPDATE)) if origin.startswith(_UPDATE) else None

    @property
    def origin(self) -> str | None:
        current = self._current()
        return current.origin if current else None

    @property
    def is_urgent(self) -> bool:
        """Whether somebody waits for what this thread does."""
        origin = self.origin
        return origin is not None and not origin.startswith(NOTICE)

    def number(self) -> tuple[str, int]:
        """The origin and the number of the next effect. What is done on behalf of nobody is done once."""
        current = self._current()
        if current is None:
            return f"call {secrets.token_hex(8)}", 0
        number = current.number
        current.number += 1
        return current.origin, number

    def called(self, place: int) -> None:
        """A call was made in this place, and will be again when the work begins anew: only new messages are known."""
        current = self._current()
        if current is not None:
            current.called.append(place)

    def calls(self, place: int) -> int:
        """How many of them the work has made in this place since it began."""
        current = self._current()
        return 0 if current is None else current.called.count(place)

    def token(self) -> str:
        """Eight digits that are the same when the same update is handled again: its buttons may be out already."""
        origin = self.origin
        if origin is None:
            return secrets.token_hex(4)
        return hashlib.blake2s(origin.encode(), digest_size=4).hexdigest()

    def _current(self) -> _Work | None:
        current: _Work | None = getattr(self._own, "current", None)
        return current
