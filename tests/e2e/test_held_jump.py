"""Rapira's prices jump alone: nobody quotes them unawares, people can decide, and the next fetch settles it."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from desk.quoting import JUST_FETCHED
from sandbox.market import SAMPLE
from sandbox.payloads import rapira_rates
from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, OPERATOR, Bot
from tests.e2e.operator import Operator

EVERY_HOUR = "3600"
"""So the exchange is asked when somebody has it asked, however long people take to decide."""
UP = Decimal("1.05")
JUMPED = replace(SAMPLE, bid=SAMPLE.bid * UP, ask=SAMPLE.ask * UP, close=SAMPLE.close * UP)
TITLE = "По этому курсу не котируем:"


@pytest.fixture
def jumping(sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator) -> Bot:
    """Has the rate from before, and one that nothing has confirmed; the order book tells the one from before."""
    bot = new_bot(PRELOAD_INTERVAL=EVERY_HOUR).start()
    anna.quote("RUB", "USDT", margin="2", amount="1000")
    assert "База: 81,66 RUB за 1 USDT" in anna.text
    sandbox.faults.add("rapira", "canned", body=rapira_rates(JUMPED))
    have_the_exchange_asked(sandbox, anna)
    bot.wait_for("jump held feed=usdt_rub source=rapira")
    return bot


def have_the_exchange_asked(sandbox: Sandbox, operator: Operator) -> None:
    """Once: it is not asked again when it was asked this very moment."""
    threading.Event().wait(JUST_FETCHED.total_seconds() + 1)
    asked = sandbox.journal.count("rapira")
    operator.open("/rates")
    operator.person.press(operator.card, "Обновить").wait_answer()
    sandbox.journal.wait("rapira", count=asked + 1)


def ask_for_usdt(operator: Operator) -> None:
    operator.open("/new")
    operator.press("RUB")
    operator.press("USDT")


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{folder}/desk.db?mode=ro", uri=True) as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_a_held_jump_is_refused_decided_about_and_confirmed_by_the_next_fetch(
    sandbox: Sandbox, jumping: Bot, anna: Operator, tmp_path: Path
) -> None:
    boris = Operator(sandbox.person(COLLEAGUE))
    ask_for_usdt(anna)
    anna.wait_for(TITLE)
    assert "• USDT/RUB: продажа с 81,66 до 85,74 (+5 %), пока ничем не подтверждено" in anna.text
    assert "Базовый курс: 81,66 RUB за 1 USDT" in anna.text

    anna.press("Всё равно котировать")
    anna.press("Проверено на бирже")
    anna.type("2")
    anna.type("1000")
    assert "❗ Котирует всё равно Анна: Проверено на бирже" in anna.text
    assert "Клиент получает: 12 USDT" in anna.text

    ask_for_usdt(boris)
    boris.wait_for("This rate is not quoted:")
    boris.press("Type the rate")
    boris.type("85.70")
    assert "85.7 is +4.96 % away from the rate known last, 81.65. Is it meant?" in boris.text
    boris.press("Yes, 85.7")
    assert "Base rate: 85.70 RUB per 1 USDT" in boris.text
    assert "Typed by Boris" in boris.text
    ask_for_usdt(anna)
    assert "Базовый курс: 85,70 RUB за 1 USDT" in anna.text
    assert "Введён вручную: Boris" in anna.text
    assert sandbox.journal.count("rapira") == 2, "all of that was decided before the next fetch"

    # The order book is asked when a rate is accepted, and was asked for its opinion of the jump.
    have_the_exchange_asked(sandbox, anna)
    sandbox.journal.wait("rapira_book", count=3)
    boris.press("Back to the sources")
    assert "Base rate: 85.743 RUB per 1 USDT" in boris.text
    assert "Rapira, ask" in boris.text
    ask_for_usdt(anna)
    assert "Базовый курс: 85,743 RUB за 1 USDT" in anna.text
    assert "❗" not in anna.text

    decided = rows(tmp_path, "SELECT decided_by, name, why, direction, base, refused_for FROM overrides")
    assert decided == [(OPERATOR, "Анна", "Проверено на бирже", "RUB-USDT", "81.66", "usdt_rub: jump")]
    typed = rows(tmp_path, "SELECT pair, value, typed_by, name, ended_by FROM typed_rates")
    assert typed == [("RUB/USDT", "85.7", COLLEAGUE, "Boris", COLLEAGUE)]
    assert "ERROR" not in jumping.text
