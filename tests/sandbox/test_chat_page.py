"""The chat page in a real Chromium; what a bot would do is done by hand through the Bot API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from sandbox import Message, Sandbox
from tests.chromium import needs_chromium, open_chromium
from tests.sandbox.hands import Api

pytestmark = needs_chromium


class Browser:
    """A person's eyes and fingers on the page."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def see(self, selector: str, text: str = "") -> WebElement:
        """The last element that fits and holds the text, as soon as there is one."""

        def find(_: object) -> WebElement | None:
            fitting = [each for each in self.all(selector) if each.is_displayed() and text in each.text]
            return fitting[-1] if fitting else None

        seen: WebElement | None = self._wait().until(find)
        assert seen is not None
        return seen

    def gone(self, selector: str) -> None:
        self._wait().until(lambda _: not [each for each in self.all(selector) if each.is_displayed()])

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def click(self, selector: str, text: str = "") -> None:
        self.see(selector, text).click()

    def _wait(self) -> WebDriverWait[webdriver.Chrome]:
        """What is being looked at may be replaced meanwhile; then it is looked for again."""
        gone = [StaleElementReferenceException]
        return WebDriverWait(self.driver, 60, poll_frequency=0.02, ignored_exceptions=gone)

    def type(self, text: str) -> None:
        self.see("[data-testid=input]").send_keys(text)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    driver = open_chromium(tmp_path_factory.mktemp("profile"), width=390, height=844)
    yield driver
    driver.quit()


@pytest.fixture
def stand() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        sandbox.person(1001, name="Анна").send("/start")
        sandbox.person(1002, name="Boris", language="en").send("/start")
        sandbox.person(2001, name="Stranger", language="en")
        yield sandbox


@pytest.fixture
def there(stand: Sandbox) -> int:
    """The chat of Anna and a client, known before the page is opened."""
    return stand.pair(stand.person(1001), stand.person(3001, name="Igor"))


@pytest.fixture
def bot(stand: Sandbox) -> Iterator[Api]:
    api = Api(stand)
    yield api
    api.close()


@pytest.fixture
def browser(driver: webdriver.Chrome, stand: Sandbox) -> Iterator[Browser]:
    driver.get(stand.url)
    browser = Browser(driver)
    browser.see(".message", "/start")
    yield browser
    driver.get("about:blank")
    wrong = [entry["message"] for entry in driver.get_log("browser")]  # type: ignore[no-untyped-call]  # selenium's
    assert wrong == []


