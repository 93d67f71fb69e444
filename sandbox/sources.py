"""The routes of the rate sources, each under its own prefix, and the faults they can be told to have."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from sandbox.apilayer import ApiLayer
from sandbox.failures import fail, source_page
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.market import Market
from sandbox.past import prices_on, table_day
from sandbox.payloads import cbr_daily, coingecko_simple, erapi_latest, rapira_book, rapira_rates, write_json
from sandbox.server import Request, Response

PREFIXES = {
    "RAPIRA_URL": "/rapira",
    "APILAYER_URL": "/apilayer",
    "CBR_URL": "/cbr",
    "ERAPI_URL": "/erapi",
    "COINGECKO_URL": "/coingecko",
}
"""Where the settings of the bot have to point."""

ROUTES = {
    "/rapira/open/market/rates": "rapira",
    "/rapira/market/exchange-plate-mini": "rapira_book",
    "/apilayer/latest": "apilayer",
    "/apilayer/timeseries": "apilayer_past",
    "/cbr/scripts/XML_daily.asp": "cbr",
    "/erapi/v6/latest/USD": "erapi",
    "/coingecko/api/v3/simple/price": "coingecko",
}
"""What a route is called in faults and in the journal; `sources` is all of them."""
CBR_PAST = "cbr_past"
"""What the route of the bank is called when it is asked for a day."""
NAMES = (*ROUTES.values(), CBR_PAST)


def _now() -> datetime:
    return datetime.now(UTC)


class Sources:
    """Answers for all sources from one market."""

    def __init__(
        self,
        market: Market,
        *,
        faults: Faults,
        journal: Journal,
        halt: threading.Event,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.market = market
        self.apilayer = ApiLayer()
        self._faults = faults
        self._journal = journal
        self._halt = halt
        self._now = now

    def handle(self, request: Request) -> Response:
        name = ROUTES.get(request.path)
        if name is None or request.method != "GET":
            return _json({"message": "no Route matched with those values"}, status=404)
        at = self._journal.clock()
        parameters = {key: values[-1] for key, values in parse_qs(request.query).items()}
        if name == "cbr" and "date_req" in parameters:
            name = CBR_PAST
        response = None
        try:
            response = self._answer(name, parameters, key=request.headers.get("apikey"))
        finally:
            self._journal.record(name, parameters, at=at, response=response)
        return response

    def _answer(self, name: str, parameters: Mapping[str, str], *, key: str | None) -> Response:
        fault = self._faults.take("sources", name, key=key)
        if fault is None:
            return self._tell(name, parameters, key=key)
        return fail(fault, lambda: self._tell(name, parameters, key=key), page=source_page, halt=self._halt)

    def _tell(self, name: str, parameters: Mapping[str, str], *, key: str | None) -> Response:
        prices = self.market.now()
        now = self._now()
        match name:
            case "apilayer":
                return self.apilayer.latest(parameters, key, prices=prices, now=now)
            case "apilayer_past":
                return self.apilayer.timeseries(parameters, key, today=now.date())
            case "cbr":
                return _xml(cbr_daily(prices, now.date() + timedelta(days=1)))
            case "cbr_past":
                return _xml(_table_on(parameters["date_req"], now))
            case "rapira":
                text = rapira_rates(prices)
            case "rapira_book":
                text = rapira_book(prices)
            case "erapi":
                text = erapi_latest(prices, now)
            case _:
                currencies = parameters.get("vs_currencies", "usd").split(",")
                updated = parameters.get("include_last_updated_at") == "true"
                text = coingecko_simple(prices, now, currencies=currencies, updated=updated)
        return Response(text.encode())


def _table_on(asked: str, now: datetime) -> bytes:
    """The table in force on a day written as the bank wants it, the newest for a day to come."""
    try:
        day = datetime.strptime(asked, "%d/%m/%Y").replace(tzinfo=UTC).date()
    except ValueError:
        return b'<?xml version="1.0" encoding="windows-1251"?><ValCurs>Error in parameters</ValCurs>'
    in_force = table_day(min(day, now.date() + timedelta(days=1)))
    return cbr_daily(prices_on(in_force), in_force)


def _xml(body: bytes) -> Response:
    return Response(body, content_type="text/xml; charset=windows-1251")


def _json(body: Mapping[str, str], *, status: int) -> Response:
    return Response(write_json(body).encode(), status)
