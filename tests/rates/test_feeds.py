"""The room put together, on the stand-ins of all sources."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calc.snapshots import Feed, Snapshot
from rates.book import KEPT_S
from rates.errors import NoRate
from rates.feeds import UNCACHED_S, Feeds
from rates.keys import Keys
from rates.pace import QuotaWarning
from sandbox.stand import Sandbox
from storage.database import Database, open_database
from storage.history import History
from storage.quota import KeyCalls

NO_KEYS = Keys(api_layer=(), plan=100, rapira=None)
ONE_KEY = replace(NO_KEYS, api_layer=("first",))


def utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Options:
    """As the settings are by default, on a stand."""

    rapira_url: str
    coingecko_url: str
    apilayer_url: str
    cbr_url: str
    erapi_url: str
    rapira_proxy: str | None = None
    api_timeout: float = 5.0
    connection_pool_size: int = 10
    connection_per_host: int = 4
    preload_popular_pairs: bool = True
    preload_interval: float = 120.0
    fiat_refresh_interval: float | None = None
    history_backfill_days: int = 0
    cache_max_size: int = 100
    cache_ttl_seconds: float = 300.0
    cache_cleanup_interval: float = 60.0
    cache_enabled: bool = True
    shared_loads_enabled: bool = True


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path}/desk.db")
    yield database
    database.close()


Make = Callable[..., Feeds]


@pytest.fixture
def make(sandbox: Sandbox, database: Database) -> Iterator[Make]:
    """Feeds with these keys and options; closed with the test."""
    made: list[Feeds] = []

    def open_feeds(keys: Keys = NO_KEYS, **options: object) -> Feeds:
        urls = {name.lower(): url for name, url in sandbox.source_urls.items()}
        told: list[QuotaWarning] = []
        made.append(
            Feeds(
                Options(**{**urls, **options}),  # type: ignore[arg-type]  # any field
                keys,
                counts=KeyCalls(database),
                past=History(database),
                tell_quota=told.append,
                utcnow=utcnow,
            )
        )
        return made[-1]

    yield open_feeds
    for feeds in made:
        feeds.close()


def calls(sandbox: Sandbox) -> list[str]:
    return [call.name for call in sandbox.journal.calls()]


def loaded(feeds: Feeds) -> dict[Feed, str]:
    return {feed: feeds.book.load(feed).source for feed in Feed}


def test_nothing_is_asked_before_somebody_wants_it(make: Make, sandbox: Sandbox) -> None:
    make(ONE_KEY)
    assert calls(sandbox) == []


def test_each_feed_comes_from_its_first_source_and_is_told(make: Make, sandbox: Sandbox) -> None:
    feeds = make(ONE_KEY)
    told: list[tuple[str, Snapshot]] = []
    feeds.accepted.subscribe(lambda name, snapshot: told.append((name, snapshot)))
    assert loaded(feeds) == {Feed.USDT_RUB: "rapira", Feed.FIAT: "apilayer"}
    assert [name for name, _ in told] == ["usdt_rub", "fiat"]
    assert calls(sandbox) == ["rapira", "apilayer"]


def test_without_a_key_the_bank_comes_first_and_no_plan_is_shown(make: Make) -> None:
    feeds = make()
    assert loaded(feeds)[Feed.FIAT] == "cbr"
    assert feeds.quota_in_use() is None
    assert [len(row) for row in feeds.reports().values()] == [3, 2]


def test_with_a_key_its_calls_are_shown(make: Make) -> None:
    feeds = make(ONE_KEY)
    loaded(feeds)
    in_use = feeds.quota_in_use()
    assert in_use is not None
    assert [key.used for key in in_use.keys] == [1]
    assert [len(row) for row in feeds.reports().values()] == [3, 3]


def test_calls_that_cannot_be_read_are_no_reason_to_show_nothing(make: Make, database: Database) -> None:
    feeds = make(ONE_KEY)
    database.close()
    assert feeds.quota_in_use() is None


def test_every_change_of_a_source_is_told(make: Make, sandbox: Sandbox) -> None:
    feeds = make()
    told: list[tuple[str, str]] = []
    feeds.states.subscribe(lambda name, state: told.append((name, state.state)))
    sandbox.faults.add("rapira", "451")
    assert loaded(feeds)[Feed.USDT_RUB] == "rapira book"
    assert told == [("rapira", "open")]


def test_the_threads_refresh_both_feeds_each_in_its_time_and_what_was_kept_young_waits(make: Make) -> None:
    feeds = make()
    young = replace(feeds.book.load(Feed.USDT_RUB), fetched_at=utcnow() - timedelta(seconds=20))
    threads = {each.thread.name: each for each in feeds.threads([young])}
    assert set(threads) == {"refresh-usdt_rub", "refresh-fiat", "refresh-order-book", "cache-purge"}
    assert 118 <= threads["refresh-usdt_rub"].step() <= 120
    assert 3590 <= threads["refresh-fiat"].step() <= 3600
    assert feeds.book.market().fiat is not None


def test_without_preloading_only_what_somebody_asks_for_is_fetched(make: Make) -> None:
    feeds = make(preload_popular_pairs=False)
    assert [each.thread.name for each in feeds.threads([])] == ["refresh-order-book", "cache-purge"]


def test_an_accepted_price_wakes_the_one_who_asks_for_the_order_book(make: Make, sandbox: Sandbox) -> None:
    feeds = make()
    (asking,) = [each for each in feeds.threads([]) if each.thread.name == "refresh-order-book"]
    asking.start()
    feeds.book.load(Feed.USDT_RUB)
    sandbox.journal.wait("rapira_book")
    asking.stop(5)
    assert feeds.book.market().order_book is not None


def test_a_key_that_comes_later_makes_its_source_the_first(make: Make, sandbox: Sandbox) -> None:
    feeds = make()
    threads = feeds.threads([])
    assert loaded(feeds)[Feed.FIAT] == "cbr"
    feeds.use(ONE_KEY)
    assert feeds.book.refresh(Feed.FIAT).source == "apilayer"
    assert len(feeds.reports()[Feed.FIAT]) == 3
    feeds.use(NO_KEYS)
    assert feeds.book.refresh(Feed.FIAT).source == "cbr"
    assert threads


def test_a_key_can_come_where_nobody_refreshes(make: Make) -> None:
    feeds = make(preload_popular_pairs=False)
    feeds.use(ONE_KEY)
    assert loaded(feeds)[Feed.FIAT] == "apilayer"


def test_a_check_asks_what_is_free_and_never_what_is_counted(make: Make, sandbox: Sandbox) -> None:
    make(ONE_KEY).check()
    assert sorted(calls(sandbox)) == ["cbr", "coingecko", "erapi", "rapira", "rapira_book"]


def test_all_sources_together_answer_for_one_that_fails(make: Make, sandbox: Sandbox) -> None:
    feeds = make()
    sandbox.faults.add("sources", "500")
    with pytest.raises(NoRate) as caught:
        feeds.book.load(Feed.USDT_RUB)
    assert [cause.source for cause in caught.value.causes] == ["rapira", "rapira book", "coingecko"]


def test_the_past_is_filled_only_where_that_is_wanted(make: Make) -> None:
    assert make().backfill is None
    assert make(history_backfill_days=30).backfill is not None


@pytest.mark.parametrize(("is_on", "kept_s"), [(True, KEPT_S[Feed.FIAT]), (False, UNCACHED_S)])
def test_without_the_cache_a_snapshot_is_kept_only_for_those_who_asked(make: Make, is_on: bool, kept_s: float) -> None:
    assert make(cache_enabled=is_on).book._kept_s[Feed.FIAT] == kept_s


def test_rates_that_are_cleared_are_fetched_anew(make: Make, sandbox: Sandbox) -> None:
    feeds = make()
    loaded(feeds)
    for refresher in feeds.threads([]):
        assert refresher.thread.name
    assert feeds.cache_stats().entries == 2

    feeds.clear()

    assert feeds.cache_stats().entries == 0
    assert loaded(feeds)[Feed.USDT_RUB] == "rapira"
