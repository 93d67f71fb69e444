"""The queue of getUpdates: kept until confirmed, given again until then, and for one poller at a time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.errors import ApiError

_MOST = 100
_LONGEST_S = 50
_KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
    }
)
_UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


class UpdateQueue:
    """Updates in the order they happened; any thread may push, and the newest poll ends an older one that waits."""

    def __init__(self, *, first_id: int = 100_000_001, clock: Callable[[], float] = time.monotonic) -> None:
        self.allowed = _KINDS - _UNASKED
        self._changed = threading.Condition()
        self._clock = clock
        self._next_id = first_id
        self._pending: OrderedDict[int, dict[str, Any]] = OrderedDict()
        self._polls = 0
        self._waiting = 0
        self._closed = False

    def push(self, kind: str, payload: Mapping[str, Any]) -> int | None:
        """The id of the update; None where the bot did not ask for this kind. A kind we never heard of is sent too."""
        with self._changed:
            if kind in _KINDS and kind not in self.allowed:
                return None
            update_id = self._next_id
            self._next_id += 1
            self._pending[update_id] = {"update_id": update_id, kind: payload}
            self._changed.notify_all()
            return update_id

    def get(self, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """getUpdates: the updates from `offset` on, when there are any or `timeout` is over."""
        limit = min(max(parameters.get("limit", _MOST), 1), _MOST)
        deadline = self._clock() + min(max(parameters.get("timeout", 0), 0), _LONGEST_S)
        with self._changed:
            self._allow(parameters.get("allowed_updates"))
            self._confirm(parameters.get("offset", 0))
            self._polls += 1
            mine = self._polls
            self._changed.notify_all()
            self._waiting += 1
            try:
                while not self._pending and not self._closed and (left := deadline - self._clock()) > 0:
                    self._changed.wait(left)
                    if self._polls != mine:
                        raise ApiError(409, _CONFLICT)
            finally:
                self._waiting -= 1
            return [update for update, _ in zip(self._pending.values(), range(limit), strict=False)]

    def drop(self) -> None:
        with self._changed:
            self._pending.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """Let go of whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def listening(self) -> bool:
        """Whether a poll waits at this moment."""
        with self._changed:
            return self._waiting > 0

    @property
    def pending(self) -> list[int]:
        """Ids that no poll has confirmed."""
        with self._changed:
            return list(self._pending)

    @property
    def polls(self) -> int:
        """How many polls have begun."""
        with self._changed:
            return self._polls

    def wait_polled(self, *, more_than: int = 0, timeout_s: float = 120.0) -> None:
        """Return when more polls than that have begun; AssertionError after the time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._polls > more_than, timeout_s):
                raise AssertionError(f"{self._polls} polls after {timeout_s} s")

    def wait_confirmed(self, *, timeout_s: float = 120.0) -> None:
        """Return when nothing is left to confirm; AssertionError after the time."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._pending, timeout_s):
                raise AssertionError(f"not confirmed after {timeout_s} s: {list(self._pending)}")

    def _allow(self, kinds: list[Any] | None) -> None:
        """Remember what the bot wants; without a word about it the last one stands."""
        if kinds is None:
            return
        if unknown := [kind for kind in kinds if kind not in _KINDS]:
            raise ApiError(400, f"Bad Request: allowed_updates holds unknown kinds {unknown}")
        self.allowed = frozenset(kinds) or _KINDS - _UNASKED

    def _confirm(self, offset: int) -> None:
        """Forget what is below the offset; a negative one counts from the end."""
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popitem(last=False)
            return
        while self._pending and next(iter(self._pending)) < offset:
            self._pending.popitem(last=False)
        self._changed.notify_all()
