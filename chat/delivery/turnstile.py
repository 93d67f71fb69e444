"""Who gets in, decided before anything is written: operators until they outrun the bot, strangers once in a while."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from chat.delivery.newest import Newest

Update = dict[str, Any]

MOST_WAITING = 50
"""So many updates of one operator may wait; whoever taps on what has not answered for so long means none of it."""
TOLD_AGAIN_AFTER_S = 30.0

STRANGER_AGAIN_AFTER_S = 3600.0
STRANGERS_AT_ONCE = 30
STRANGERS_PER_S = 0.5
"""All strangers together: what they cost is bounded however many they are."""
STRANGERS_REMEMBERED = 500
"""More come in an hour only as a flood; the bound of all together holds for those who are forgotten, too."""

_logger = logging.getLogger(__name__)


class _Room:
    """For so many at once, and for more as time goes by."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left = float(STRANGERS_AT_ONCE)
        self._filled_at = clock()

    def is_taken(self) -> bool:
        """Whether there was any; it is taken then."""
        now = self._clock()
        self._left = min(self._left + (now - self._filled_at) * STRANGERS_PER_S, STRANGERS_AT_ONCE)
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Windows(Protocol):
    """What is shared with the process that comes after; neither waits for long."""

    def note(self, name: str) -> None:
        """Somebody was let in by this name."""

    def noted(self) -> list[tuple[str, float]]:
        """Who was let in lately, the first one first, and how many seconds ago."""


class Turnstile:
    """`admits` is asked by the poller for each update, `left` is told by anybody when one is over.

    A stranger is let in once an hour for what they write in a chat and once for what they press there, so that they
    get the one polite line; everything after it costs nothing but the look into a table of a bounded size. An
    operator's updates are all let in, as fast as they may come, as long as the bot keeps up with them. Inline queries
    come with every letter that is typed: a stranger's are let in while there is room, an operator's always, since only
    the newest of each waits for its answer.
    """

    def __init__(
        self,
        is_operator: Callable[[int], bool],
        *,
        may_pair: Callable[[str], bool] = lambda _text: False,
        answer: Callable[[dict[str, Any]], object] = lambda _query: None,
        tell: Callable[[Update], object] = lambda _update: None,
        windows: Windows | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`may_pair(text)` is true for a text that a stranger may send as often as there is room for strangers.

        An operator whose update is left aside is told so by `tell(update)`, once in half a minute, and a button of
        theirs stops spinning by `answer(query)`; both return at once.
        """
        self._is_operator = is_operator
        self._may_pair = may_pair
        self._answer = answer
        self._tell = tell
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[int, int] = {}
        self._waiting_of: Counter[int] = Counter()
        self._told_at: dict[int, float] = {}
        self._windows = windows
        self._seen_at = Newest[str, float](STRANGERS_REMEMBERED)
        for name, age_s in () if windows is None else windows.noted():
            self._seen_at.put(name, clock() - age_s)
        self._room, self._inline_room = _Room(clock), _Room(clock)
        self._refused = 0

    @property
    def refused(self) -> int:
        """Updates that were left aside."""
        return self._refused

    def admits(self, update: Update) -> bool:
        """Whether the update is to be handled; what is not is forgotten at once."""
        user_id = _user_id(update)
        if user_id is None:
            return True
        if not self._is_operator(user_id):
            with self._lock:
                admitted = self._admits_stranger(user_id, update)
                self._refused += not admitted
            return admitted
        if "inline_query" in update:
            return True
        update_id: int = update["update_id"]
        with self._lock:
            if update_id in self._waiting:  # a batch that could not be kept comes again
                return True
            if self._waiting_of[user_id] < MOST_WAITING:
                self._waiting[update_id] = user_id
                self._waiting_of[user_id] += 1
                return True
            self._refused += 1
            is_news = self._is_news(user_id)
        if isinstance(query := update.get("callback_query"), dict):
            self._answer(query)
        if is_news:
            _logger.warning("updates of an operator left aside user=%d waiting=%d", user_id, MOST_WAITING)
            self._tell(update)
        return False

    def left(self, update_id: int) -> None:
        """The update is done with, whatever came of it; one that an earlier process let in was never counted."""
        with self._lock:
            user_id = self._waiting.pop(update_id, None)
            if user_id is not None:
                self._waiting_of[user_id] -= 1
                if not self._waiting_of[user_id]:
                    del self._waiting_of[user_id]

    def _is_news(self, user_id: int) -> bool:
        now = self._clock()
        if now - self._told_at.get(user_id, -TOLD_AGAIN_AFTER_S) < TOLD_AGAIN_AFTER_S:
            return False
        self._told_at[user_id] = now
        return True

    def _admits_stranger(self, user_id: int, update: Update) -> bool:
        if "inline_query" in update:
            return self._inline_room.is_taken()
        now = self._clock()
        self._seen_at.let_go(lambda seen_at: now - seen_at >= STRANGER_AGAIN_AFTER_S)
        key = f"{user_id}/{_chat_id(update)}/{'press' if 'callback_query' in update else 'text'}"
        if (key in self._seen_at and not self._may_pair(_text(update))) or not self._room.is_taken():
            return False
        if key not in self._seen_at:
            self._seen_at.put(key, now)
            if self._windows is not None:
                self._windows.note(key)
        return True


def _about(update: Update) -> dict[str, Any]:
    return next((part for part in update.values() if isinstance(part, dict)), {})


def _user_id(update: Update) -> int | None:
    """Whoever wrote or pressed; None for an update that names nobody."""
    sender = _about(update).get("from")
    number = sender.get("id") if isinstance(sender, dict) else None
    return number if isinstance(number, int) else None


def _chat_id(update: Update) -> object:
    about = _about(update)
    message = about.get("message") if isinstance(about.get("message"), dict) else about
    chat = message.get("chat") if isinstance(message, dict) else None
    return chat.get("id") if isinstance(chat, dict) else None


def _text(update: Update) -> str:
    text = _about(update).get("text")
    return text if isinstance(text, str) else ""
