"""Updates as they come in, and who handles them in a test."""

from collections.abc import Callable
from typing import Any

from chat.delivery.dispatcher import Dispatcher
from chat.delivery.intake import Intake, Update
from tests.chat.delivery.memory_inbox import MemoryInbox

PATIENCE_S = 60.0


class Handler:
    """Handles as the composition root's does: the work and the done mark are one."""

    def __init__(self, inbox: MemoryInbox) -> None:
        self.inbox = inbox
        self.handled: list[Update] = []

    def __call__(self, update_id: int, update: Update) -> None:
        self.handled.append(update)
        self.inbox.done(update_id)

    @property
    def numbers(self) -> list[int]:
        return [update["update_id"] for update in self.handled]


def message(number: int, chat: int = 42, text: str = "1000") -> Update:
    return {"update_id": number, "message": {"message_id": number, "chat": {"id": chat}, "text": text}}


def press(number: int) -> Update:
    query = {"id": f"q{number}", "from": {"id": 42}, "message": {"chat": {"id": 42}}}
    return {"update_id": number, "callback_query": query}


def inline(number: int) -> Update:
    return {"update_id": number, "inline_query": {"id": f"i{number}", "from": {"id": 42}, "query": "1"}}


def intake_on(
    inbox: MemoryInbox, handle: Callable[[int, Update], object], dispatcher: Dispatcher, **more: Any
) -> Intake:
    more.setdefault("acknowledge", lambda _query: None)
    return Intake(inbox, handle, dispatcher=dispatcher, **more)
