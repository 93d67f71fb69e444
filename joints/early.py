"""What is begun before the rest of the program is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from chat.delivery.head_start import HeadStart
from ops.settings import SettingError, Settings, goes_direct, load, read_environment


@dataclass(frozen=True, slots=True)
class Early:
    """What was read already, and the first poll on its way; None where there is none yet."""

    settings: Settings | None = None
    poll: HeadStart | None = None


def begun(arguments: Sequence[str], kinds: Sequence[str]) -> Early:
    """Polls at once where nothing has to come before it: for a process that is alone, and straight to Telegram.

    On a server of databases, and beside a Redis, another process may be the one that polls; what a proxy has to carry
    is nothing for a plain connection. What is wrong with a setting is told by whoever reads them next.
    """
    if arguments:
        return Early()
    try:
        settings = load(read_environment())
    except SettingError:
        return Early()
    may_poll = settings.is_alone and goes_direct(settings.telegram_api_url)
    if settings.bot_token is None or not may_poll:
        return Early(settings)
    return Early(settings, HeadStart(settings.telegram_api_url, settings.bot_token, kinds).start())
