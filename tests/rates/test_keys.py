"""Keys that change while the desk works: the new one is tried at once, and no call is disturbed."""

import threading
from collections.abc import Callable, Mapping
from datetime import date
from typing import cast

import pytest

from calc.snapshots import Feed
from rates.breaker import State
from rates.chain import Chain
from rates.errors import NoRate, NotAsked, NotOffered, SourceError, Trouble
from rates.guarded import Guarded
from rates.http import Answer, Http
from rates.keys import KeyRing, Keys
from rates.quota import Quota, hash_of
from rates.sources.apilayer import ApiLayer
from rates.sources.rapira import RapiraBook, RapiraRates
from tests.rates.conftest import Clock
from tests.rates.counting import Counted
from tests.rates.payloads import body

KEYS = Keys(api_layer=("old",), plan=100, rapira=None)
UNAUTHORIZED, FORBIDDEN = Answer(401, {}, b"{}"), Answer(403, {}, b"<html>")


class Web:
    """What each key is answered; the keys that came, in order."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.answers: dict[str | None, Callable[[], Answer]] = {}

    def get(
        self,
        url: str,
        *,
        source: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        key = next(iter((headers or {}).values()), None)
        self.asked.append(key)
        return self.answers[key]()


class Desk:
    """The sources that have keys, each behind its breaker."""

    def __init__(self, clock: Clock) -> None:
        self.web = Web()
        http = cast(Http, self.web)
        self.counts = Counted(clock.utcnow)
        self.quota = Quota(
            "apilayer",
            self.counts,
            keys=KEYS.api_layer,
            plan=KEYS.plan,
            interval_s=None,
            tell=lambda _: None,
            utcnow=clock.utcnow,
        )
        api_layer = self.api_layer = ApiLayer(http, url="", keys=KEYS.api_layer, quota=self.quota, utcnow=clock.utcnow)
        rapira = [route(http, url="", api_key=None, utcnow=clock.utcnow) for route in (RapiraRates, RapiraBook)]
        self.fiat, self.usdt_rub, self.book = (
            Guarded(source, clock=clock, utcnow=clock.utcnow) for source in (api_layer, *rapira)
        )
        self.ring = KeyRing(
            KEYS,
            api_layer=api_layer,
            plan=self.quota,
            api_layer_breaker=self.fiat,
            rapira=rapira,
            rapira_breakers=[self.usdt_rub, self.book],
        )

    def use(self, *api_layer: str, plan: int = 100, rapira: str | None = None) -> list[Feed]:
        return self.ring.use(Keys(api_layer=api_layer, plan=plan, rapira=rapira))

    def fetch(self) -> None:
        self.fiat.fetch()


@pytest.fixture
def desk(clock: Clock) -> Desk:
    desk = Desk(clock)
    table = Answer(200, {}, body("apilayer_latest.json"))
    desk.web.answers = {
        "old": lambda: table,
        "new": lambda: table,
        "refused": lambda: UNAUTHORIZED,
        None: lambda: FORBIDDEN,
        "rapira key": lambda: Answer(200, {}, body("rapira_rates.json")),
    }
    return desk


def failing(desk: Desk) -> SourceError:
    with pytest.raises(SourceError) as caught:
        desk.fetch()
    return caught.value


def test_a_new_key_is_tried_at_once_although_the_last_was_refused(desk: Desk) -> None:
    desk.web.answers["old"] = lambda: UNAUTHORIZED
    assert failing(desk).trouble is Trouble.KEY_REFUSED
    failing(desk)
    assert desk.web.asked == ["old"], "it rests"
    assert desk.use("new") == [Feed.FIAT]
    desk.fetch()
    assert desk.web.asked == ["old", "new"]
    assert desk.fiat.state().state is State.CLOSED


def test_a_new_key_beside_the_old_one_is_due_at_once_and_both_share_the_pace(desk: Desk, clock: Clock) -> None:
    desk.fetch()
    desk.use("new", "old")
    desk.fetch()
    assert desk.web.asked == ["old", "new"]
    assert failing(desk).detail.startswith("next call in ")
    assert desk.counts.rows["2026-11", hash_of("new")].used == 1
    assert desk.quota.turn_s() < 13_000


def test_the_same_keys_again_change_nothing(desk: Desk) -> None:
    desk.web.answers["old"] = lambda: UNAUTHORIZED
    failing(desk)
    resting = desk.fiat.state()
    assert desk.use("old") == []
    assert desk.fiat.state() == resting


def test_a_larger_plan_alone_ends_the_wait_for_the_next_month(desk: Desk, clock: Clock) -> None:
    for _ in range(100):
        desk.counts.count("2026-11", hash_of("old"), plan=100)
    clock.forward(100_000)
    assert failing(desk).trouble is Trouble.QUOTA
    assert desk.use("old", plan=10_000) == [Feed.FIAT]
    desk.fetch()
    assert desk.quota.turn_s() == 260


def test_without_a_key_any_more_the_source_is_as_good_as_not_there(desk: Desk) -> None:
    desk.web.answers["old"] = lambda: UNAUTHORIZED
    chain = Chain(Feed.FIAT, [desk.fiat], last_resort=[desk.fiat.last_resort])
    with pytest.raises(NoRate, match="apilayer: key_refused"):
        chain.fetch()
    desk.use()
    assert not desk.quota.has_keys
    with pytest.raises(NoRate, match="no fiat: no source"):
        chain.fetch()
    assert desk.web.asked == ["old"]
    desk.use("new")
    assert chain.fetch().source == "apilayer"


def test_a_call_under_way_ends_with_its_own_key_and_says_nothing_of_the_new_one(desk: Desk) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> Answer:
        begun.set()
        assert go_on.wait(30)
        return UNAUTHORIZED

    desk.web.answers["old"] = slowly
    under_way = threading.Thread(target=lambda: failing(desk))
    under_way.start()
    assert begun.wait(30)
    desk.use("new", "old")
    go_on.set()
    under_way.join(30)
    assert desk.fiat.state().state is State.CLOSED
    desk.fetch()
    assert desk.web.asked == ["old", "new"]


def test_a_call_under_way_while_the_last_key_goes_ends_without_a_word(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    call = desk.quota.count("old")
    desk.use()
    desk.quota.settle(call, {}, trouble=None)
    assert caplog.messages == []
    assert desk.counts.rows["2026-11", hash_of("old")].used == 1


def test_without_a_key_the_past_is_not_asked_for_either(desk: Desk) -> None:
    desk.use()
    with pytest.raises(NotAsked, match="no call to spare"):
        desk.api_layer.check_spare()
    with pytest.raises(NotOffered, match="no key"):
        desk.api_layer.past(date(2026, 11, 1), date(2026, 11, 20))
    assert desk.web.asked == []


def test_a_key_that_is_refused_again_rests_again(desk: Desk, clock: Clock) -> None:
    desk.use("refused")
    failing(desk)
    desk.use("refused", "refused too")
    desk.web.answers["refused too"] = lambda: UNAUTHORIZED
    failing(desk)
    failing(desk)
    assert desk.web.asked == ["refused", "refused", "refused too"]
    assert desk.fiat.state().state is State.OPEN


def test_a_key_for_rapira_travels_from_the_next_call_on_and_ends_a_rest_after_a_refusal(desk: Desk) -> None:
    with pytest.raises(SourceError):
        desk.usdt_rub.fetch()
    assert desk.usdt_rub.state().trouble is Trouble.BLOCKED
    assert desk.use("old", rapira="rapira key") == [Feed.USDT_RUB]
    assert desk.usdt_rub.fetch().source == "rapira"
    assert desk.web.asked == [None, "rapira key"]
