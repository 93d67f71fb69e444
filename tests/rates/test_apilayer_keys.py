"""Keys of APILayer: they take over from each other, and nobody gets to see one."""

from typing import Any

import pytest
import responses

from calc.snapshots import FiatTable
from rates.errors import SourceError, Trouble
from rates.http import Http
from rates.sources.apilayer import ApiLayer
from tests.rates.asking import KEY, trouble
from tests.rates.conftest import NOW
from tests.rates.payloads import URLS, cases, tell


def keyed(http: Http, *keys: str) -> ApiLayer:
    return ApiLayer(http, url="https://api.apilayer.com/exchangerates_data", keys=keys, utcnow=lambda: NOW)


def tell_by_key(told: dict[str, dict[str, Any]]) -> None:
    for key, case in told.items():
        responses.add(
            responses.GET,
            URLS["apilayer"],
            json=case["body"],
            status=case["status"],
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
    tell_by_key({"first": told["quota_exceeded"], "second": told["ok_with_quota_headers"]})
    source = keyed(http, "first", "second")
    source.fetch()
    responses.reset()
    tell_by_key({"first": told["ok_with_quota_headers"], "second": told["quota_exceeded"]})
    source.fetch()
    assert keys_asked()[-2:] == ["second", "first"]


@responses.activate
def test_when_no_key_helps_the_last_says_why_and_the_first_is_asked_first_again(http: Http) -> None:
    told = cases("apilayer_errors.json")
    tell_by_key({"first": told["invalid_api_key"], "second": told["quota_exceeded"]})
    source = keyed(http, "first", "second")
    for _ in range(2):
        with pytest.raises(SourceError) as caught:
            source.fetch()
        assert caught.value.trouble is Trouble.QUOTA
    assert keys_asked() == ["first", "second"] * 2


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
