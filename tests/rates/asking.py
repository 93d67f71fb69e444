"""What the desk gets of one source."""

from collections.abc import Callable
from datetime import datetime

from calc.snapshots import Feed, Snapshot
from rates.chain import Chain, Source
from rates.errors import NoRate, SourceError
from rates.http import Http
from rates.sources.apilayer import ApiLayer
from rates.sources.cbr import BankOfRussia
from rates.sources.coingecko import CoinGecko
from rates.sources.erapi import ExchangeRateApi
from rates.sources.rapira import RapiraBook, RapiraRates
from tests.rates.conftest import NOW
from tests.rates.counting import quota_of

KEY = "aPiLaYeRkEy0123456789"
FEEDS = {
    "rapira": Feed.USDT_RUB,
    "rapira book": Feed.USDT_RUB,
    "coingecko": Feed.USDT_RUB,
    "apilayer": Feed.FIAT,
    "cbr": Feed.FIAT,
    "exchangerate-api": Feed.FIAT,
}


def make(name: str, http: Http) -> Source:
    """The source, at the address at which the world knows it."""

    def utcnow() -> datetime:
        return NOW

    sources: dict[str, Callable[[], Source]] = {
        "rapira": lambda: RapiraRates(http, url="https://api.rapira.net", api_key=None, utcnow=utcnow),
        "rapira book": lambda: RapiraBook(http, url="https://api.rapira.net", api_key=None, utcnow=utcnow),
        "coingecko": lambda: CoinGecko(http, url="https://api.coingecko.com", utcnow=utcnow),
        "apilayer": lambda: ApiLayer(
            http,
            url="https://api.apilayer.com/exchangerates_data",
            keys=(KEY,),
            quota=quota_of(KEY),
            utcnow=utcnow,
        ),
        "cbr": lambda: BankOfRussia(http, url="https://www.cbr.ru", utcnow=utcnow),
        "exchangerate-api": lambda: ExchangeRateApi(http, url="https://open.er-api.com", utcnow=utcnow),
    }
    source = sources[name]()
    assert source.name == name
    return source


def outcome(name: str, http: Http) -> Snapshot | SourceError:
    """What the desk gets of the source, its snapshots checked."""
    source = make(name, http)
    try:
        return Chain(FEEDS[name], [source]).fetch()
    except NoRate as error:
        return error.causes[0]


def trouble(name: str, http: Http) -> SourceError:
    failed = outcome(name, http)
    assert isinstance(failed, SourceError)
    return failed
