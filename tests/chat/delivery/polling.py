"""What a poller polls and where it puts that: a Telegram, a store and pauses, each told by the test."""

import threading
from collections.abc import Sequence
from typing import Any

from telebot.apihelper import ApiTelegramException

from chat.delivery.confirming import Confirming, WhenDone
from chat.delivery.head_start import LONG_POLL_S
from chat.delivery.poller import CONFIRM_S, Poller, Update


class RecordedPauses(threading.Event):
    """Pauses that take no time but are written down."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses_s: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses_s.append(timeout or 0.0)
        return self.is_set()


class FakeTelegram:
    """Forgets what an offset confirms, and gives the rest; told outcomes come first, one for each call."""

    def __init__(self, *outcomes: object, queue: Sequence[object] = ()) -> None:
        self.outcomes = list(outcomes)
        self.queue = list(queue)
        self.offsets: list[int | None] = []

    def fetch(self, offset: int | None, timeout_s: int) -> object:
        assert timeout_s in {LONG_POLL_S, CONFIRM_S}
        self.offsets.append(offset)
        if self.outcomes:
            outcome = self.outcomes.pop(0)
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome
        self.queue = [item for item in self.queue if not self._is_confirmed(item, offset)]
        return list(self.queue)

    @staticmethod
    def _is_confirmed(item: object, offset: int | None) -> bool:
        return offset is not None and isinstance(item, dict) and item.get("update_id", offset) < offset


class Store:
    """Keeps what it is handed, unless told to fail first."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.kept: list[int] = []

    def accept(self, updates: Sequence[Update]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.kept += [update["update_id"] for update in updates]


class Taking(Store):
    """Tells what it keeps as the intake does."""

    def __init__(self, confirming: Confirming) -> None:
        super().__init__()
        self._confirming = confirming

    def accept(self, updates: Sequence[Update]) -> None:
        new = [each for each in updates if not self._confirming.is_known(each["update_id"])]
        super().accept(new)
        self._confirming.taken(each["update_id"] for each in new)


def refusal(error_code: int, description: str = "no", **more: Any) -> ApiTelegramException:
    payload = {"ok": False, "error_code": error_code, "description": description, **more}
    return ApiTelegramException("getUpdates", None, payload)


def update(number: int) -> Update:
    return {"update_id": number, "message": {"text": "1000", "chat": {"id": 42}}}


def poller_on(
    telegram: FakeTelegram, store: Store, stop: threading.Event, confirming: Confirming | None = None
) -> Poller:
    return Poller(
        telegram.fetch, store.accept, confirming=confirming, stop=stop, clock=lambda: 1000.0, jitter=lambda: 1.0
    )


class HeldBack(WhenDone):
    """Waits for nothing, and writes down that it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = 0

    def wait(self, _timeout_s: float) -> None:
        self.waits += 1
