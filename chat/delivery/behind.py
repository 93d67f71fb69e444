"""Work that nobody waits for: in the order of its chat, and behind those who do wait."""

import logging
import threading
from collections import deque
from contextlib import suppress
from functools import partial

from chat.delivery.dispatcher import Job, Postponed
from chat.delivery.late_edits import Submit

_logger = logging.getLogger(__name__)


class Behind:
    """Any thread may call. One job of a chat is in its line at a time, the others wait here in their order.

    One that has to wait for Telegram leaves the line meanwhile: as the first of it, it would hold people up.
    """

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._lock = threading.Lock()
        self._jobs: dict[int, deque[Job]] = {}
        self._failed = 0

    @property
    def failed(self) -> int:
        """How many jobs have ended in an error."""
        with self._lock:
            return self._failed

    def submit(self, chat_id: int, job: Job) -> None:
        """Runs it in the order of the chat, later. Raises RuntimeError when a stop has begun."""
        with self._lock:
            jobs = self._jobs.setdefault(chat_id, deque())
            jobs.append(job)
            is_first = len(jobs) == 1
        if is_first:
            self._line_up(chat_id, job)

    def _line_up(self, chat_id: int, job: Job) -> None:
        self._submit(chat_id, partial(self._run, chat_id, job), on_given_up=lambda _incident: self._over(chat_id, job))

    def _run(self, chat_id: int, job: Job) -> None:
        try:
            job()
        except Postponed as postponed:
            rests_s = [postponed.wait_s]

            def rest() -> None:
                if rests_s:
                    raise Postponed(rests_s.pop())
                self._go_on(chat_id, job)

            with suppress(RuntimeError):
                self._submit(("behind", chat_id), rest)
        except Exception:  # the edge of a job: the next one has its turn all the same
            with self._lock:
                self._failed += 1
            _logger.exception("job failed chat_id=%d", chat_id)
            self._over(chat_id, job)
        else:
            self._over(chat_id, job)

    def _over(self, chat_id: int, job: Job) -> None:
        with self._lock:
            jobs = self._jobs.get(chat_id)
            if not jobs or jobs[0] is not job:
                return  # it was given up, and ends after all
            jobs.popleft()
            following = jobs[0] if jobs else None
            if following is None:
                del self._jobs[chat_id]
        if following is not None:
            self._go_on(chat_id, following)

    def _go_on(self, chat_id: int, job: Job) -> None:
        with suppress(RuntimeError):  # a stop has begun; nobody waits for it
            self._line_up(chat_id, job)
