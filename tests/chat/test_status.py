"""/status: one screen for an owner that says how the rates, the sources and the plans are."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calc.directions import Currency
from calc.snapshots import Feed, Market
from calc.typed import Pair, TypedRate
from chat.delivery.acknowledger import Toast
from chat.running import Running
from chat.status_screen import Report, render
from chat.texts import LANGUAGES, MOSCOW
from desk.access import Role
from tests.chat.book import FIAT, NOW, USDT_RUB
from tests.chat.driver import OPERATOR, STRANGER, Chat, Person
from tests.chat.telegram import NBSP

MARKET = Market(usdt_rub=USDT_RUB, fiat=FIAT)


@dataclass(frozen=True)
class State:
    source: str
    state: str = "closed"
    trouble: str | None = None
    since: datetime = NOW - timedelta(hours=2)
    until: datetime | None = None


@dataclass(frozen=True)
class Source:
    state: State
    answered_at: datetime | None = None
    last_trouble: str | None = None
    troubled_at: datetime | None = None


@dataclass(frozen=True)
class Key:
    used: int
    plan: int
    is_refused: bool = False


@dataclass(frozen=True)
class Plan:
    keys: tuple[Key, ...]
    next_call_at: datetime | None = NOW + timedelta(minutes=30)
    empty_at: datetime | None = None
    source: str = "apilayer"


WELL = Source(State("rapira"), answered_at=NOW - timedelta(seconds=12))
RESTING = State("rapira book", "open", "blocked", until=NOW + timedelta(minutes=20))


def said(*sources: Source, quota: Plan | None = None, market: Market = MARKET, language: str = "ru") -> str:
    report = Report(market, {Feed.USDT_RUB: sources} if sources else {}, quota)
    return render(report, OPERATOR, language=language, zone=MOSCOW, now=NOW).text.replace(NBSP, " ")


def test_the_rates_in_use_stand_with_source_age_and_peg() -> None:
    assert said() == (
        "<b>Состояние</b> на 20.11 15:04:00 (Москва)\n"
        "<b>USDT/RUB</b>: 81,62 / 81,66\n"
        "Rapira · 0 с назад\n"
        "<b>Курсы валют</b>: 1 USD = 82,4125 RUB\n"
        "Банк России на 20.11.2026 · 0 с назад\n"
        "1 USDT = 0,9907 USD"
    )


def test_what_is_not_known_is_said_to_be_so() -> None:
    assert "<b>USDT/RUB</b>: курса нет\n<b>Курсы валют</b>: курса нет" in said(market=Market())
    assert "<b>USDT/RUB</b>: 81,65\n" in said(market=Market(usdt_rub=replace(USDT_RUB, bid=None, ask=None)))
    assert "1 USDT" not in said(market=Market(fiat=FIAT))


def test_a_rate_too_old_is_marked() -> None:
    old = replace(USDT_RUB, fetched_at=NOW - timedelta(minutes=31))
    assert "❗ Rapira · 31 мин назад — устарел" in said(market=Market(usdt_rub=old))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (WELL, "✓ Rapira: работает с 13:04, ответ 12 с назад"),
        (
            replace(WELL, last_trouble="timeout", troubled_at=NOW - timedelta(hours=3)),
            "✓ Rapira: работает с 13:04, ответ 12 с назад; последний сбой: не ответил вовремя (3 ч назад)",
        ),
        (Source(State("coingecko")), "· CoinGecko (индикативно): в запасе, ещё не нужен был"),
        (
            Source(State("cbr", trouble="timeout"), last_trouble="timeout", troubled_at=NOW - timedelta(seconds=70)),
            "⚠️ Банк России: не ответил вовремя (1 мин назад), спрашиваем дальше",
        ),
        (Source(RESTING), "⏸ Rapira, стакан: не спрашиваем до 15:24, закрыт для нашего адреса (с 13:04)"),
        (
            Source(replace(RESTING, since=NOW - timedelta(days=1), until=NOW + timedelta(days=10))),
            "⏸ Rapira, стакан: не спрашиваем до 30.11 15:04, закрыт для нашего адреса (с 19.11 15:04)",
        ),
        (
            Source(replace(RESTING, trouble="key_refused", until=NOW)),
            "⏸ Rapira, стакан: спросим в ближайшую очередь, ключ не принят (с 13:04)",
        ),
        (
            Source(State("cbr", "half_open", "garbage")),
            "⏳ Банк России: проверяем, прислал непонятный ответ (с 13:04)",
        ),
        (
            Source(State("cbr", trouble="stale")),
            "⚠️ Банк России: прислал устаревшие данные (0 с назад), спрашиваем дальше",
        ),
    ],
)
def test_each_state_of_a_source_is_a_line_of_words(source: Source, line: str) -> None:
    assert said(source).endswith(f"USDT/RUB, источники:\n{line}")


@pytest.mark.parametrize(
    ("plan", "lines"),
    [
        (Plan((Key(2_310, 10_000),)), "ключ 1: 2 310 из 10 000\nследующий через 30 мин, хватит до конца месяца"),
        (
            Plan((Key(250, 250, is_refused=True), Key(3, 250)), NOW, empty_at=NOW + timedelta(days=4)),
            (
                "ключ 1: 250 из 250 ⚠️ не принят или исчерпан\nключ 2: 3 из 250\n"
                "следующий в ближайшую очередь, при таком темпе хватит до 24.11"
            ),
        ),
        (Plan((Key(100, 100),), None), "ключ 1: 100 из 100\nдо следующего месяца запросов не осталось"),
    ],
)
def test_the_plan_of_each_key_stands_by_its_number(plan: Plan, lines: str) -> None:
    assert said(quota=plan).endswith(f"Запросы APILayer за месяц:\n{lines}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_screen_is_one_message_with_short_lines(language: str) -> None:
    troubles = [replace(WELL, last_trouble="key_refused", troubled_at=NOW), Source(RESTING)] * 4
    text = said(*troubles, quota=Plan((Key(10_000, 10_000, is_refused=True),) * 5), language=language)
    assert len(text) < 2_000
    assert max(map(len, text.splitlines())) < 110


@pytest.fixture
def report(chat: Chat) -> Report:
    chat.report = Report(MARKET, {Feed.USDT_RUB: [WELL, Source(RESTING)]}, Plan((Key(1, 100),)))
    return chat.report


@pytest.mark.usefixtures("report")
def test_refresh_redraws_the_same_message(chat: Chat, anya: Person) -> None:
    anya.send("/status")
    assert anya.card.buttons == ["Обновить", "Проверить источники"]
    assert [len(row) for row in anya.card.rows] == [1, 1], "beside each other a phone cuts them short"
    chat.pass_time(seconds=5)
    anya.click("Обновить")
    assert (len(anya.messages), anya.card.edits) == (1, 1)
    assert "15:04:05" in anya.card.text
    assert "17 с назад" in anya.card.text


def test_a_check_runs_beside_the_chat_and_redraws_the_screen_when_it_is_over(chat: Chat, anya: Person) -> None:
    checked = threading.Event()
    chat.check = checked.set
    anya.send("/status")
    anya.click("Проверить источники")
    assert not checked.is_set()
    assert anya.card.text.endswith("⏳ Проверяю источники без лимита…")
    assert anya.card.buttons == ["Обновить"]
    anya.send("/new")
    assert "Что платит клиент?" in anya.card.plain
    chat.report = Report(MARKET, {Feed.USDT_RUB: [WELL]}, None)
    chat.run_beside()
    assert checked.is_set()
    assert "ответ 12 с назад" in anya.messages[0].text
    assert anya.messages[0].text.endswith("✓ Источники без лимита проверены.")
    assert anya.messages[0].buttons == ["Обновить", "Проверить источники"]


def test_a_check_right_after_another_says_when_that_was(chat: Chat, anya: Person) -> None:
    checks: list[None] = []
    chat.check = lambda: checks.append(None)
    anya.send("/status")
    anya.click("Проверить источники")
    chat.run_beside()
    chat.now += timedelta(seconds=4)
    anya.click("Проверить источники")
    chat.run_beside()
    assert anya.card.plain.endswith("проверены 4 с назад; чаще раза в 10 с их не спрашиваем.")
    assert len(checks) == 1
    chat.now += timedelta(seconds=6)
    anya.click("Проверить источники")
    chat.run_beside()
    assert len(checks) == 2


def test_a_check_that_fails_leaves_no_screen_that_says_it_is_under_way(
    chat: Chat, anya: Person, caplog: pytest.LogCaptureFixture
) -> None:
    def fall() -> None:
        raise ZeroDivisionError

    chat.check = fall
    anya.send("/status")
    anya.click("Проверить источники")
    chat.run_beside()
    assert "Проверяю" not in anya.card.text
    assert "sources not checked" in caplog.text


def test_its_buttons_do_not_wear_out_and_have_no_toast(chat: Chat, anya: Person) -> None:
    anya.send("/status")
    for row in anya.card.rows:
        for button in row:
            assert chat.handlers.toast(anya.query(button["callback_data"], anya.card)) == Toast()
    chat.restart()
    chat.pass_time(hours=1)
    anya.click("Обновить")
    assert "16:04:00" in anya.card.text


def test_a_stranger_sees_nothing_of_it(chat: Chat, anya: Person) -> None:
    anya.send("/status")
    before = anya.card.text
    chat.pass_time(minutes=1)
    stranger = Person(chat, STRANGER)
    stranger.send("/status")
    stranger.click("Обновить", anya.card)
    assert stranger.card.text.startswith("Этот бот только для операторов")
    assert anya.card.text == before


@pytest.fixture
def employed(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes everybody who gets in somebody who is no owner."""
    return lambda: monkeypatch.setattr(type(chat.access), "role", lambda *_: Role.OPERATOR)


