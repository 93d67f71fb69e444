"""Around a call to Telegram: its method, what came of it, and how long it took."""

import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ops.meters import Meters


class Answer(Protocol):
    @property
    def error_code(self) -> int | None: ...


A = TypeVar("A", bound=Answer)


def measured(
    send: Callable[..., A], meters: Meters | None, *, clock: Callable[[], float] = time.monotonic
) -> Callable[..., A]:
    """The same; `send(verb, url, ...)` raises where there was no answer."""
    if meters is None:
        return send

    def sent(verb: str, url: str, /, **more: Any) -> A:
        method, result, begun = url.rsplit("/", 1)[-1], "unanswered", clock()
        try:
            answer = send(verb, url, **more)
            result = "ok" if answer.error_code is None else str(answer.error_code)
            return answer
        finally:
            meters.telegram_calls.add(method, result)
            meters.telegram_times.add(clock() - begun, method)

    return sent
