"""The way of a call to Telegram: sent once, late edits merged, within the limits, over HTTP."""

import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from chat.delivery.answers import Answer
from chat.delivery.effects import NOTICE, Effects
from chat.delivery.late_edits import Kept, LateEdits, Moved, Submit
from chat.delivery.limits import Limits
from chat.delivery.once import Journal, SentOnce
from chat.delivery.outgoing import Outgoing
from chat.delivery.sender import Send, install

Job = Callable[[], None]


class Sending:
    """Puts the parts together, each standing before the next; any thread may call."""

    def __init__(
        self,
        send: Send,
        *,
        journal: Journal,
        late_edits: Kept,
        server: str,
        token: str,
        submit: Submit,
        stop: threading.Event,
        moved: Moved = lambda _chat_id, _owner, _gone, _anew: None,
        is_limited: bool = True,
    ) -> None:
        """`send` does the HTTP; `server` is the base URL; `submit` is the dispatcher's of the chats.

        `moved` is told, in the turn of the chat, of a card that was deleted and is there again under another number.

        `is_limited`: calls wait for Telegram's limits here.
        """
        self._server = server.rstrip("/")
        self._effects = Effects()

        def url(method: str) -> str:
            return f"{self._server}/bot{token}/{method}"

        def send_anew(origin: str, params: dict[str, Any]) -> Answer:
            with self._effects.of(origin):
                return self._once("post", url("sendMessage"), params=params)

        self._outgoing = Outgoing(send, Limits(is_on=is_limited), self._effects, stop=stop)
        self._late_edits = LateEdits(
            self._outgoing,
            late_edits,
            self._effects,
            url=url,
            submit=submit,
            send_anew=send_anew,
            moved=moved,
        )
        self._once = SentOnce(self._late_edits, journal, self._effects, limited=self._outgoing)
        self.new_id = self._effects.token

    def install(self) -> None:
        """From now on all of telebot's calls go this way."""
        install(self._once, base_url=self._server)

    def resume(self) -> int:
        """Takes up the edits that an earlier process could not make; returns how many."""
        return self._late_edits.resume()

    def came(self, update: dict[str, Any]) -> None:
        """A raw update came in, and may wait for its turn: whatever is sent from now on has a higher number."""
        self._once.came(update)

    def handling(self, update_id: int, update: dict[str, Any]) -> AbstractContextManager[None]:
        """Within the block this thread sends on behalf of a raw update."""
        return self._once.handling(update_id, update)

    def job(self, work: Job, *, is_notice: bool = False) -> Job:
        """The work, with a name of its own, under which what it sends counts as sent when it is done again.

        A notice is one that nobody waits for: it goes out behind all that people asked for.
        """
        origin = f"{NOTICE if is_notice else 'job'} {secrets.token_hex(8)}"

        def named() -> None:
            with self._effects.of(origin):
                work()

        return named

    @property
    def waiting(self) -> int:
        """Edits that are kept until they may go out."""
        return self._late_edits.waiting

    def late_updates(self) -> frozenset[int]:
        """Those that are handled, and shown by an edit that will be out soon."""
        return self._late_edits.updates

    def snapshot(self) -> dict[str, int]:
        """Plain counts since the start."""
        once, late = self._once, self._late_edits
        return self._outgoing.snapshot() | {
            "repeated": once.repeated,
            "found": once.found,
            "in doubt": once.in_doubt,
            "late": late.late,
            "merged": late.merged,
            "anew": late.anew,
            "dropped": late.dropped,
            "edits failed": late.failed,
        }
