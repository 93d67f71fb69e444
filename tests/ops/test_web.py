"""Who sees which page, and what every answer carries."""

import gzip
import json
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

import pytest

from ops.entrance import COOKIE, Entrance
from ops.http import Request, Response, as_json, said
from ops.web import Web

TOKEN = "a-token-of-32-letters-and-digits"
FAR = "203.0.113.7"
LONG = "number " * 500


class Seen:
    """What a browser gets."""

    def __init__(self, status: str, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = int(status.split(maxsplit=1)[0]), headers, body

    @property
    def text(self) -> str:
        return self.body.decode()


def broken(_: Request) -> Response:
    raise RuntimeError(f"no page, and {TOKEN}")


def ask(path: str = "/", *, token: str | None = TOKEN, method: str = "GET", peer: str = FAR, **environ: Any) -> Seen:
    """The pages as somebody sees them; other words are those of WSGI, in lower case."""
    web = Web(
        Entrance(token),
        open_to_all={"/health": lambda _: as_json(HTTPStatus.OK, {"status": "well"})},
        guarded={
            "/": lambda _: Response(HTTPStatus.OK, LONG.encode(), "text/html", {"Content-Security-Policy": "mine"}),
            "/api/stats": lambda _: as_json(HTTPStatus.OK, {"a": "я"}),
            "/broken": broken,
        },
    )
    path, _, query = path.partition("?")
    given = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_ADDR": peer,
        "HTTP_HOST": "desk.example.org" if peer == FAR else "127.0.0.1:8080",
        "wsgi.url_scheme": "http",
        **{name.upper(): value for name, value in environ.items()},
    }
    began: list[Any] = []
    body = b"".join(web(given, lambda *told: began.append(told)))
    ((status, headers),) = began
    return Seen(status, dict(headers), body)


@pytest.mark.parametrize("peer", [FAR, "127.0.0.1"])
def test_health_is_for_everybody(peer: str) -> None:
    seen = ask("/health", peer=peer, token=None)

    assert (seen.status, json.loads(seen.text)) == (200, {"status": "well"})


@pytest.mark.parametrize("path", ["/", "/api/stats"])
def test_from_elsewhere_nothing_else_is_seen_without_the_token(path: str) -> None:
    seen = ask(path)

    assert seen.status == 401
    assert seen.headers["WWW-Authenticate"] == "Bearer"
    assert TOKEN not in seen.text


def test_where_no_token_is_set_it_is_said_what_to_do() -> None:
    seen = ask("/", token=None)

    assert seen.status == 403
    assert "OPS_TOKEN" in seen.text


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "localhost", "[::1]:8080", "LOCALHOST"])
@pytest.mark.parametrize("token", [TOKEN, None])
def test_at_the_machine_itself_no_token_is_needed(peer: str, host: str, token: str | None) -> None:
    assert ask("/", peer=peer, token=token, http_host=host).status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("http_x_forwarded_for", "127.0.0.1"),
        ("http_forwarded", "for=127.0.0.1"),
        ("http_x_real_ip", "127.0.0.1"),
        ("http_x_forwarded_host", "localhost"),
        ("http_x_forwarded_proto", "https"),
        ("http_via", "1.1 proxy"),
    ],
)
def test_what_came_through_a_proxy_is_not_from_the_machine_whatever_it_says(name: str, value: str) -> None:
    """Neither is whoever sits behind a proxy on this machine, nor whoever says to sit here."""
    assert ask("/", peer="127.0.0.1", **{name: value}).status == 401
    assert ask("/", peer=FAR, **{name: value}).status == 401


@pytest.mark.parametrize("host", ["evil.example.org", "127.0.0.1.evil.example.org", "localhost.evil:8080", ""])
def test_a_page_elsewhere_whose_name_leads_here_reads_nothing(host: str) -> None:
    assert ask("/api/stats", peer="127.0.0.1", http_host=host).status == 401


@pytest.mark.parametrize("peer", ["10.0.0.7", "100.64.0.2", "fd12::1", "unix", ""])
def test_the_inside_of_a_platform_is_not_the_machine(peer: str) -> None:
    assert ask("/", peer=peer, http_host="127.0.0.1").status == 401


def test_a_program_shows_the_token_in_a_header() -> None:
    assert ask("/api/stats", http_authorization=f"Bearer {TOKEN}").status == 200
    assert ask("/api/stats", http_authorization=f"bearer  {TOKEN}").status == 200


