"""What can go wrong between the bot and Telegram, and what Telegram means by its refusals."""

from typing import Protocol

_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
    "message can't be deleted",
    "message_id_invalid",
)


class Refusal(Protocol):
    """What Telegram says when it does not do what was asked: telebot's exception, or an answer as it came."""

    @property
    def error_code(self) -> int | None: ...
    @property
    def description(self) -> str: ...


class TransportError(Exception):
    """No usable answer from Telegram: the network, a gateway, or something unreadable.

    `unsent` is True when the request surely never reached Telegram; otherwise it may have been carried out.
    The text is the method and a class or status: the URL of a call holds the token and is kept out.
    """

    def __init__(self, method: str, reason: str, *, unsent: bool = False) -> None:
        super().__init__(f"{method}: {reason}")
        self.method = method
        self.reason = reason
        self.unsent = unsent


class NotServing(TransportError):
    """Nothing was asked of Telegram: another process may serve the desk at this moment."""

    def __init__(self, method: str) -> None:
        super().__init__(method, "another process may serve the desk", unsent=True)


class TokenRefused(Exception):
    """Telegram does not know the bot's token (any more); polling again will not change that."""

    def __init__(self, error_code: int) -> None:
        super().__init__(f"Telegram refused the bot's token with {error_code}; get a valid one from BotFather")
        self.error_code = error_code


def is_not_modified(error: Refusal) -> bool:
    """The message already looks as asked."""
    return _says(error, "message is not modified")


def is_too_old(error: Refusal) -> bool:
    """The callback or inline query was answered already, or waited too long for its answer."""
    return _says(error, "query is too old", "query_id_invalid")


def is_gone(error: Refusal) -> bool:
    """The message was deleted, or is one that cannot be changed (any more)."""
    return _says(error, *_GONE)


def is_closed_to_us(error: Refusal) -> bool:
    """The bot was blocked or removed, or the chat is gone; nothing can be said there, and nobody waits for it."""
    return error.error_code == 403 or _says(error, "chat not found")  # noqa: PLR2004  the status of exactly this


def retry_after_s(payload: object) -> float | None:
    """The seconds Telegram asks to wait in a refusal's JSON; None when it asks for nothing."""
    parameters = payload.get("parameters") if isinstance(payload, dict) else None
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        return None
    return float(seconds)


def _says(error: Refusal, *phrases: str) -> bool:
    description = str(error.description).lower()
    return error.error_code == 400 and any(phrase in description for phrase in phrases)  # noqa: PLR2004  as above
