"""The dashboard in a real Chromium, on a phone and on a desk, by day and by night; pictures go to build/pictures."""

import json
import math
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from ops import logs
from ops.dashboard import load_page
from ops.health import Health, has_rate
from ops.meters import new_meters
from ops.pages import make_web
from ops.samples import Sample, Samples
from ops.server import WebServer
from ops.sight import Sight
from tests.chromium import needs_chromium, open_chromium
from tests.ops import bots

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
PHONE, DESKTOP = (390, 844), (1280, 900)
TOKEN = "a-token-of-32-letters-and-digits"
PATIENCE_S = 120.0

pytestmark = needs_chromium

T = TypeVar("T")


def now() -> datetime:
    return datetime.now(UTC)


class Day(Samples):
    """A day of a bot that was busy in the morning."""

    def read(self) -> list[Sample]:
        begin = now().timestamp() - 3600
        return [
            Sample(
                at=begin + 10 * n,
                memory_bytes=58_000_000 + 9_000 * n + 400_000 * (n % 7),
                p50_s=None if 120 < n < 240 else 0.008 + 0.002 * math.sin(n / 9),
                p95_s=None if 120 < n < 240 else 0.016 + 0.006 * abs(math.sin(n / 5)),
                updates=5,
            )
            for n in range(360)
        ]


class Stand:
    """Pages about a made-up bot; what its parts say can be changed while somebody looks."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {
            "market": lambda: bots.Market(
                bots.UsdtRub(fetched_at=now() - timedelta(seconds=12)),
                bots.FiatTable(
                    fetched_at=now() - timedelta(hours=2),
                    per_usd={
                        "RUB": Decimal("80.9512"),
                        "EUR": Decimal("0.8631"),
                        "THB": Decimal("32.41"),
                        "AED": Decimal("3.6725"),
                        "ZAR": Decimal("17.21"),
                        "IDR": Decimal(16712),
                    },
                ),
            ),
            "polling": lambda: bots.Polling(heard_at=time.monotonic()),
            "quotable": lambda: (14, 14),
            "usdt_rub_since": lambda since: [
                bots.PastRate(since + timedelta(minutes=2 * n), Decimal(str(round(81.6 + 0.4 * math.sin(n / 60), 2))))
                for n in range(720)
            ],
            "active_operators": lambda: 3,
        }
        parts = bots.parts(**{name: self._live(name) for name in self.told})
        self.health = Health(parts.polling, {"rates": has_rate(parts.quotable)})
        self.health.look()
        meters = new_meters()
        for _ in range(1234):
            meters.updates.add("message", "done")
        sight = Sight(
            parts=parts,
            health=self.health,
            samples=Day(None, memory=lambda: 0),
            recent=logs.recent(),
            meters=meters,
            version="0.1.0 (1a2b3c4)",
        )
        web = make_web(sight, token=TOKEN, clock=time.monotonic, began_at=time.monotonic() - 90_000)
        self.server = WebServer(lambda: web, host="127.0.0.1", port=0)

    def _live(self, name: str) -> Callable[..., Any]:
        def as_it_is_now(*given: Any) -> Any:
            return self.told[name](*given)

        return as_it_is_now

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/"


@pytest.fixture
def stand() -> Iterator[Stand]:
    logs.configure("INFO", [])
    made = Stand()
    made.server.start()
    assert made.server.wait(PATIENCE_S)
    yield made
    made.server.stop(PATIENCE_S)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chrome]:
    width, height = request.param
    browser = open_chromium(tmp_path / "profile", width=width, height=height)
    try:
        look_at(browser, width=width, height=height)
        yield browser
    finally:
        browser.quit()


def until(browser: Chrome, seen: Callable[[Chrome], T | Literal[False]], complaint: str) -> T:
    waiting = WebDriverWait(browser, PATIENCE_S, ignored_exceptions=[StaleElementReferenceException])
    return waiting.until(seen, complaint)


def text(browser: Chrome, section: str) -> str:
    return browser.find_element(By.ID, section).text


def is_drawn(browser: Chrome) -> bool:
    return bool(browser.execute_script("return document.body.dataset.seen"))


def colours(browser: Chrome, scheme: str) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )


def picture(browser: Chrome, name: str, *, width: int) -> None:
    """The whole page, however long it is."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    look_at(browser, width=width, height=browser.execute_script("return document.documentElement.scrollHeight"))
    assert browser.save_screenshot(str(PICTURES / name))
    look_at(browser, width=width, height=800)


def look_at(browser: Chrome, *, width: int, height: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": width < 600},
    )


def complaints(browser: Chrome) -> list[str]:
    return [str(entry["message"]) for entry in browser.get_log("browser") if entry["level"] != "INFO"]  # type: ignore[no-untyped-call]  # selenium's