def test_an_operator_who_is_no_owner_is_told_whose_it_is(
    chat: Chat, anya: Person, employed: Callable[[], None]
) -> None:
    anya.send("/status")
    shown = anya.card.text
    employed()
    chat.pass_time(minutes=1)
    anya.click("Обновить")
    assert anya.card.text == shown
    anya.send("/status")
    assert anya.card.text == "Это для владельцев обменника. Подробнее: /help"
    anya.send("/help")
    assert anya.card.text.startswith("Команды:")
    assert "/status" not in anya.card.text


@dataclass
class Redis:
    trouble: str | None = None


UP = Running(
    version="0.1.0 (abc1234)",
    uptime=timedelta(hours=3),
    heard=timedelta(seconds=4),
    trouble=None,
    has_rival=False,
    waiting=2,
    working=1,
    workers=16,
    memory=52_100_000,
    database=1_240_000,
    free=900_000_000,
    switched_off=(),
)


def up(**changes: object) -> str:
    report = Report(MARKET, {}, None, running=replace(UP, **changes))  # type: ignore[arg-type]  # any field
    return render(report, OPERATOR, language="ru", zone=MOSCOW, now=NOW).text.replace(NBSP, " ")


def test_the_bot_itself_is_on_the_same_screen() -> None:
    assert up().endswith(
        "\n\nРаботает 3 ч, версия 0.1.0 (abc1234)\n"
        "✓ Telegram ответил 4 с назад\n"
        "Очередь: ждут 2, в работе 1 из 16\n"
        "Память 52,1 МБ, база 1,2 МБ, свободно на диске 900,0 МБ"
    )


