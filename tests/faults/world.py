"""A desk with its real parts, from the sockets to the chat, on the stand-in sources and a clock that is moved along."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial

import requests

from calc.snapshots import Feed, Market, Snapshot
from rates.book import Book
from rates.breaker import SourceState
from rates.cache import Cache
from rates.chain import Chain, Source
from rates.guarded import Guarded
from rates.hooks import Hooks
from rates.http import CONNECT_RETRIES, RETRIES, Answer, Http, source_session
from rates.quota import Quota
from rates.sources.apilayer import ApiLayer
from rates.sources.cbr import BankOfRussia
from rates.sources.coingecko import CoinGecko
from rates.sources.erapi import ExchangeRateApi
from rates.sources.rapira import RapiraBook, RapiraRates
from sandbox.failures import SOURCE_KINDS
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.market import SAMPLE
from sandbox.market import Market as MadeUpMarket
from sandbox.server import Request, Response, Server
from sandbox.sources import ROUTES, Sources
from tests.chat.book import Book as ChatBook
from tests.chat.book import Failure, Trouble
from tests.e2e import expected
from tests.faults.lies import TARGETS
from tests.faults.table import CHAINS, START
from tests.rates.counting import Counted
from tests.rates.servers import passing

PATHS = {
    "rapira": "/rapira",
    "rapira book": "/rapira",
    "coingecko": "/coingecko",
    "apilayer": "/apilayer",
    "cbr": "/cbr",
    "exchangerate-api": "/erapi",
}
FEEDS = dict(zip(CHAINS, Feed, strict=True))
PATIENT_S = 60.0


class World:
    """The stand-ins on a real server, one port that nobody listens on, and the connections to both."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.journal = Journal()
        self.faults = Faults({"sources": SOURCE_KINDS, **dict.fromkeys(ROUTES.values(), SOURCE_KINDS)})
        self._server = Server(self._handle)
        self.sources = Sources(
            MadeUpMarket(),
            faults=self.faults,
            journal=self.journal,
            halt=self._server.halt,
            now=self.utcnow,
        )
        without_pauses = {"backoff_factor": 0, "backoff_jitter": 0}
        self.session = source_session(pools=4, per_host=4, retries=RETRIES.new(**without_pauses))
        self.counted = source_session(pools=4, per_host=4, retries=CONNECT_RETRIES.new(**without_pauses))

    def _handle(self, request: Request) -> Response:
        return self.sources.handle(request)

    def clock(self) -> float:
        return self.seconds

    def utcnow(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    @property
    def url(self) -> str:
        return self._server.url

    @contextmanager
    def running(self) -> Iterator["World"]:
        self._server.start()
        try:
            with self.session, self.counted:
                yield self
        finally:
            self._server.stop()
        assert self._server.failures == []

    @contextmanager
    def closed_port(self) -> Iterator["ClosedPort"]:
        port = ClosedPort(self)
        try:
            yield port
        finally:
            port.close()

    def start_over(self) -> None:
        self.seconds = 0.0
        self.faults.clear()

    def calls(self, source: str) -> int:
        return self.journal.count(TARGETS[source])


class ClosedPort:
    """Held by a socket that does not listen, so that a connection is refused and nobody else gets the port."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._holder = socket.socket()
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", 0))
        self._server: Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._holder.getsockname()[1]}"

    def open(self) -> None:
        """From now on the sources answer there."""
        self._server = Server(self._world.sources.handle, port=self._holder.getsockname()[1])
        self._server.start()

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()
        self._holder.close()


class Impatient(Http):
    """While a source is known not to answer, the deadline of a call passes as soon as the source has got it."""

    def __init__(self, session: requests.Session, calls: Callable[[], int]) -> None:
        """`calls` are those that the source has got."""
        super().__init__(session, timeout_s=PATIENT_S)
        self._calls = calls
        self.is_hasty = False

    def get(
        self,
        url: str,
        *,
        source: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        if not self.is_hasty:
            return super().get(url, source=source, params=params, headers=headers)
        before = self._calls()
        hasty = Http(self._session, timeout_s=PATIENT_S, wait=passing(lambda: self._calls() > before))
        return hasty.get(url, source=source, params=params, headers=headers)


class Rates:
    """One chain of sources behind breakers, and the book that it fills."""

    def __init__(self, world: World, chain: tuple[str, ...], *, urls: dict[str, str]) -> None:
        """`urls` are of sources that are elsewhere than in the world."""
        self.feed, self._world, self._urls = FEEDS[chain], world, urls
        self.http = {
            source: Impatient(world.counted if source == "apilayer" else world.session, partial(world.calls, source))
            for source in chain
        }
        self._guarded = {
            source: Guarded(self._source(source), utcnow=world.utcnow, clock=world.clock) for source in chain
        }
        doors = [each.last_resort for each in self._guarded.values()]
        cache = Cache[Feed, Snapshot](clock=world.clock, spawn=lambda job: job())
        self.book = Book(
            cache,
            {self.feed: Chain(self.feed, list(self._guarded.values()), last_resort=doors)},
            ttl_s=dict.fromkeys(Feed, 300.0),
            on_accept=Hooks(),
            on_demand=False,
            utcnow=world.utcnow,
        )

    def state(self, source: str) -> SourceState:
        return self._guarded[source].state()

    def _source(self, name: str) -> Source:
        url = self._urls.get(name, self._world.url) + PATHS[name]
        http, utcnow = self.http[name], self._world.utcnow
        match name:
            case "rapira":
                return RapiraRates(http, url=url, api_key=None, utcnow=utcnow)
            case "rapira book":
                return RapiraBook(http, url=url, api_key=None, utcnow=utcnow)
            case "coingecko":
                return CoinGecko(http, url=url, utcnow=utcnow)
            case "cbr":
                return BankOfRussia(http, url=url, utcnow=utcnow)
            case "exchangerate-api":
                return ExchangeRateApi(http, url=url, utcnow=utcnow)
        return self._with_a_key(http, url)

    def _with_a_key(self, http: Http, url: str) -> Source:
        keys = ("aKeyOfTheDesk",)
        quota = Quota(
            ApiLayer.name,
            Counted(self._world.utcnow),
            keys=keys,
            plan=1_000_000,
            interval_s=0,
            tell=lambda _: None,
            utcnow=self._world.utcnow,
        )
        return ApiLayer(http, url=url, keys=keys, quota=quota, utcnow=self._world.utcnow)


class LiveBook(ChatBook):
    """The book of the chat is that of the desk at hand; there is no market without one."""

    def __init__(self) -> None:
        super().__init__()
        self.rates: Rates | None = None

    @property
    def _book(self) -> Book:
        assert self.rates is not None
        return self.rates.book

    def market(self) -> Market:
        return Market() if self.rates is None else self._book.market()

    def load(self, feed: Feed) -> Snapshot:
        return self._book.load(feed)

    def refresh(self, feed: Feed) -> Snapshot:
        return self._book.refresh(feed)

    def last_error(self, feed: Feed) -> Failure:
        error = self._book.last_error(feed)
        return Failure([Trouble(each.source, each.trouble) for each in error.causes] if error else [])


def base_of(source: str) -> Fraction:
    """RUB per USDT, or per THB, as the market has it in the words of the source; shares nothing with the bot."""
    per_usd = {code: Fraction(units) for code, units in SAMPLE.per_usd.items()}
    match source:
        case "rapira" | "rapira book":
            return Fraction(SAMPLE.ask)
        case "coingecko":  # it rounds to kopecks
            return expected.rounded(Fraction(SAMPLE.usd_per_usdt) * per_usd["RUB"])
        case "cbr":  # four decimals per 10 THB
            return Fraction(round(per_usd["RUB"] / per_usd["THB"] * 10, 4)) / 10
        case _:
            return per_usd["RUB"] / per_usd["THB"]
