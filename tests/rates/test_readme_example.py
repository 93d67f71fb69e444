"""The example of the README: a source, on what it really sends."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import responses

from rates.http import Http
from rates.sources.rapira import RapiraRates


def test_rapira_tells_both_sides_of_the_market(http: Http, payload: Callable[[str], bytes]) -> None:
    source = RapiraRates(http, url="https://api.rapira.net", api_key=None, utcnow=lambda: datetime.now(UTC))
    with responses.RequestsMock() as web:
        web.get("https://api.rapira.net/open/market/rates", body=payload("rapira_rates.json"))
        rate = source.fetch()
    assert (rate.bid, rate.ask, rate.close) == (Decimal("81.62"), Decimal("81.66"), Decimal("81.65"))
