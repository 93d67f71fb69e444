"""Whose turn it is: work in the order of a chat, work behind it that nobody waits for, and what may wait beside."""

from collections.abc import Callable
from contextlib import suppress

from chat.delivery.behind import Behind
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.sending import Sending
from chat.dialogue import Place
from chat.updates import Addressee, Updates
from chat.ways import Job, Ways


class Turns:
    """Any thread may call it; all but `in_turn` and `tell` raise RuntimeError once a stop has begun."""

    def __init__(self, chats: Dispatcher, beside: Dispatcher, *, updates: Updates, sending: Sending) -> None:
        """`beside` is for what waits for sources and for Telegram, `chats` for everything else."""
        self._chats = chats
        self._beside = beside
        self._behind = Behind(chats.submit)
        self._updates = updates
        self._sending = sending

    @property
    def ways(self) -> Ways:
        return Ways(self._beside.submit, self.in_turn, self.in_line)

    def in_line(self, chat_id: int, job: Job) -> None:
        """A notice that nobody asked for."""
        self._behind.submit(chat_id, self._sending.job(lambda: self._updates.try_again(job), is_notice=True))

    def in_turn(self, place: Place, language: str, job: Job) -> None:
        """What somebody waits for; when it fails they are told so."""
        to = Addressee(place.chat_id, place.thread_id, language)
        with suppress(RuntimeError):  # a stop has begun; the screen that waits asks again after the next start
            self._chats.submit(
                place.chat_id,
                self._sending.job(lambda: self._updates.run(job, to)),
                on_given_up=lambda incident: self.tell(lambda: self._updates.apologise_to(to, incident)),
            )

    def tell(self, apologise: Callable[[], None]) -> None:
        """Somebody of what went wrong; beside the chats, one after the other."""
        self._beside.submit("incidents", apologise)
