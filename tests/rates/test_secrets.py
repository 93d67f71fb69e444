"""A key is nowhere but in its header: not in an error, not in its traceback, not in a log, whatever goes wrong."""

import logging
import traceback
from collections.abc import Callable

import pytest
import requests

from calc.snapshots import Feed
from rates.chain import Chain, Source
from rates.errors import NoRate, SourceError
from rates.http import LARGEST_BODY, Http
from rates.sources.apilayer import ApiLayer
from rates.sources.rapira import RapiraRates
from tests.rates.conftest import NOW
from tests.rates.counting import quota_of
from tests.rates.servers import Line, Script, answer, answering, serving

KEY = "s3cretKeyOfTheDesk"


def hang_up(line: Line) -> None:
    line.request()


def echo(line: Line) -> None:
    """Says back all that it was told, which is how servers put keys into error pages."""
    while head := line.request():
        line.send(answer(head, status="401 Unauthorized"))


SCRIPTS: dict[str, Script] = {
    "hangs up": hang_up,
    "hangs": lambda line: line.hang(),
    "drips": lambda line: line.drip(b"HTTP/1.1 200 OK\r\n"),
    "echoes": echo,
    "is down": answering(answer(b"down", status="503 Down")),
    "redirects": answering(answer(status="302 Found", headers="Location: http://[\r\n")),
    "is no HTTP": answering(b"no HTTP at all\r\n\r\n"),
    "never ends": answering(answer(b"0" * (LARGEST_BODY + 1))),
    "cannot be unpacked": answering(answer(b"nope", headers="Content-Encoding: gzip\r\n")),
    "is no JSON": answering(answer(b"<html>")),
    "names the key": answering(answer(f'{{"success": false, "error": {{"code": "{KEY}"}}}}'.encode())),
    "prices with the key": answering(answer(f'{{"code": "{KEY}", "success": true, "base": "{KEY}"}}'.encode())),
}
SOURCES: dict[str, Callable[[Http, str], Source]] = {
    "rapira": lambda http, url: RapiraRates(http, url=url, api_key=KEY, utcnow=lambda: NOW),
    "apilayer": lambda http, url: ApiLayer(http, url=url, keys=[KEY], quota=quota_of(KEY), utcnow=lambda: NOW),
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_key_is_in_no_error_traceback_or_log(
    session: requests.Session,
    script: Script,
    source: Callable[[Http, str], Source],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(script) as server, pytest.raises(NoRate) as caught:
        Chain(Feed.FIAT, [source(Http(session, timeout_s=0.2), server.url)]).fetch()
    told = caught.value, *caught.value.causes
    text = "".join("".join(traceback.format_exception(error)) + repr(error) for error in told)
    assert KEY not in text
    assert "symbols=" not in text
    assert KEY not in caplog.text


@pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY}\N{SNOWMAN}"])
def test_a_key_that_cannot_travel_is_in_no_error(http: Http, key: str) -> None:
    with pytest.raises(SourceError) as caught:
        ApiLayer(http, url="http://127.0.0.1:1", keys=[key], quota=quota_of(key), utcnow=lambda: NOW).fetch()
    assert KEY not in "".join(traceback.format_exception(caught.value))
