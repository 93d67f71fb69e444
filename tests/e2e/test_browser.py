"""A whole quote, and the book, in a real Chromium, by clicking and typing; leaves pictures in build/pictures."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeVar

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from calc.snapshots import UsdtRub
from sandbox.stand import Sandbox
from storage.database import open_database
from storage.history import History
from tests.chromium import needs_chromium, open_chromium
from tests.e2e.bot_process import OPERATOR, ROOT, Bot

PICTURES = ROOT / "build" / "pictures"
PHONE, DESKTOP = (390, 844), (1200, 900)

pytestmark = needs_chromium

T = TypeVar("T")


class Page:
    """The chat page as a person uses it: everything is found by what it says."""

    def __init__(self, browser: Chrome) -> None:
        self._browser = browser
        # The page draws a bubble anew when it is edited, also between finding it and touching it.
        self._wait = WebDriverWait(browser, 60, ignored_exceptions=[StaleElementReferenceException])

    def type(self, text: str) -> None:
        self._find('[data-testid="input"]').send_keys(text)
        self._find('[data-testid="send"]').click()

    def write(self, text: str) -> None:
        """Without sending it."""
        self._find('[data-testid="input"]').send_keys(text)

    def tap(self, name: str) -> None:
        """What has this name on the page, as soon as it is there."""

        def tapped(browser: Chrome) -> bool:
            shown = [
                each
                for each in browser.find_elements(By.CSS_SELECTOR, f'[data-testid="{name}"]')
                if each.is_displayed()
            ]
            if shown:
                shown[0].click()
            return bool(shown)

        self._until(tapped, f"no {name}")

    def reads(self, name: str, text: str) -> None:
        def read(browser: Chrome) -> bool:
            shown = browser.find_elements(By.CSS_SELECTOR, f'[data-testid="{name}"]')
            return any(text in each.text.replace("\N{NO-BREAK SPACE}", " ") for each in shown)

        self._until(read, f"{text!r} is not offered")

    def click(self, label: str) -> None:
        """A button of the newest message; waits until it is there."""

        def clicked(browser: Chrome) -> bool:
            for button in reversed(browser.find_elements(By.CSS_SELECTOR, "[data-message-id] button")):
                if button.text.replace("\N{NO-BREAK SPACE}", " ") == label:
                    button.click()
                    return True
            return False

        self._until(clicked, f"no button {label!r}")

    def sees(self, text: str) -> None:
        def shown(browser: Chrome) -> bool:
            chat = browser.find_element(By.CSS_SELECTOR, '[data-testid="chat"]').text
            return text in chat.replace("\N{NO-BREAK SPACE}", " ")

        self._until(shown, f"{text!r} is not on the page")

    def look_at(self, text: str) -> None:
        """Scrolls so that the newest message with this text begins at the top."""

        def scrolled(browser: Chrome) -> bool:
            for bubble in reversed(browser.find_elements(By.CSS_SELECTOR, "[data-message-id]")):
                if text in bubble.text.replace("\N{NO-BREAK SPACE}", " "):
                    browser.execute_script("arguments[0].scrollIntoView({block: 'start'})", bubble)
                    return True
            return False

        self._until(scrolled, f"no message with {text!r}")

    def bubbles(self) -> int:
        return len(self._browser.find_elements(By.CSS_SELECTOR, "[data-message-id]"))

    def sees_a_picture(self) -> None:
        """Loaded, and not only a place for it."""

        def loaded(browser: Chrome) -> bool:
            script = (
                "return [...document.querySelectorAll('[data-message-id] img')].some(each => each.naturalWidth > 0)"
            )
            return bool(browser.execute_script(script))

        self._until(loaded, "no picture")

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        assert self._browser.save_screenshot(str(PICTURES / name))

    def _find(self, selector: str) -> WebElement:
        return self._until(lambda browser: browser.find_element(By.CSS_SELECTOR, selector), f"no {selector}")

    def _until(self, seen: Callable[[Chrome], T | Literal[False]], complaint: str) -> T:
        return self._wait.until(seen, complaint)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chrome]:
    width, height = request.param
    browser = open_chromium(tmp_path / "profile", width=width, height=height)
    try:
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": False},
        )
        yield browser
    finally:
        browser.quit()


def test_a_whole_quote_by_clicking_and_typing(
    sandbox: Sandbox, bot: Bot, browser: Chrome, request: pytest.FixtureRequest
) -> None:
    size = request.node.callspec.id
    there = sandbox.pair(sandbox.person(OPERATOR), sandbox.person(3001, name="Игорь"))
    browser.get(sandbox.url)
    page = Page(browser)

    page.type("/new")
    page.click("RUB")
    page.click("USDT")
    page.sees("Базовый курс: 81,66 RUB за 1 USDT")
    page.picture(f"margin-{size}.png")
    page.click("2 %")
    page.sees("Сколько RUB платит клиент?")
    page.type("1,500")
    page.click("1 500 RUB")
    page.sees("Клиент получает: 18 USDT")
    page.type("100к")
    page.sees("Клиент получает: 1 200,62 USDT")
    page.picture(f"result-{size}.png")
    page.click("Карточка клиенту")
    page.sees("Вы получаете: 1 200,62 USDT")
    page.picture(f"client-{size}.png")

    page.click("Клиенту")
    page.tap(f"forward-{there}")
    page.tap("inline-result")
    page.sees("via @quote_desk_bot")
    page.sees("Вы получаете: 1 200,62 USDT")
    page.write("@quote_desk_bot 50к руб usdt")
    page.reads("inline-result", "50 000 RUB → 600,31 USDT")
    page.picture(f"inline-{size}.png")
    page.tap("inline-result")
    page.sees("Q-0002")
    page.picture(f"sent-{size}.png")
    page.tap("room-bot")
    page.sees("Q-0002 · ещё")

    assert page.bubbles() == 6, "what was typed three times, one card, and two client's cards"
    console = browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium has no types for it
    assert [line for line in console if line["level"] == "SEVERE"] == []
    assert sandbox.unanswered() == []
    assert "Traceback" not in bot.text


def a_week_of_rates(folder: Path) -> None:
    """As a bot has seen them that ran for a week: every ten minutes a little up or down."""
    database, dice = open_database(f"sqlite:///{folder}/desk.db"), random.Random(5)
    history, now, rub = History(database), datetime.now(UTC), Decimal("80.90")
    with database.write():
        for step in range(7 * 24 * 6, 0, -1):
            rub += Decimal(dice.randrange(-8, 9)) / 100
            history.keep(UsdtRub(rub, "rapira", now - step * timedelta(minutes=10)))
    database.close()


def test_the_book_by_clicking_and_typing(
    sandbox: Sandbox, new_bot: Callable[..., Bot], tmp_path: Path, browser: Chrome, request: pytest.FixtureRequest
) -> None:
    size = request.node.callspec.id
    a_week_of_rates(tmp_path)
    bot = new_bot().start()
    browser.get(sandbox.url)
    page = Page(browser)

    for line in ("100к руб usdt 2%", "1500 usdt thb 1.5%", "250к руб eur 3%"):
        page.type(line)
        page.click("Карточка клиенту")
    page.sees("● Q-0003 · ещё")
    page.click("✓ Принята")
    page.sees("Q-0003 · принята")
    page.type("/rates")
    page.sees("Клиент платит USDT и получает:")
    page.picture(f"rates-{size}.png")
    page.type("/quotes")
    page.sees("Котировки: сегодня")
    page.picture(f"quotes-{size}.png")
    page.click("Q-0001")
    page.sees("Дана ")
    page.type("/report")
    page.sees("RUB: получено 250 000")
    page.picture(f"report-{size}.png")
    page.type("/chart usdt/rub 7d")
    page.sees("USDT/RUB, 7 д")
    page.sees_a_picture()
    page.picture(f"chart-{size}.png")
    page.type("/export")
    page.click("Сегодня")
    page.click("CSV")
    page.sees("quotes-")
    assert "Traceback" not in bot.text
