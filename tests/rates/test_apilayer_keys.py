"""Keys of APILayer: they take over from each other, and nobody gets to see one."""

from typing import Any

import pytest
import responses

from calc.snapshots import FiatTable
from rates.errors import SourceError, Trouble
from rates.http import CONNECT_RETRIES, Http, source_session
from rates.quota import hash_of
from rates.sources.apilayer import ApiLayer
from tests.rates.asking import KEY, trouble
from tests.rates.conftest import NOW
from tests.rates.counting import Counted, quota_of
from tests.rates.payloads import URLS, cases, tell
from tests.rates.servers import Line, Script, answer, answering, serving


def hang_up(line: Line) -> None:
    line.request()


def keyed(http: Http, *keys: str) -> ApiLayer:
    url = "https://api.apilayer.com/exchangerates_data"
    return ApiLayer(http, url=url, keys=keys, quota=quota_of(*keys), utcnow=lambda: NOW)


def tell_by_key(told: dict[str, dict[str, Any]]) -> None:
    for key, case in told.items():
        responses.add(
            responses.GET,
            URLS["apilayer"],
            json=case["body"],
            status=case["status"],
            headers={name: value for name, value in case["headers"].items() if name != "Content-Type"},
            match=[responses.matchers.header_matcher({"apikey": key})],
        )


def keys_asked() -> list[str]:
    return [str(call.request.headers["apikey"]) for call in responses.calls]


@pytest.mark.parametrize("refused", ["invalid_api_key", "not_subscribed", "quota_exceeded", "success_false_104"])
@responses.activate
def test_the_next_key_takes_over_and_stays_in_use(http: Http, refused: str, caplog: pytest.LogCaptureFixture) -> None:
    told = cases("apilayer_errors.json")
    good = told["ok_with_quota_headers"]
    tell_by_key({"first": told[refused], "second": told[refused], "third": good})
    source = keyed(http, "first", "second", "third")
    assert all(isinstance(source.fetch(), FiatTable) for _ in range(2))
    assert keys_asked() == ["first", "second", "third", "third"]
    assert "key refused source=apilayer key=2/3" in caplog.text
    assert "second" not in caplog.text


@responses.activate
def test_when_the_key_in_use_is_used_up_the_first_has_its_turn_again(http: Http) -> None:
    told = cases("apilayer_errors.json")
    tell_by_key({"first": told["quota_exceeded_old_wording"], "second": told["ok_with_quota_headers"]})
    source = keyed(http, "first", "second")
    source.fetch()
    responses.reset()
    tell_by_key({"first": told["ok_with_quota_headers"], "second": told["quota_exceeded_old_wording"]})
    source.fetch()
    assert keys_asked()[-2:] == ["second", "first"]


@responses.activate
def test_when_no_key_helps_the_last_says_why_and_the_first_is_asked_first_again(http: Http) -> None:
    told = cases("apilayer_errors.json")
    tell_by_key({"first": told["invalid_api_key"], "second": told["quota_exceeded_old_wording"]})
    source = keyed(http, "first", "second")
    for _ in range(2):
        with pytest.raises(SourceError) as caught:
            source.fetch()
        assert caught.value.trouble is Trouble.QUOTA
    assert keys_asked() == ["first", "second"] * 2


@responses.activate
def test_a_key_with_nothing_left_is_not_called(http: Http) -> None:
    tell_by_key({"first": cases("apilayer_errors.json")["quota_exceeded"]})
    source = keyed(http, "first")
    for told in ("HTTP 429", "all calls of the month used"):
        with pytest.raises(SourceError, match=told) as caught:
            source.fetch()
        assert caught.value.trouble is Trouble.QUOTA
    assert keys_asked() == ["first"]


@responses.activate
def test_another_key_is_not_wasted_on_what_is_no_matter_of_keys(http: Http) -> None:
    tell_by_key({"first": cases("apilayer_errors.json")["invalid_symbols"]})
    with pytest.raises(SourceError, match="HTTP 400 invalid_currency_codes"):
        keyed(http, "first", "second").fetch()


@responses.activate
def test_apilayer_blocked_by_place_is_not_a_matter_of_the_key(http: Http) -> None:
    tell("apilayer", "<html>Access denied</html>", status=403)
    assert trouble("apilayer", http).trouble is Trouble.BLOCKED


def test_apilayer_without_a_key_asks_nobody(http: Http) -> None:
    with pytest.raises(SourceError, match="no key"):
        keyed(http).fetch()


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (400, {"error": {"code": KEY.lower(), "message": KEY}}),
        (401, {"message": f"Invalid key {KEY}"}),
        (200, {"success": False, "error": {"code": KEY, "type": KEY, "info": KEY}}),
        (200, {"success": False, "error": KEY}),
        (200, {"success": True, "rates": {"RUB": KEY}, "base": "USD"}),
        (200, {"success": True, "rates": {}, "base": KEY}),
    ],
)
@responses.activate
def test_a_key_that_comes_back_in_an_answer_is_not_repeated(
    http: Http, status: int, sent: Any, caplog: pytest.LogCaptureFixture
) -> None:
    tell("apilayer", sent, status=status)
    assert KEY.lower() not in f"{trouble('apilayer', http)!r} {caplog.text}".lower()


@responses.activate
def test_every_call_is_counted_for_its_key_whatever_is_answered(http: Http) -> None:
    told, counts = cases("apilayer_errors.json"), Counted()
    tell_by_key({"first": told["invalid_api_key"], "second": told["ok_with_quota_headers"]})
    url = "https://api.apilayer.com/exchangerates_data"
    quota = quota_of("first", "second", counts=counts)
    ApiLayer(http, url=url, keys=("first", "second"), quota=quota, utcnow=lambda: NOW).fetch()
    first, second = (counts.rows["2026-11", hash_of(key)] for key in ("first", "second"))
    assert (first.used, first.failed_in_a_row) == (1, 1)
    assert (second.used, second.allowed, second.failed_in_a_row) == (77, 250, 0)


@pytest.mark.parametrize("script", [hang_up, answering(answer(status="503 Down"))], ids=["hangs up", "is down"])
def test_what_may_have_been_answered_is_not_asked_again(script: Script) -> None:
    counts = Counted()
    with (
        serving(script) as server,
        source_session(pools=1, per_host=1, retries=CONNECT_RETRIES) as session,
        pytest.raises(SourceError),
    ):
        ApiLayer(
            Http(session, timeout_s=60),
            url=server.url,
            keys=[KEY],
            quota=quota_of(KEY, counts=counts),
            utcnow=lambda: NOW,
        ).fetch()
    assert server.lines == 1
    assert counts.rows["2026-11", hash_of(KEY)].used == 1
