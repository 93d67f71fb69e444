"""The book, the chain, the sources and the pooled session together, against a server on 127.0.0.1."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from calc.snapshots import Feed, Snapshot
from rates.book import Book
from rates.cache import Cache
from rates.chain import Chain
from rates.errors import NoRate, Trouble
from rates.hooks import Hooks
from rates.http import Http
from rates.sources.cbr import BankOfRussia
from rates.sources.rapira import RapiraBook, RapiraRates
from tests.rates.conftest import Clock
from tests.rates.payloads import body
from tests.rates.servers import Line, answer, serving
from tests.rates.snapshots import USDT_RUB


class Exchange:
    """Rapira and the Bank of Russia on one address; answers once it may, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.all_asked = threading.Event()
        self.may_answer = threading.Event()
        self.status = "200 OK"
        self.routes = {
            "/open/market/rates": body("rapira_rates.json"),
            "/market/exchange-plate-mini?symbol=USDT%2FRUB": body("rapira_exchange_plate_mini.json"),
            "/scripts/XML_daily.asp": body("cbr_daily.xml"),
        }

    def __call__(self, line: Line) -> None:
        while head := line.request():
            route = head.split()[1].decode()
            self.asked.append(route)
            self.all_asked.set()
            assert self.may_answer.wait(60)
            line.send(answer(self.routes[route], status=self.status))


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def open_book(
    session: requests.Session,
    url: str,
    clock: Clock,
    *,
    timeout_s: float = 60,
    on_demand: bool = False,
    beside: Callable[[Callable[[], None]], None] | None = None,
) -> Book:
    http = Http(session, timeout_s=timeout_s)
    return Book(
        Cache[Feed, Snapshot](clock=clock, spawn=beside),
        {
            Feed.USDT_RUB: Chain(
                Feed.USDT_RUB,
                [kind(http, url=url, api_key=None, utcnow=clock.utcnow) for kind in (RapiraRates, RapiraBook)],
            ),
            Feed.FIAT: Chain(Feed.FIAT, [BankOfRussia(http, url=url, utcnow=clock.utcnow)]),
        },
        ttl_s={Feed.USDT_RUB: 300.0, Feed.FIAT: 3600.0},
        on_accept=Hooks(),
        on_demand=on_demand,
        utcnow=clock.utcnow,
    )


def test_two_threads_that_ask_for_the_same_missing_rate_make_one_call(
    session: requests.Session, clock: Clock, exchange: Exchange
) -> None:
    both = threading.Barrier(2)

    def ask() -> Snapshot:
        both.wait(60)
        return book.load(Feed.USDT_RUB)

    with serving(exchange) as server, ThreadPoolExecutor(2) as threads:
        book = open_book(session, server.url, clock)
        asked = [threads.submit(ask) for _ in range(2)]
        assert exchange.all_asked.wait(60)
        assert book.market().usdt_rub is None, "who only looks does not wait"
        exchange.may_answer.set()
        assert [each.result(60) for each in asked] == [USDT_RUB] * 2
    assert exchange.asked == ["/open/market/rates"]


@pytest.mark.parametrize("on_demand", [False, True])
def test_two_hundred_threads_at_an_expired_moment_make_one_call_and_none_of_them_waits(
    session: requests.Session, clock: Clock, exchange: Exchange, on_demand: bool
) -> None:
    """The source does not answer until all of them have their rate."""
    all_at_once, refreshing = threading.Barrier(200), list[threading.Thread]()

    def beside(job: Callable[[], None]) -> None:
        refreshing.append(threading.Thread(target=job))
        refreshing[-1].start()

    def ask() -> Snapshot | None:
        all_at_once.wait(60)
        return book.market().usdt_rub if on_demand else book.load(Feed.USDT_RUB)

    exchange.may_answer.set()
    with serving(exchange) as server, ThreadPoolExecutor(200) as threads:
        book = open_book(session, server.url, clock, on_demand=on_demand, beside=beside)
        before = book.load(Feed.USDT_RUB)
        exchange.may_answer.clear()
        exchange.all_asked.clear()
        clock.forward(300)
        asked = [threads.submit(ask) for _ in range(200)]
        assert [each.result(60) for each in asked] == [before] * 200
        assert exchange.all_asked.wait(60)
        exchange.may_answer.set()
        refreshing[0].join(60)
        after = book.market().usdt_rub
    assert after is not None
    assert after.fetched_at == clock.utcnow()
    assert len(refreshing) == 1
    assert exchange.asked == ["/open/market/rates"] * 2


def test_both_feeds_come_over_one_kept_connection(session: requests.Session, clock: Clock, exchange: Exchange) -> None:
    exchange.may_answer.set()
    with serving(exchange) as server:
        book = open_book(session, server.url, clock)
        assert [book.load(feed).source for feed in Feed] == ["rapira", "cbr"]
        assert server.lines == 1
    assert exchange.asked == ["/open/market/rates", "/scripts/XML_daily.asp"]


def test_a_blocked_desk_learns_why_from_every_source_and_is_not_retried(
    session: requests.Session, clock: Clock, exchange: Exchange
) -> None:
    exchange.may_answer.set()
    exchange.status = "451 Unavailable For Legal Reasons"
    with serving(exchange) as server:
        book = open_book(session, server.url, clock)
        for _ in range(2):
            with pytest.raises(NoRate) as caught:
                book.load(Feed.USDT_RUB)
    assert [(cause.source, cause.trouble) for cause in caught.value.causes] == [
        ("rapira", Trouble.BLOCKED),
        ("rapira book", Trouble.BLOCKED),
    ]
    assert len(exchange.asked) == 2, "the second to ask is told what the first has just learnt"
    assert all(cause.__traceback__ is None for cause in caught.value.causes), "which would keep the answers in memory"


def test_a_dead_source_costs_a_load_its_deadline_for_each_source_and_no_more(
    session: requests.Session, clock: Clock, exchange: Exchange
) -> None:
    with serving(exchange) as server:
        book = open_book(session, server.url, clock, timeout_s=0.2)
        with pytest.raises(NoRate) as caught:
            book.load(Feed.USDT_RUB)
        exchange.may_answer.set()
    assert [cause.trouble for cause in caught.value.causes] == [Trouble.TIMEOUT] * 2
    assert book.last_error(Feed.USDT_RUB) is caught.value
