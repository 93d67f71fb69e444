"""The card of a quote in a real Chromium, by clicking and typing; leaves pictures of it in build/pictures."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from selenium.webdriver import Chrome

from sandbox.stand import Sandbox
from tests.chromium import needs_chromium
from tests.e2e.bot_process import Bot
from tests.e2e.test_browser import Page, browser

pytestmark = needs_chromium

__all__ = ["browser"]


def test_a_quote_is_given_warned_of_and_accepted_by_clicking(
    sandbox: Sandbox, new_bot: Callable[..., Bot], browser: Chrome, request: pytest.FixtureRequest
) -> None:
    size = request.node.callspec.id
    bot = new_bot(PRELOAD_INTERVAL="1").start()
    browser.get(sandbox.url)
    page = Page(browser)

    page.type("358к руб usdt 1,5%")
    page.sees("Клиент получает: ")
    page.click("Карточка клиенту")
    page.sees("Q-0001 · ещё 15 мин")
    page.sees("Вы получаете: ")
    page.click("Имя клиента")
    page.sees("Как зовут клиента?")
    page.type("Иван Петров")
    page.sees("клиент Иван Петров")
    page.look_at("клиент Иван Петров")
    page.picture(f"given-{size}.png")
    sandbox.market.set(ask=Decimal("83.60"))
    page.sees("Q-0001: 1,")
    page.picture(f"warning-{size}.png")
    page.click("Держать")
    page.sees("Q-0001: держим при")
    page.click("✓ Принята")
    page.sees("Q-0001 · принята: ")
    page.picture(f"accepted-{size}.png")
    assert sandbox.unanswered() == []
    assert "Traceback" not in bot.text
