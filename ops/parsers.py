"""How the text of a setting is read: each parser gives the value or raises a ValueError that says what is allowed."""

import math
import re
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

BOT_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
# It travels in a header; a quote or a backslash would look different in a repr, and so slip past the masks of a log.
KEY = re.compile(r"[!#-&(-\[\]-~]+")
USER_ID = re.compile(r"[1-9][0-9]{0,15}")
BAND = re.compile(r"([0-9]{1,3}\.[0-9]{1,6})-([0-9]{1,3}\.[0-9]{1,6})")
LONGEST_NAME = 40
HOST = re.compile(r"[A-Za-z0-9:.%_-]{1,255}")
SHORTEST_TOKEN = 16
YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def bot_token(text: str) -> str:
    return _matching(BOT_TOKEN, text, "digits, a colon, then letters, digits, _ and -, as BotFather gave it")


def key(text: str) -> str:
    return _matching(KEY, text, "letters, digits and signs, without spaces, quotes and backslashes")


def long_key(text: str) -> str:
    """One that whoever can reach the port may try as often as they like."""
    if len(text) < SHORTEST_TOKEN:
        raise ValueError(f"at least {SHORTEST_TOKEN} letters, digits and signs, such as `openssl rand -hex 16` gives")
    return key(text)


def host(text: str) -> str:
    return _matching(HOST, text, "an address of this machine, such as 127.0.0.1, 0.0.0.0 or ::, or its name")


def keys(text: str) -> tuple[str, ...]:
    """Comma separated, in order of use; nothing is no key."""
    return tuple(key(part.strip()) for part in text.split(",") if part.strip())


def ids(text: str) -> frozenset[int]:
    """Comma separated Telegram user ids; nothing is nobody."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(USER_ID.fullmatch(part) for part in parts):
        raise ValueError("Telegram user ids (whole numbers above 0), comma separated")
    return frozenset(map(int, parts))


def url(text: str) -> str:
    """Scheme and host, with a path if any; without a slash at its end, so that a route can be appended."""
    allowed = "http:// or https://, a host, and a path if any; no user, password, query or fragment"
    try:
        parts = urlsplit(text)
        ok = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(allowed) from error
    if not ok or "@" in parts.netloc or re.search(r"[?#\s\\]", text):
        raise ValueError(allowed)
    return text.rstrip("/")


def proxy(text: str) -> str:
    """An HTTP proxy; TLS goes through it in a tunnel. SOCKS would need a package of its own."""
    allowed = "an HTTP proxy: http://, user:password@ if it wants them, a host, a colon and a port"
    try:
        parts = urlsplit(text)
        ok = parts.scheme == "http" and bool(parts.hostname) and parts.port
    except ValueError as error:
        raise ValueError(allowed) from error
    if not ok or parts.path not in ("", "/") or not KEY.fullmatch(text) or re.search(r"[?#]", text):
        raise ValueError(allowed)
    return text.rstrip("/")


def credentials(url: str) -> tuple[str, ...]:
    """User and password in a URL, in every way in which they might be seen; nothing where it has no password."""
    userinfo = urlsplit(url).netloc.rpartition("@")[0]
    if not userinfo.partition(":")[2]:
        return ()
    plain = unquote(userinfo)
    return userinfo, userinfo.partition(":")[2], plain.partition(":")[2], b64encode(plain.encode()).decode()


def name(text: str) -> str:
    """One line that a person reads."""
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(f"at most {LONGEST_NAME} characters in one line")
    return text


def database_url(text: str) -> str:
    """The storage opens it; here it only has to be of a kind that there is."""
    path = text.removeprefix("sqlite:///")
    if not re.match(r"postgres(ql)?://.", text) and path in (text, "", ":memory:"):
        raise ValueError("sqlite:///relative/path, sqlite:////absolute/path or postgresql://user:password@host/name")
    return text


def redis_url(text: str) -> str:
    """Everything beyond where it is and who asks is the program's own business, timeouts first of all."""
    allowed = "redis:// or rediss:// (TLS), user:password@ if it wants them, a host, a port and /0 to /15 if any"
    try:
        parts = urlsplit(text)
        ok = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(allowed) from error
    if not ok or re.search(r"[?#\s\\]", text) or not re.fullmatch(r"/?|/(1[0-5]|[0-9])", parts.path):
        raise ValueError(allowed)
    return text


def switch(text: str) -> bool:
    if text.lower() not in YES + NO:
        raise ValueError("true or false")
    return text.lower() in YES


def band(text: str) -> tuple[Decimal, Decimal]:
    """Two decimals around 1."""
    match = BAND.fullmatch(text)
    lowest, highest = map(Decimal, match.groups()) if match else (Decimal(0), Decimal(0))
    if not 0 < lowest < 1 < highest:
        raise ValueError("two numbers around 1, such as 0.90-1.10")
    return lowest, highest


def zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones
        raise ValueError("the name of a time zone, such as Europe/Moscow, Asia/Dubai or UTC") from error


def one_of(*names: str) -> Callable[[str], str]:
    """Whichever way the letters are cased; the value is the name as it stands here."""

    def parse(text: str) -> str:
        for name in names:
            if name.lower() == text.lower():
                return name
        raise ValueError(" or ".join(names))

    return parse


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        allowed = f"a whole number from {lowest} to {highest}"
        return int(_within(text, allowed, lowest=lowest, highest=highest, spelled=r"[0-9]{1,12}"))

    return parse


def seconds(lowest: float, highest: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        allowed = f"seconds from {lowest:g} to {highest:g}"
        return _within(text, allowed, lowest=lowest, highest=highest, spelled=r"[0-9]{1,12}(\.[0-9]{1,6})?")

    return parse


def minutes(lowest: float, highest: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        allowed = f"minutes from {lowest:g} to {highest:g}"
        return _within(text, allowed, lowest=lowest, highest=highest, spelled=r"[0-9]{1,12}(\.[0-9]{1,6})?")

    return parse


def _within(text: str, allowed: str, *, lowest: float, highest: float, spelled: str) -> float:
    """By its spelling first: float() takes nan, inf, 1e3 and Arabic digits, which nobody means here."""
    value = float(text) if re.fullmatch(spelled, text) else math.nan
    if not lowest <= value <= highest:
        raise ValueError(allowed)
    return value


def _matching(pattern: re.Pattern[str], text: str, allowed: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(allowed)
    return text
