"""Who may look at more than the health of the bot: whoever has the token, or sits at the machine itself."""

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from ipaddress import IPv4Address, IPv6Address, ip_address

from ops.http import Request

COOKIE = "quote_desk_ops"
COOKIE_LASTS_S = 30 * 86_400
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Entrance:
    """The token comes as `Authorization: Bearer`, as a cookie, or once in the address, which then gives the cookie."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._pass = None if token is None else hmac.new(token.encode(), b"quote desk", hashlib.sha256).hexdigest()

    @property
    def has_token(self) -> bool:
        return self._token is not None

    def admits(self, request: Request) -> bool:
        return self._is_borne(request) or self._is_in_cookie(request) or is_at_the_machine(request)

    def knows(self, token: str) -> bool:
        """In a time that says nothing about how much of it is right."""
        return self._token is not None and hmac.compare_digest(self._token.encode(), token.encode())

    def cookie(self, request: Request) -> str:
        """What makes the next visit one without a token. It holds no token, and nothing to make one of."""
        secure = "; Secure" if request.is_https else ""
        # Lax: with Strict the page would be shut to whoever comes by a link in a chat.
        return f"{COOKIE}={self._pass}; Max-Age={COOKIE_LASTS_S}; Path=/; HttpOnly; SameSite=Lax{secure}"

    def _is_borne(self, request: Request) -> bool:
        scheme, _, given = request.header("authorization").partition(" ")
        return scheme.lower() == "bearer" and self.knows(given.strip())

    def _is_in_cookie(self, request: Request) -> bool:
        try:
            morsel = SimpleCookie(request.header("cookie")).get(COOKIE)
        except CookieError:
            return False
        if morsel is None or self._pass is None:
            return False
        return hmac.compare_digest(self._pass.encode(), morsel.value.encode())


def is_at_the_machine(request: Request) -> bool:
    """By the address of the connection, which no header can change.

    Behind a proxy on the same machine everybody would have that address, so whatever a proxy has touched is not from
    here; nor is a page elsewhere whose name was made to resolve to this machine.
    """
    if any(request.header(name) for name in _FORWARDED):
        return False
    return _is_loopback(request.peer) and _name_of(request.header("host")) in _OWN_NAMES


def _is_loopback(address: str) -> bool:
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return parsed.is_loopback


def _name_of(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()
