"""Keys that change while the bot runs, and a proxy for Rapira alone."""

import http.client
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator
from tests.rates.servers import Line, answer, serving

OLD, NEW = "marked-old-key-0123", "marked-new-key-4567"


def keys_asked(sandbox: Sandbox) -> int:
    return sandbox.journal.count("apilayer")


def test_a_refused_key_is_replaced_without_a_restart_and_the_new_one_is_tried_at_once(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.sources.apilayer.refused_keys.add(OLD)
    bot = new_bot()
    bot.write_env(f"API_LAYER_KEY={OLD}\n")
    bot.start()
    bot.wait_for("source rests source=apilayer trouble=key_refused")
    bot.reread(f"API_LAYER_KEY={NEW}\nAPI_LAYER_MONTHLY_QUOTA=10000\n")
    bot.wait_for("source is well again source=apilayer")
    assert keys_asked(sandbox) == 2
    (line,) = bot.lines("settings reread")
    assert line.endswith("changed=API_LAYER_KEY,API_LAYER_MONTHLY_QUOTA after_a_restart=-\n")
    anna.quote("RUB", "THB", margin="2", amount="1000")
    assert "APILayer · " in anna.text
    bot.stop()
    assert OLD not in bot.text
    assert NEW not in bot.text


def test_a_first_key_makes_apilayer_the_first_source_and_without_one_it_is_not_asked(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(FIAT_REFRESH_INTERVAL="1").start()
    sandbox.journal.wait("cbr")
    assert keys_asked(sandbox) == 0
    bot.reread(f"API_LAYER_KEY={NEW}\n")
    sandbox.journal.wait("apilayer", count=3)
    bot.reread("API_LAYER_KEY=\n")
    asked, others = keys_asked(sandbox), sandbox.journal.count("cbr")
    sandbox.journal.wait("cbr", count=others + 3)
    assert keys_asked(sandbox) <= asked + 1, "one call may have been under way"
    anna.quote("RUB", "THB", margin="2", amount="1000")
    assert "Банк России" in anna.text
    assert "apilayer" not in "".join(bot.lines("source failed"))


def test_a_wrong_value_is_one_line_and_the_old_key_goes_on(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(FIAT_REFRESH_INTERVAL="1")
    bot.write_env(f"API_LAYER_KEY={OLD}\n")
    bot.start()
    bot.reread("API_LAYER_KEY='two words'\n")
    assert "settings stay as they are: API_LAYER_KEY is ***; allowed: " in bot.lines("settings stay")[0]
    sandbox.journal.wait("apilayer", count=keys_asked(sandbox) + 2)
    bot.stop()
    assert OLD not in bot.text
    assert "two words" not in bot.text


def test_the_log_says_when_the_environment_stands_over_the_file(new_bot: Callable[..., Bot]) -> None:
    bot = new_bot(API_LAYER_KEY=OLD).start()
    bot.reread(f"API_LAYER_KEY={NEW}\n")
    bot.wait_for("the environment stands over .env names=API_LAYER_KEY")
    assert "changed=- " in bot.lines("settings reread")[0]


@pytest.mark.parametrize("no_proxy", ["127.0.0.1", ""])
def test_a_proxy_for_rapira_carries_the_calls_of_rapira_and_no_others(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, no_proxy: str
) -> None:
    carried: list[str] = []
    authorised = threading.Event()

    def carry(line: Line) -> None:
        while head := line.request():
            url = urlsplit(head.split(b" ")[1].decode())
            carried.append(url.path)
            if b"Proxy-Authorization: Basic YW5uYTptYXJrZWQtcHc=" in head:
                authorised.set()
            onward = http.client.HTTPConnection(url.netloc, timeout=60)
            onward.request("GET", f"{url.path}?{url.query}")
            line.send(answer(onward.getresponse().read()))
            onward.close()

    sandbox.faults.add("rapira", "500", count=1)
    with serving(carry) as proxy:
        address = proxy.url.replace("//", "//anna:marked-pw@")
        bot = new_bot(RAPIRA_PROXY=address, PRELOAD_INTERVAL="1", NO_PROXY=no_proxy).start()
        sandbox.journal.wait("rapira", count=3)
        sandbox.journal.wait("cbr")
        anna.quote("USDT", "THB", margin="2", amount="100")
        assert "Rapira, покупка" in anna.text
        bot.stop()
    assert authorised.is_set()
    assert set(carried) <= {"/rapira/open/market/rates", "/rapira/market/exchange-plate-mini"}
    assert len(carried) >= sandbox.journal.count("rapira")
    assert "marked-pw" not in bot.text


def test_a_proxy_that_hangs_costs_rapira_its_turn_and_no_more(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    with serving(lambda line: line.hang()) as proxy:
        bot = new_bot(RAPIRA_PROXY=proxy.url, API_TIMEOUT="5").start()
        bot.wait_for("source failed feed=usdt_rub rapira: timeout")
        anna.open()
        anna.press("RUB")
        anna.press("USDT")
        anna.wait_for("Какая маржа?")
        assert "CoinGecko" in anna.text
        assert sandbox.journal.count("rapira") == 0
        bot.kill()


def test_a_wrong_proxy_stops_the_start_with_one_line(new_bot: Callable[..., Bot]) -> None:
    bot = new_bot(RAPIRA_PROXY="socks5://anna:marked-pw@proxy:1080")
    bot.run()
    assert bot.wait_over() == 2
    assert bot.text.startswith("The settings are wrong: RAPIRA_PROXY is ***; allowed: an HTTP proxy: http://")
    assert len(bot.output) == 1