@pytest.mark.parametrize(
    "given", [f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", f"Basic {TOKEN}", TOKEN, "Bearer я"]
)
def test_a_wrong_token_opens_nothing(given: str) -> None:
    assert ask("/", http_authorization=given).status == 401
    assert ask("/", token=None, http_authorization=given).status == 403


def test_the_token_in_the_address_is_taken_once_for_a_cookie_and_is_left_behind() -> None:
    first = ask(f"/?hours=2&token={TOKEN}")

    assert (first.status, first.headers["Location"]) == (303, "/?hours=2")
    cookie = SimpleCookie(first.headers["Set-Cookie"])[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    assert int(cookie["max-age"]) > 0
    assert TOKEN not in first.headers["Set-Cookie"] + first.text
    assert ask("/", http_cookie=f"other=1; {COOKIE}={cookie.value}").status == 200


@pytest.mark.parametrize(
    "https",
    [{"wsgi.url_scheme": "https"}, {"http_x_forwarded_proto": "https"}, {"http_x_forwarded_proto": "HTTPS, http"}],
)
def test_where_the_page_is_https_the_cookie_never_travels_otherwise(https: dict[str, str]) -> None:
    environ = {name if name.startswith("wsgi") else name.upper(): value for name, value in https.items()}
    web = Web(Entrance(TOKEN), open_to_all={}, guarded={"/": lambda _: said(HTTPStatus.OK, "in")})
    began: list[Any] = []
    given = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": f"token={TOKEN}", **environ}
    web(given, lambda *told: began.append(told))
    headers = dict(began[0][1])

    assert headers["Set-Cookie"].endswith("; Secure")
    assert headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize("address", ["/?token=wrong", f"/?token={TOKEN}1", "/?token=%D1%8F"])
def test_a_wrong_token_in_the_address_gives_no_cookie(address: str) -> None:
    seen = ask(address)

    assert seen.status == 401
    assert "Set-Cookie" not in seen.headers


@pytest.mark.parametrize("value", ["", "x", TOKEN, "0" * 64, "я", '"'])
def test_a_cookie_that_was_not_given_here_opens_nothing(value: str) -> None:
    assert ask("/", http_cookie=f"{COOKIE}={value}").status == 401
    assert ask("/", token=None, http_cookie=f"{COOKIE}={value}").status == 403


def test_a_cookie_of_another_token_is_worthless() -> None:
    cookie = SimpleCookie(Entrance(TOKEN + "0").cookie(_request()))[COOKIE].value

    assert ask("/", http_cookie=f"{COOKIE}={cookie}").status == 401


@pytest.mark.parametrize("path", ["/health", "/", "/api/stats", "/nothing", "/broken"])
def test_every_answer_carries_what_keeps_browsers_careful(path: str) -> None:
    headers = ask(path, peer="127.0.0.1").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"] == (
        "mine" if path == "/" else "default-src 'none'; frame-ancestors 'none'"
    )
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("accepted", ["gzip", "deflate, gzip;q=0.5, br", "GZIP"])
def test_a_long_answer_is_zipped_for_whoever_takes_it(accepted: str) -> None:
    seen = ask("/", peer="127.0.0.1", http_accept_encoding=accepted)

    assert seen.headers["Content-Encoding"] == "gzip"
    assert seen.headers["Vary"] == "Accept-Encoding"
    assert int(seen.headers["Content-Length"]) == len(seen.body) < len(LONG) / 10
    assert gzip.decompress(seen.body).decode() == LONG


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "gzip; q=0.0", "br"])
def test_nobody_else_gets_it_zipped(accepted: str) -> None:
    seen = ask("/", peer="127.0.0.1", http_accept_encoding=accepted)

    assert "Content-Encoding" not in seen.headers
    assert seen.text == LONG


def test_a_short_answer_is_not_worth_zipping() -> None:
    assert "Content-Encoding" not in ask("/health", http_accept_encoding="gzip").headers


def test_zipping_can_be_switched_off() -> None:
    web = Web(Entrance(None), open_to_all={"/": lambda _: said(HTTPStatus.OK, LONG)}, guarded={}, may_zip=False)
    began: list[Any] = []
    web({"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_ACCEPT_ENCODING": "gzip"}, lambda *told: began.append(told))

    assert "Content-Encoding" not in dict(began[0][1])


def test_head_is_get_without_the_body() -> None:
    seen = ask("/", peer="127.0.0.1", method="HEAD")

    assert (seen.status, seen.body, seen.headers["Content-Length"]) == (200, b"", str(len(LONG)))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed_from_here(method: str) -> None:
    seen = ask("/", peer="127.0.0.1", method=method)

    assert (seen.status, seen.headers["Allow"]) == (405, "GET, HEAD")


def test_a_page_that_fails_says_nothing_but_that(caplog: pytest.LogCaptureFixture) -> None:
    seen = ask("/broken", peer="127.0.0.1")

    assert (seen.status, seen.text) == (500, "It failed; the log says why.\n")
    assert [record.getMessage() for record in caplog.records] == ["page failed path=/broken"]


@pytest.mark.parametrize("path", ["/nothing", "", "//", "/../etc/passwd", "/api", f"/nothing?token={TOKEN}"])
def test_what_is_not_there_is_not_there(path: str) -> None:
    assert ask(path, peer="127.0.0.1").status == 404


def test_no_token_comes_into_the_log_however_it_was_given(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        for path in (
            f"/?token={TOKEN}",
            "/?token=guessed-0123456789",
            f"/broken?token={TOKEN}",
            f"/health?token={TOKEN}",
        ):
            ask(path)
            ask(path, peer="127.0.0.1")

    assert TOKEN not in caplog.text
    assert "guessed" not in caplog.text


def _request() -> Request:
    return Request("GET", "/", "", FAR, {})