def test_everything_is_shown_and_fits_by_day_and_by_night(
    stand: Stand, browser: Chrome, request: pytest.FixtureRequest
) -> None:
    for number in range(3):
        logs.log.warning("source rests source=rapira trouble=blocked until=%d:00", 12 + number)
    logs.log.error("update failed incident=%s", "a1b2c3")
    logs.flush()
    kind, (width, _) = request.node.callspec.id, request.node.callspec.params["browser"]
    for scheme, ground in (("light", "rgb(244, 245, 247)"), ("dark", "rgb(17, 20, 24)")):
        colours(browser, scheme)
        browser.get(stand.url)
        until(browser, is_drawn, "nothing was drawn")
        assert "81.62 / 81.66 ₽" in text(browser, "rates")
        assert "USDT/RUB · rapira · 12 s ago" in text(browser, "rates")
        assert "1 EUR\n93.7912 ₽" in text(browser, "rates").replace(" ₽", " ₽").replace("EUR ", "EUR\n")
        assert "14 of 14 directions can be quoted" in text(browser, "rates")
        assert "blocked, rests until" in text(browser, "sources")
        assert "40 of 100 calls" in text(browser, "sources")
        assert "101 of 100 calls, refused" in text(browser, "sources")
        assert "75.0 %" in text(browser, "cache")
        assert text(browser, "quotes").startswith("Quotes of the day\n8")
        assert "operators, 5 min" in text(browser, "work")
        assert "1234" in text(browser, "work")
        assert "incident=a1b2c3" in text(browser, "troubles")
        assert text(browser, "health") == "well"
        for chart in ("usdt", "handling", "memory"):
            assert browser.find_elements(By.CSS_SELECTOR, f"#{chart} svg polyline")
        assert len(browser.find_elements(By.CSS_SELECTOR, "#handling svg polyline")) == 4, "a gap is left open"
        ground_seen = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert ground_seen == ground
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, "nothing sticks out to the side"
        sticking_out = browser.execute_script(
            "return [...document.querySelectorAll('section *')].filter((each) => each.tagName !== 'text' && "
            "each.getBoundingClientRect().right > window.innerWidth + 1).map((each) => each.outerHTML.slice(0, 80))"
        )
        assert sticking_out == []
        picture(browser, f"dashboard-{kind}-{scheme}.png", width=width)
    assert complaints(browser) == []


def test_it_follows_what_changes_without_being_loaded_again(stand: Stand, browser: Chrome) -> None:
    browser.get(stand.url)
    until(browser, is_drawn, "nothing was drawn")
    stand.told["market"] = lambda: bots.Market(bots.UsdtRub(bid=None, source="coingecko", fetched_at=now()), None)
    stand.told["polling"] = lambda: bots.Polling(heard_at=time.monotonic(), has_rival=True)
    stand.told["quotable"] = lambda: (0, 14)
    stand.health.look()

    until(browser, lambda seen: "coingecko" in text(seen, "rates"), "the rate stands still")
    assert "no fiat rates" in text(browser, "rates")
    assert "polling: another program polls with this token (409)" in text(browser, "health")
    assert "rates: none of 14 directions can be quoted" in text(browser, "health")
    assert "a rival polls" in text(browser, "work")


def test_a_bot_that_is_gone_is_said_and_the_last_numbers_stay(stand: Stand, browser: Chrome) -> None:
    browser.get(stand.url)
    until(browser, is_drawn, "nothing was drawn")
    stand.server.stop(PATIENCE_S)

    told = until(browser, lambda seen: seen.find_element(By.ID, "silent").text or False, "nothing is said")
    assert told.startswith("No answer from the bot since ")
    assert "81.62 / 81.66 ₽" in text(browser, "rates")


def test_a_part_that_is_broken_costs_its_own_place_alone(stand: Stand, browser: Chrome) -> None:
    stand.told["market"] = bots.failing
    browser.get(stand.url)
    until(browser, is_drawn, "nothing was drawn")

    assert text(browser, "rates") == "Rates"
    assert "75.0 %" in text(browser, "cache")
    assert text(browser, "silent") == ""


def test_what_the_log_holds_is_text_and_never_runs(stand: Stand, browser: Chrome) -> None:
    logs.log.warning("<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>")
    logs.flush()
    browser.get(stand.url)
    until(browser, is_drawn, "nothing was drawn")

    assert "<img src=x" in text(browser, "troubles")
    assert browser.title == "Quote Desk"


def test_a_browser_comes_in_with_the_token_once_and_by_its_cookie_after(stand: Stand, browser: Chrome) -> None:
    """From elsewhere, as it were: the address is of no name that the machine itself has."""
    elsewhere = stand.url.replace("127.0.0.1", "desk.localhost")
    browser.get(elsewhere)
    assert "Only with the token" in browser.find_element(By.TAG_NAME, "body").text
    browser.get(f"{elsewhere}?token={TOKEN}")
    until(browser, is_drawn, "nothing was drawn")
    assert browser.current_url == elsewhere
    assert TOKEN not in browser.page_source
    assert browser.execute_script("return document.cookie") == "", "no script reads it"
    browser.get(elsewhere)
    until(browser, is_drawn, "nothing was drawn")


def test_the_page_asks_nobody_but_the_bot() -> None:
    page = load_page()
    html = page.html.decode()

    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in html
    assert "src=" not in html
    assert "unsafe" not in page.policy
    assert json.dumps(page.policy)
