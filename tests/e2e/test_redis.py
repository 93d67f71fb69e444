"""The real bot beside a real Redis: what it does with it, and that it goes on without it in mid-quote."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator, is_notice
from tests.e2e.pages import Pages
from tests.e2e.test_two_processes import finish, follow
from tests.postgres import PostgresServer
from tests.redis_server import RedisServer

PATIENCE_S = 120.0


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sqlite":
        return {}
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return {"DATABASE_URL": postgres.database()}


def wait_for_note(pages: Pages, *, is_there: bool) -> None:
    never, until = threading.Event(), time.monotonic() + PATIENCE_S
    while ("notes" in pages.json("/health")) != is_there:
        assert time.monotonic() < until, pages.json("/health")
        never.wait(0.1)


def test_a_quote_goes_on_through_restarts_and_without_redis_and_with_it_again(
    new_bot: Callable[..., Bot], anna: Operator, redis_of_its_own: RedisServer, settings: dict[str, str]
) -> None:
    bot = new_bot(REDIS_URL=redis_of_its_own.url, **settings).start()
    assert len(bot.lines("redis is here")) == 1
    anna.open()
    anna.press("RUB")
    bot.settle(2)
    assert bot.stop() == 0

    bot.start()
    assert "taken=True" in bot.lines("dialogues in redis")[-1]
    anna.press("USDT")
    bot.settle(3)

    redis_of_its_own.kill()
    anna.press("2 %")
    bot.wait_for("redis is away, going on from memory and the database")
    bot.wait_for("http listens", count=2)
    pages = Pages(bot)
    wait_for_note(pages, is_there=True)
    assert pages.get("/health")[0] == 200
    assert "desk_redis_up 0.0" in pages.get("/metrics")[1]
    bot.settle(4)

    redis_of_its_own.start()
    bot.wait_for("redis is here", count=3)
    wait_for_note(pages, is_there=False)
    anna.type("1000")
    assert "Клиент платит: 1 000 RUB" in anna.text
    assert len([each for each in anna.person.chat() if each.by_bot and not is_notice(each)]) == 1
    bot.settle(5)
    assert bot.stop() == 0

    bot.start()
    assert "taken=True" in bot.lines("dialogues in redis")[-1]
    anna.type("2000")
    assert "Клиент платит: 2 000 RUB" in anna.text
    assert bot.stop() == 0


def test_what_was_done_without_redis_is_not_undone_by_what_redis_has_kept(
    new_bot: Callable[..., Bot], anna: Operator, redis_of_its_own: RedisServer
) -> None:
    """It hangs in mid-quote, the bot is killed meanwhile, and then it wakes with what it knew before."""
    bot = new_bot(REDIS_URL=redis_of_its_own.url).start()
    anna.open()
    anna.press("RUB")
    bot.settle(2)
    redis_of_its_own.freeze()
    anna.press("USDT")
    anna.press("2 %")
    bot.settle(4)
    bot.kill()
    redis_of_its_own.wake()

    bot.start()

    anna.type("1000")
    assert "Клиент платит: 1 000 RUB" in anna.text
    assert bot.stop() == 0


def test_owners_hear_that_redis_is_away_and_that_it_is_back(
    new_bot: Callable[..., Bot], anna: Operator, redis_of_its_own: RedisServer
) -> None:
    bot = new_bot(REDIS_URL=redis_of_its_own.url).start()
    anna.open()
    redis_of_its_own.kill()
    anna.wait_for("⚠️ Redis недоступен: ", timeout_s=PATIENCE_S)
    anna.open("/status")
    assert "⚠️ Redis недоступен, всё работает без него: " in anna.text
    redis_of_its_own.start()
    anna.wait_for("✅ Redis снова отвечает.", timeout_s=PATIENCE_S)
    anna.open("/status")
    assert "✓ Redis отвечает" in anna.text
    assert bot.stop() == 0


def test_a_bot_whose_redis_is_not_there_starts_without_it(new_bot: Callable[..., Bot], anna: Operator) -> None:
    bot = new_bot(REDIS_URL="redis://127.0.0.1:9").start()
    assert "Connection refused" in bot.wait_for("redis is away")
    anna.quote("RUB", "USDT", margin="2", amount="1000")
    assert "Клиент платит: 1 000 RUB" in anna.text
    assert bot.stop() == 0


def test_who_stands_by_hears_the_rates_and_goes_on_with_the_quote(
    new_bot: Callable[..., Bot], anna: Operator, redis_of_its_own: RedisServer, postgres: PostgresServer
) -> None:
    settings = {"DATABASE_URL": postgres.database(), "REDIS_URL": redis_of_its_own.url, "PRELOAD_INTERVAL": "1"}
    old, new = new_bot(**settings).start(), new_bot(**settings)
    new.run()
    new.wait_for("standby: another process may serve the desk")
    new.wait_for("rate heard feed=fiat")
    new.wait_for("rate heard feed=usdt_rub", count=2)
    anna.open()
    anna.press("RUB")
    old.settle(2)
    old.kill()

    new.wait_for("polling workers=")

    assert len(new.lines("dialogues in redis")) == 1
    anna.press("USDT")
    anna.type("2")
    anna.type("1000")
    assert "Клиент платит: 1 000 RUB" in anna.text
    assert new.stop() == 0


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_on_one_file_the_other_one_goes_on_when_the_first_has_ended(
    sandbox: Sandbox, on_one_file: tuple[Bot, Bot], anna: Operator, end: str
) -> None:
    old, new = on_one_file
    anna.open()
    anna.press("RUB")
    old.settle(2)
    ended_at = time.monotonic()
    getattr(old, end)()

    follow(sandbox, new, since=ended_at, what=end)

    finish(anna)
    assert "at_once=True" in new.lines("lease taken")[0]
    assert new.stop() == 0


def test_on_one_file_it_goes_on_without_redis_and_so_does_the_next_one(
    on_one_file: tuple[Bot, Bot], anna: Operator, redis_of_its_own: RedisServer
) -> None:
    old, new = on_one_file
    anna.open()
    redis_of_its_own.kill()
    anna.press("RUB")
    old.wait_for("redis is away")
    old.settle(2)
    old.kill()
    new.wait_for("polling workers=", timeout_s=PATIENCE_S)
    anna.press("USDT")
    anna.type("2")
    anna.type("1000")
    assert "Клиент платит: 1 000 RUB" in anna.text
    assert new.stop() == 0


def test_on_a_disk_of_its_own_nobody_stands_in_for_another(
    on_one_file: tuple[Bot, Bot],
    new_bot: Callable[..., Bot],
    redis_of_its_own: RedisServer,
    tmp_path: Path,
    anna: Operator,
) -> None:
    elsewhere = new_bot(REDIS_URL=redis_of_its_own.url, DATABASE_URL=f"sqlite:///{tmp_path}/elsewhere/desk.db")
    elsewhere.run()
    assert elsewhere.wait_over() == 1
    assert "another process serves this bot from another disk" in elsewhere.output[-1]
    anna.open()
    assert on_one_file[0].lines("polling workers=")
    assert not elsewhere.lines("polling workers=")
