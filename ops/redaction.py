"""What no log may show, and how it is taken out of a text."""

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
BOT_SHAPE = r"[0-9]+(?::|%3A)[A-Za-z0-9_-]{35,}"

_LIKE_A_TOKEN = re.compile("[A-Za-z0-9_-]{35}")


class Redactor:
    """Any thread may call it; `hide` is told of secrets, and whatever looks like a bot's token is one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._pattern = re.compile(BOT_SHAPE)
        self._spelled: tuple[str, ...] = ()
        self.hide(secrets)

    @property
    def secrets(self) -> frozenset[str]:
        return self._secrets

    def hide(self, secrets: Iterable[str]) -> None:
        """From now on these are masked too, as they are and as they look in a URL; of a bot's token also its end."""
        given = {secret for secret in secrets if secret}
        self._secrets |= given | {secret.partition(":")[2] for secret in given if re.fullmatch(BOT_SHAPE, secret)}
        spelled = {write(secret) for secret in self._secrets for write in (str, quote, quote_plus, _quote_all)}
        longest_first = sorted(map(re.escape, spelled), key=len, reverse=True)
        self._pattern = re.compile("|".join([*longest_first, BOT_SHAPE]), re.IGNORECASE)
        self._spelled = tuple({each.lower() for each in spelled})

    def redact(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._may_hold_one(text) else text

    def _may_hold_one(self, text: str) -> bool:
        """Whether a closer look is worth its time: in nearly every line is nothing, which is seen in a tenth of it."""
        if not text.isascii() or _LIKE_A_TOKEN.search(text):
            return True  # letters that are the same but for their case are told apart by the closer look alone
        lower = text.lower()
        return any(each in lower or not each.isascii() for each in self._spelled)


def _quote_all(secret: str) -> str:
    return quote(secret, safe="")
