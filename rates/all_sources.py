"""Every source behind its breaker, with its keys: who is asked for each feed, in which order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import Protocol

from calc.snapshots import Feed
from rates.breaker import SourceState
from rates.chain import Source
from rates.errors import SourceError
from rates.guarded import Guarded, SourceCall, SourceReport
from rates.hooks import Hooks
from rates.http import CONNECT_RETRIES, Http, source_session
from rates.keys import KeyRing, Keys
from rates.pace import QuotaUse, QuotaWarning
from rates.quota import Counts, Quota
from rates.sources.apilayer import ApiLayer
from rates.sources.cbr import BankOfRussia
from rates.sources.coingecko import CoinGecko
from rates.sources.erapi import ExchangeRateApi
from rates.sources.rapira import RapiraBook, RapiraRates


class Options(Protocol):
    """Where the sources are and how they are called; the settings of the same names."""

    @property
    def rapira_url(self) -> str: ...
    @property
    def rapira_proxy(self) -> str | None: ...
    @property
    def coingecko_url(self) -> str: ...
    @property
    def apilayer_url(self) -> str: ...
    @property
    def cbr_url(self) -> str: ...
    @property
    def erapi_url(self) -> str: ...
    @property
    def api_timeout(self) -> float: ...
    @property
    def connection_pool_size(self) -> int: ...
    @property
    def connection_per_host(self) -> int: ...
    @property
    def fiat_refresh_interval(self) -> float | None: ...


class AllSources:
    """`rows` are the sources of each feed in the order in which they are asked, `order_book` is the exchange's.

    `bank` and `api_layer` tell the past as well, and are asked for that without a breaker.
    """

    def __init__(
        self,
        options: Options,
        keys: Keys,
        *,
        counts: Counts,
        tell_quota: Callable[[QuotaWarning], object],
        on_change: Hooks[SourceState],
        on_call: Hooks[SourceCall],
        utcnow: Callable[[], datetime],
    ) -> None:
        self._sessions = ExitStack()
        http, counted, proxied = self._open_http(options)
        self.bank = BankOfRussia(http, url=options.cbr_url, utcnow=utcnow)
        self.quota = Quota(
            ApiLayer.name,
            counts,
            keys=keys.api_layer,
            plan=keys.plan,
            interval_s=options.fiat_refresh_interval,
            tell=tell_quota,
            utcnow=utcnow,
        )
        self.api_layer = ApiLayer(
            counted, url=options.apilayer_url, keys=keys.api_layer, quota=self.quota, utcnow=utcnow
        )
        rapira = [
            route(proxied, url=options.rapira_url, api_key=keys.rapira, utcnow=utcnow)
            for route in (RapiraRates, RapiraBook)
        ]
        # A new source is a file of its own and a line here.
        sources: Mapping[Feed, Sequence[Source]] = {
            Feed.USDT_RUB: [*rapira, CoinGecko(http, url=options.coingecko_url, utcnow=utcnow)],
            Feed.FIAT: [self.api_layer, self.bank, ExchangeRateApi(http, url=options.erapi_url, utcnow=utcnow)],
        }
        self.rows = {
            feed: [Guarded(source, utcnow=utcnow, on_change=on_change, on_call=on_call) for source in row]
            for feed, row in sources.items()
        }
        rapira_breakers = self.rows[Feed.USDT_RUB][: len(rapira)]
        self.order_book = rapira_breakers[1]
        self._ring = KeyRing(
            keys,
            api_layer=self.api_layer,
            plan=self.quota,
            api_layer_breaker=self.rows[Feed.FIAT][0],
            rapira=rapira,
            rapira_breakers=rapira_breakers,
        )

    def close(self) -> None:
        self._sessions.close()

    def use(self, keys: Keys) -> Iterable[Feed]:
        """Takes keys that have changed; the feeds that they are for."""
        return self._ring.use(keys)

    def free(self) -> list[Guarded]:
        """Those that cost nothing to ask."""
        return [each for row in self.rows.values() for each in row if each.name != ApiLayer.name]

    def reports(self) -> Mapping[Feed, Sequence[SourceReport]]:
        """How the sources are, in the order in which they are asked; APILayer only where it has a key."""
        return {
            feed: [each.report() for each in row if self.quota.has_keys or each.name != ApiLayer.name]
            for feed, row in self.rows.items()
        }

    def quota_in_use(self) -> QuotaUse | None:
        """None without a key, and where the calls cannot be read: that is in the log, and no reason to show nothing."""
        if self.quota.has_keys:
            with suppress(SourceError):
                return self.quota.in_use()
        return None

    def _open_http(self, options: Options) -> tuple[Http, Http, Http]:
        """For all, for calls that are counted, and for Rapira by its proxy."""
        per_host, timeout_s = options.connection_per_host, options.api_timeout
        sessions = (
            source_session(pools=options.connection_pool_size, per_host=per_host),
            source_session(pools=1, per_host=1, retries=CONNECT_RETRIES),
            source_session(pools=1, per_host=per_host, proxy=options.rapira_proxy),
        )
        free, counted, proxied = (Http(self._sessions.enter_context(each), timeout_s=timeout_s) for each in sessions)
        return free, counted, proxied
