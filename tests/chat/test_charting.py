"""/chart draws the course of a pair, and tells it in words where nothing can be drawn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageFont

from calc.snapshots import UsdtRub
from chat import chart_picture
from chat.chart_picture import FONT, Labels, draw
from chat.charting import PICTURES_KEPT, Pictures
from chat.texts import LANGUAGES, Texts
from desk.charting import Course, Point
from tests.chat.book import FIAT, NOW
from tests.chat.driver import OPERATOR, STRANGER, Chat, Person, open_chat
from tests.chat.telegram import Message

MOSCOW = ZoneInfo("Europe/Moscow")
LABELS = Labels(
    "USDT/RUB, 7 д", lowest="мин 80", highest="макс 82", last="сейчас 81", note="по 20.11", decimal_sign=","
)
DAY = timedelta(days=1)


def keep(chat: Chat, **rates: str) -> None:
    """What USDT was worth, by days ago: `_3` is three days."""
    for days, rub in rates.items():
        at = NOW - int(days[1:]) * DAY
        chat.history.keep(UsdtRub(Decimal(rub), "rapira", at))


@pytest.fixture
def week(chat: Chat) -> None:
    keep(chat, _9="80.2", _6="80.12", _4="82.5", _1="81.65")


def picture_of(message: Message) -> Image.Image:
    assert message.file is not None
    name, content = message.file
    assert name.endswith("-RUB.png")
    image = Image.open(BytesIO(content))
    image.load()
    return image


@pytest.mark.usefixtures("week")
def test_a_chart_is_a_picture_with_its_figures_below(anya: Person) -> None:
    anya.send("/chart usdt/rub 7d")
    assert anya.card.plain == "<b>USDT/RUB</b>, 7 д: +1,8 %\nмин 80,12, макс 82,50, сейчас <b>81,65</b>"
    assert anya.card.buttons == ["24\N{NO-BREAK SPACE}ч".replace("\N{NO-BREAK SPACE}", " "), "7 д", "30 д", "90 д"]
    image = picture_of(anya.card)
    assert (image.format, image.size) == ("PNG", (960, 540))


@pytest.mark.usefixtures("week")
def test_another_time_is_a_tap_away(anya: Person) -> None:
    anya.send("/chart usdt")
    first = anya.card
    anya.click("30 д")
    assert anya.card is not first
    assert "<b>USDT/RUB</b>, 30 д" in anya.card.plain


@pytest.mark.usefixtures("week")
def test_the_pair_is_asked_for_where_none_was_named(anya: Person) -> None:
    anya.send("/chart месяц")
    assert anya.card.buttons == ["USDT/RUB", "USD/RUB", "EUR/RUB", "THB/RUB", "AED/RUB", "ZAR/RUB", "IDR/RUB"]
    anya.click("USDT/RUB")
    assert "<b>USDT/RUB</b>, 30 д" in anya.card.plain


def test_what_cannot_be_read_is_said_and_asked_by_buttons(anya: Person) -> None:
    anya.send("/chart <биткоин>")
    assert anya.card.plain.startswith("⚠️ «&lt;биткоин&gt;»: не видно курса и времени.\n\n<b>График</b>: какой курс?")
    anya.send("/chart usdt 2 года")
    assert anya.card.plain == "⚠️ Можно от 1 ч до 365 д."


def test_a_past_that_is_not_known_is_said_to_be_so(anya: Person) -> None:
    anya.send("/chart eur 7d")
    assert anya.card.plain == "⚠️ О EUR/RUB за последние 7 д ничего не известно."
    assert anya.card.file is None


@pytest.mark.parametrize("pair", ["eur", "idr"])
def test_fiat_is_drawn_too(chat: Chat, anya: Person, pair: str) -> None:
    chat.history.keep(FIAT)
    chat.pass_time(days=3)
    anya.send(f"/chart {pair} 7d")
    assert picture_of(anya.card).size == (960, 540)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    """Where Pillow is not installed."""
    monkeypatch.setattr(chart_picture, "PACKAGE", "no_such_package")
    with open_chat(tmp_path) as chat:
        yield chat


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_pillow_the_figures_are_told(bare: Chat, language: str) -> None:
    keep(bare, _9="80.2", _6="80.12", _4="82.5", _1="81.65")
    anya = Person(bare, OPERATOR, language=language)
    anya.send("/chart usdt/rub 7d")
    assert anya.card.file is None
    words = ("мин   ", "макс  ", "сейчас") if language == "ru" else ("lowest ", "highest", "now    ")
    times = ("14.11 15:04", "16.11 15:04", "19.11 15:04")
    values = ("80,12", "82,50", "81,65") if language == "ru" else ("80.12", "82.50", "81.65")
    for word, value, time in zip(words, values, times, strict=True):
        assert f"{word} {value} · {time}" in anya.card.plain
    assert anya.card.plain.endswith(Texts(language)("chart.no_picture"))


def test_rates_of_one_chart_have_the_same_number_of_decimals(chat: Chat, anya: Person) -> None:
    keep(chat, _9="95.21", _4="97.2094", _1="96.9")
    anya.send("/chart usdt/rub 7d")
    assert "мин 95,21, макс 97,21, сейчас <b>96,90</b>" in anya.card.plain


def test_strangers_and_forged_buttons_get_no_chart(chat: Chat, anya: Person) -> None:
    Person(chat, STRANGER).send("/chart usdt")
    assert "USDT" not in Person(chat, STRANGER).card.plain
    anya.send("/chart")
    for arg in ("BTC.7", "USDT.", "RUB.24", "USDT.0", "USDT.999999"):
        anya.press(f"chart:{arg}:{OPERATOR:x}::0", anya.card)
    assert len(anya.messages) == 1


def a_course(*, days: float = 7, count: int = 50, end: datetime = NOW, rate: str = "81.65") -> Course:
    begin = end - days * DAY
    points = (Point(begin + (end - begin) * step / count, Decimal(rate) + step % 7) for step in range(count))
    return Course("USDT/RUB", begin, end, tuple(points))


def test_a_picture_is_drawn_once_for_the_same_points() -> None:
    drawn: list[Course] = []

    def draw_one(course: Course, labels: Labels, *, zone: ZoneInfo) -> bytes:
        drawn.append(course)
        return f"{len(drawn)}".encode()

    pictures = Pictures(draw_one)
    first = a_course()
    assert pictures.picture(first, LABELS, zone=MOSCOW) == pictures.picture(first, LABELS, zone=MOSCOW) == b"1"
    moved = Course(first.pair, first.begin, first.end, (*first.points, Point(first.end, Decimal(90))))
    assert pictures.picture(moved, LABELS, zone=MOSCOW) == b"2"
    later = a_course(end=NOW + timedelta(hours=1))
    assert pictures.picture(later, LABELS, zone=MOSCOW) == b"3"
    for hours in range(2, PICTURES_KEPT + 2):
        pictures.picture(a_course(end=NOW + timedelta(hours=hours)), LABELS, zone=MOSCOW)
    pictures.picture(first, LABELS, zone=MOSCOW)
    assert len(drawn) == 3 + PICTURES_KEPT + 1, "those that were asked for longest ago make room"


@pytest.mark.parametrize("days", [1 / 24, 0.5, 1, 2, 7, 30, 90, 365])
@pytest.mark.parametrize(("count", "rate"), [(1, "81.65"), (2, "0.00478"), (3552, "81.65")])
def test_every_course_can_be_drawn(days: float, count: int, rate: str) -> None:
    image = Image.open(BytesIO(draw(a_course(days=days, count=count, rate=rate), LABELS, zone=MOSCOW)))
    assert image.size == (960, 540)
    blue = sum(count for count, color in image.convert("RGB").getcolors(2**24) or [] if color == (31, 111, 235))
    assert blue > 500, "the line is on it"


def test_a_rate_that_never_moved_is_a_line_in_the_midst() -> None:
    flat = Course("USDT/RUB", NOW - DAY, NOW, (Point(NOW - DAY, Decimal(80)), Point(NOW, Decimal(80))))
    assert draw(flat, LABELS, zone=MOSCOW)


def test_a_day_with_an_hour_twice_is_drawn() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert draw(a_course(days=2, end=datetime(2026, 10, 25, 12, tzinfo=UTC)), LABELS, zone=berlin)


def test_the_font_that_comes_along_has_cyrillic_letters_and_its_licence() -> None:
    font = ImageFont.truetype(str(FONT), 20)
    missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
    for letter in "абвгдежзийклмнопрстуфхцчшщъыьэюяАЯёЁ₽":
        assert (font.getmask(letter).getbbox(), bytes(font.getmask(letter))) != missing
    assert "Permission is hereby granted" in (FONT.parent / "LICENSE").read_text(encoding="utf-8")