def keyboard(*texts: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": text, "callback_data": f"do:{text}"} for text in texts]]}


def card(bot: Api, text: str = "<b>RUB</b> or <code>USDT</code>?") -> int:
    sent = bot.call("sendMessage", chat_id=1001, text=text, parse_mode="HTML", reply_markup=keyboard("RUB", "USDT"))
    return int(sent["message_id"])


def test_what_is_typed_is_sent(browser: Browser, stand: Sandbox) -> None:
    browser.type("1000 <b>RUB</b>")
    browser.click("[data-testid=send]")
    assert browser.see("[data-testid=message-out]", "1000").text.startswith("1000 <b>RUB</b>")
    browser.type("one" + Keys.SHIFT + Keys.ENTER + Keys.SHIFT + "two" + Keys.ENTER)
    sent = stand.person(1001).wait(lambda chat: chat[-1] if chat[-1].text.startswith("one") else None)
    assert sent.text == "one\ntwo"


def test_a_card_is_shown_with_its_markup_and_edited_in_place(browser: Browser, bot: Api) -> None:
    sent = card(bot)
    bubble = browser.see(f"[data-message-id='{sent}']", "RUB")
    assert bubble.find_element(By.TAG_NAME, "b").text == "RUB"
    assert [each.text for each in bubble.find_elements(By.CSS_SELECTOR, ".buttons button")] == ["RUB", "USDT"]
    bot.call("editMessageText", chat_id=1001, message_id=sent, text="Done &amp; dusted", parse_mode="HTML")
    bubble = browser.see(f"[data-message-id='{sent}']", "Done & dusted")
    assert bubble.find_element(By.CSS_SELECTOR, "[data-testid=edited]").text == "edited"
    assert bubble.find_elements(By.CSS_SELECTOR, ".buttons button") == []


def test_a_button_turns_until_its_press_is_answered(browser: Browser, bot: Api, stand: Sandbox) -> None:
    card(bot)
    browser.click(".buttons button", "USDT")
    assert browser.see(".buttons [aria-busy=true]").text == "USDT"
    press = bot.call("getUpdates", offset=-1, timeout=5)[0]["callback_query"]
    assert press["data"] == "do:USDT"
    bot.call("answerCallbackQuery", callback_query_id=press["id"], text="Taken")
    browser.see("[data-testid=toast]", "Taken")
    browser.gone(".buttons [aria-busy=true]")
    assert stand.unanswered() == []


def test_an_alert_waits_for_its_ok(browser: Browser, bot: Api) -> None:
    card(bot)
    browser.click(".buttons button", "RUB")
    browser.see(".buttons [aria-busy=true]")
    press = bot.call("getUpdates", offset=-1, timeout=5)[0]["callback_query"]
    bot.call("answerCallbackQuery", callback_query_id=press["id"], text="The rate is old", show_alert=True)
    browser.see("[data-testid=alert]", "The rate is old")
    browser.click("[data-testid=alert-ok]")
    browser.gone("[data-testid=alert]")


def test_numbers_and_copy_buttons_are_copied(
    browser: Browser, bot: Api, driver: webdriver.Chrome, stand: Sandbox
) -> None:
    permission = {"origin": stand.url, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    driver.execute_cdp_cmd("Browser.grantPermissions", permission)
    copying = {"inline_keyboard": [[{"text": "Copy", "copy_text": {"text": "11,49"}}]]}
    bot.call("sendMessage", chat_id=1001, text="<code>87,01</code>", parse_mode="HTML", reply_markup=copying)
    for selector, copied in ((".text code", "87,01"), (".buttons button", "11,49")):
        browser.click(selector)
        browser.see("[data-testid=toast]", "Copied")
        assert driver.execute_script("return navigator.clipboard.readText()") == copied


def test_the_menu_and_the_slash_offer_commands(browser: Browser, bot: Api, stand: Sandbox) -> None:
    bot.call(
        "setMyCommands",
        commands=[{"command": "new", "description": "New quote"}, {"command": "settings", "description": "Language"}],
    )
    browser.click("[data-testid=menu]")
    browser.click("[data-testid=command-settings]")
    browser.see("[data-testid=message-out]", "/settings")
    browser.type("/n")
    assert [each.text.split()[0] for each in browser.all("[data-testid=suggestions] li")] == ["/new"]
    browser.type(Keys.ENTER)
    browser.see("[data-testid=message-out]", "/new")
    bot.call("sendMessage", chat_id=1001, text="Again? /new or https://example.org/new")
    links = browser.see("[data-testid=message-in]", "Again?").find_elements(By.CSS_SELECTOR, ".command")
    assert [link.text for link in links] == ["/new"]
    links[0].click()
    anna = stand.person(1001)
    assert anna.wait(lambda chat: [each.text for each in chat].count("/new") == 2)


def test_what_the_bot_does_is_shown_until_it_speaks(browser: Browser, bot: Api) -> None:
    bot.call("sendChatAction", chat_id=1001, action="typing")
    browser.see("[data-testid=status]", "typing")
    bot.call("sendMessage", chat_id=1001, text="x")
    browser.see("[data-testid=status]", "bot")


def test_another_person_is_chosen_and_what_is_unread_is_marked(browser: Browser, bot: Api, stand: Sandbox) -> None:
    browser.type("half a thought")
    bot.call("sendMessage", chat_id=1002, text="For Boris")
    assert browser.see("[data-testid=person-1002] .badge").text == "1"
    browser.click("[data-testid=person-1002]")
    browser.see("[data-testid=message-in]", "For Boris")
    browser.gone("[data-testid=person-1002] .badge")
    assert browser.see("[data-testid=input]").get_attribute("value") == ""
    browser.click("[data-testid=person-1001]")
    assert browser.see("[data-testid=input]").get_attribute("value") == "half a thought"
    browser.click("[data-testid=person-2001]")
    browser.click("[data-testid=start]")
    started: Message = stand.person(2001).wait(lambda chat: chat[0] if chat else None)
    assert started.text == "/start"


def test_faults_are_made_and_mended_in_the_drawer(browser: Browser, stand: Sandbox) -> None:
    browser.click("[data-testid=faults-open]")
    browser.see("[data-testid=fault-target] option", "Rapira")
    browser.click("[data-testid=fault-target] option[value=rapira]")
    browser.click("[data-testid=fault-kind] option[value='451']")
    browser.click("[data-testid=fault-span] option[value='count:3']")
    browser.click("[data-testid=fault-add]")
    browser.see("[data-testid=faults] li", "Rapira: 451 blocked by place, 3 left")
    ((fault, left),) = stand.faults.active()
    assert (fault.target, fault.kind, left) == ("rapira", "451", 3)
    browser.click("[data-testid=faults-clear]")
    browser.gone("[data-testid=faults] li")
    assert stand.faults.active() == []


def test_the_page_fits_a_phone_and_keeps_to_the_newest_message(browser: Browser, bot: Api, tmp_path: Path) -> None:
    for number in range(30):
        bot.call("sendMessage", chat_id=1001, text=f"Message {number} " + "слово " * 20)
    sent = card(bot)
    browser.see(f"[data-message-id='{sent}'] .buttons button", "USDT")
    measured = browser.driver.execute_script(
        "const s = document.getElementById('scroller');"
        "return [document.documentElement.scrollWidth <= innerWidth, s.scrollHeight - s.scrollTop - s.clientHeight]"
    )
    assert measured[0]
    assert measured[1] < 2


def test_the_chats_of_a_person_cover_no_message_and_the_name_is_whole_on_a_phone(
    there: int, browser: Browser, bot: Api
) -> None:
    for number in range(30):
        bot.call("sendMessage", chat_id=1001, text=f"Message {number} " + "слово " * 20)
    browser.see(f"[data-testid=room-{there}]")
    tabs, messages, name = browser.driver.execute_script(
        "const name = document.getElementById('bot-name');"
        "return [document.getElementById('rooms').getBoundingClientRect().bottom,"
        " document.getElementById('scroller').getBoundingClientRect().top, name.scrollWidth - name.clientWidth]"
    )
    assert tabs <= messages
    assert name <= 0


def test_there_is_one_empty_line_below_a_table(browser: Browser, bot: Api) -> None:
    bot.call("sendMessage", chat_id=1001, text="a\n<pre>table</pre>\n\nb", parse_mode="HTML")
    browser.see(".text pre", "table")
    behind = browser.driver.execute_script("return document.querySelector('.text pre').nextSibling.data")
    assert behind == "\nb", "the block ends its own line"


def offer(bot: Api, words: str, *titles: str, start: str | None = None) -> None:
    """Answers the inline query with these words, and leaves those of before they were complete."""
    offset, queries = 0, list[dict[str, Any]]()
    while not queries:
        updates = bot.call("getUpdates", offset=offset, timeout=5)
        assert updates, "the page has asked for nothing"
        offset = updates[-1]["update_id"] + 1
        queries = [each["inline_query"] for each in updates if each.get("inline_query", {}).get("query") == words]
    copying = {"inline_keyboard": [[{"text": "Copy", "copy_text": {"text": "11,49"}}]]}
    results = [
        {
            "type": "article",
            "id": title,
            "title": title,
            "description": f"about {title}",
            "input_message_content": {"message_text": f"<b>{title}</b>", "parse_mode": "HTML"},
            "reply_markup": copying,
        }
        for title in titles
    ]
    more = {} if start is None else {"button": {"text": "Go to the bot", "start_parameter": start}}
    bot.call("answerInlineQuery", inline_query_id=queries[0]["id"], results=results, **more)


def test_what_a_bot_offers_in_a_clients_chat_is_sent_there_by_a_tap(
    there: int, browser: Browser, bot: Api, stand: Sandbox
) -> None:
    browser.click(f"[data-testid=room-{there}]")
    browser.see("[data-testid=bot-name]", "Igor")
    browser.type("@quote_desk_bot 100k rub usdt")
    offer(bot, "100k rub usdt", "one", "two")
    browser.see("[data-testid=inline-result]", "about one")
    browser.click("[data-testid=inline-result]", "two")
    bubble = browser.see("[data-testid=message-out]", "two")
    assert bubble.find_element(By.CLASS_NAME, "via").text == "via @quote_desk_bot"
    assert browser.see("[data-testid=input]").get_attribute("value") == ""
    browser.gone("[data-testid=suggestions]")
    chosen = bot.call("getUpdates", offset=-1, timeout=5)[0]["chosen_inline_result"]
    bot.call("editMessageText", inline_message_id=chosen["inline_message_id"], text="numbered")
    browser.see("[data-testid=message-out]", "numbered")
    browser.click("[data-testid=person-3001]")
    browser.click(f"[data-testid=room-{there}]")
    browser.see("[data-testid=message-in]", "numbered")
    assert stand.person(1001).chat(there)[0].text == "numbered"


def test_a_button_calls_the_bot_in_a_chat_that_one_chooses(there: int, browser: Browser, bot: Api) -> None:
    to_client = {"query": "Q-0142", "allow_user_chats": True, "allow_group_chats": True}
    rows = [[{"text": "To the client", "switch_inline_query_chosen_chat": to_client}]]
    bot.call("sendMessage", chat_id=1001, text="given", reply_markup={"inline_keyboard": rows})
    browser.click(".buttons button", "To the client")
    assert [each.text for each in browser.all("#forward-rooms button")] == ["Igor"], "no chat with a bot was allowed"
    browser.click(f"[data-testid=forward-{there}]")
    assert browser.see("[data-testid=input]").get_attribute("value") == "@quote_desk_bot Q-0142"
    offer(bot, "Q-0142", "Q-0142")
    browser.click("[data-testid=inline-result]", "Q-0142")
    browser.see("[data-testid=message-out]", "Q-0142")


def test_the_button_above_what_is_offered_leads_to_the_chat_with_the_bot(
    there: int, browser: Browser, bot: Api
) -> None:
    browser.click(f"[data-testid=room-{there}]")
    browser.type("@quote_desk_bot 1")
    offer(bot, "1", start="line_1")
    browser.click("[data-testid=inline-start]", "Go to the bot")
    browser.see("[data-testid=bot-name]", "Quote Desk")
    browser.see("[data-testid=message-out]", "/start line_1")


def test_the_chats_of_a_person_have_what_is_unread_and_half_written_of_their_own(
    there: int, browser: Browser, stand: Sandbox
) -> None:
    browser.type("for the bot")
    stand.person(3001).send("a client speaks", chat_id=there)
    assert browser.see("[data-testid=rooms] .badge").text == "1"
    browser.click(f"[data-testid=room-{there}]")
    browser.see("[data-testid=message-in]", "a client speaks")
    browser.gone("[data-testid=rooms] .badge")
    assert browser.see("[data-testid=input]").get_attribute("value") == ""
    browser.type("half a thought")
    browser.click("[data-testid=room-bot]")
    assert browser.see("[data-testid=input]").get_attribute("value") == "for the bot"
