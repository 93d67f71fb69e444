"""Who may use the desk: the owners named in the settings, or the one who came through the pairing link."""

import secrets
import threading
from collections.abc import Callable, Collection
from enum import IntEnum
from typing import Protocol


class Role(IntEnum):
    """Each may do what those below it may: see the rates, quote, run the desk and the bot."""

    VIEWER = 1
    OPERATOR = 2
    OWNER = 3


class OwnerStore(Protocol):
    def owners(self) -> frozenset[int]: ...
    def add_owner(self, user_id: int, /) -> None: ...


class Access:
    """Denied by default. Any thread may call it.

    Where the settings name owners, they alone get in. Where they name none, the first one who comes with the pairing
    code becomes the owner, is kept, and the code is worthless from then on.
    """

    def __init__(
        self,
        admin_ids: Collection[int],
        store: OwnerStore,
        *,
        new_code: Callable[[], str] = lambda: secrets.token_urlsafe(18),
    ) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._owners = frozenset(admin_ids) or store.owners()
        self._code = None if self._owners else f"pair_{new_code()}"

    @property
    def pairing_code(self) -> str | None:
        """What the first owner sends after /start; None once there is an owner."""
        return self._code

    def role(self, user_id: int) -> Role | None:
        """None for a stranger."""
        return Role.OWNER if user_id in self._owners else None

    def allows(self, user_id: int) -> bool:
        """Whether somebody is no stranger."""
        return self.role(user_id) is not None

    def is_owner(self, user_id: int) -> bool:
        """Whether somebody may see how the bot itself is doing."""
        return self.role(user_id) is Role.OWNER

    @property
    def members(self) -> dict[int, Role]:
        """Everybody who was let in."""
        return dict.fromkeys(self._owners, Role.OWNER)

    @property
    def owners(self) -> frozenset[int]:
        return self._owners

    def pair(self, user_id: int, code: str) -> bool:
        """Makes the bearer of the pairing code the owner; False for a wrong or a used code."""
        with self._lock:
            if self._code is None or not secrets.compare_digest(self._code.encode(), code.encode()):
                return False
            self._store.add_owner(user_id)
            self._owners = frozenset({user_id})
            self._code = None
            return True
