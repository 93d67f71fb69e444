"""When a call may be repeated: only if a second one cannot do anything twice."""

from chat.delivery.answers import Answer
from chat.delivery.errors import TransportError

IDEMPOTENT = ("edit", "answer", "delete", "get", "set", "sendChatAction")
"""How the methods begin whose second call changes nothing that the first did not."""

PAUSES_S = (0.3, 1.0)
"""The longest pause before the second and the third attempt; at least half of it is waited."""

REPEAT_WITHIN_S = 12.0
"""No attempt begins later than this after the first: a worker is not kept for ever, and whoever asked has given up."""

_SERVER_ERRORS = range(500, 600)
_NEVER_SENT = {"NewConnectionError", "ConnectTimeout", "ConnectTimeoutError", "ConnectionRefusedError", "gaierror"}


def is_repeatable(outcome: Answer | TransportError, method: str) -> bool:
    """Whether a call that ended so failed, and a second one cannot do anything twice."""
    idempotent = method.startswith(IDEMPOTENT)
    if isinstance(outcome, TransportError):
        return idempotent or outcome.unsent
    return idempotent and outcome.error_code in _SERVER_ERRORS


def was_never_sent(error: OSError) -> bool:
    """Whether the connection was never made, told by the names that the standard library, urllib3 and requests use.

    requests wraps what happened as `ConnectionError(MaxRetryError(reason=NewConnectionError))`.
    """
    wrapped = error.args[0] if error.args else None
    causes = (error, wrapped, getattr(wrapped, "reason", None))
    return any(kind.__name__ in _NEVER_SENT for cause in causes for kind in type(cause).__mro__)