def test_a_large_disk_is_told_in_gigabytes() -> None:
    assert up(free=76_650_700_000).endswith("свободно на диске 76,7 ГБ")


def test_trouble_with_polling_and_what_is_switched_off_is_said() -> None:
    assert "⏳ Telegram ещё не ответил" in up(heard=None)
    assert "❗ Telegram ответил 2 мин назад: 502 &lt;Bad&gt;" in up(heard=timedelta(minutes=2), trouble="502 <Bad>")
    assert "❗ Другая программа опрашивает" in up(has_rival=True)
    assert up(switched_off=("cache", "gate")).endswith("⚠️ Выключено: cache, gate")


def test_rates_that_people_typed_and_that_stand_are_listed() -> None:
    pair = Pair(Currency.RUB, Currency.USDT)
    typed = TypedRate(pair, Decimal("81.20"), OPERATOR, "Аня <3", NOW, NOW + timedelta(minutes=30))
    text = render(Report(MARKET, {}, None, typed=[typed]), OPERATOR, language="ru", zone=MOSCOW, now=NOW).text

    assert "✍️ 81,20 RUB за 1 USDT, ввёл(а) Аня &lt;3, до 15:34" in text.replace(NBSP, " ")


def test_redis_is_on_it_where_there_is_one() -> None:
    assert "Redis" not in up()
    assert "✓ Redis отвечает" in up(redis=Redis())
    assert "⚠️ Redis недоступен, всё работает без него: no &lt;route&gt;" in up(redis=Redis("no <route>"))
