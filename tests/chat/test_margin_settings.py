"""/margins by text and by buttons: what owners set for the desk, and operators for themselves."""

from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest

from calc.directions import DIRECTIONS, Direction
from calc.floors import Floor, Policy
from calc.margins import Margin
from calc.tiers import Ladder
from chat.presses import Press
from desk.access import Role
from desk.margins import STANDARD_BUTTONS, Whose
from storage.audit import Audit
from tests.chat.driver import COLLEAGUE, OPERATOR, Chat, Person, at_margin, open_chat

RUB_USDT, USDT_THB = Direction.parse("RUB-USDT"), Direction.parse("USDT-THB")
PAYS_RUB = [each for each in DIRECTIONS if each.pays == "RUB"]
TIERS = "<100000 3%, <1000000 2%, 1.2%"


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    with open_chat(tmp_path) as chat:
        roles = {OPERATOR: Role.OWNER, COLLEAGUE: Role.OPERATOR}
        monkeypatch.setattr(type(chat.access), "role", lambda _, user_id: roles.get(user_id))
        yield chat


def desk_ladder(chat: Chat, direction: Direction = RUB_USDT) -> str:
    return str(chat.front.margins.ladders(Whose.DESK, OPERATOR).get(direction))


def test_tiers_are_set_by_text_and_the_answer_says_what_stands(chat: Chat, anya: Person) -> None:
    anya.send("/margins rub usdt <100к 3%, <1м 2%, 1.2%")
    assert desk_ladder(chat) == TIERS
    assert "✓ Сохранено, действует сразу." in anya.card.plain
    assert anya.card.buttons[2].replace("\N{NO-BREAK SPACE}", " ") == "от 1 000 000 RUB: 1,2 %"
    anya.send("/margins")
    assert "RUB → USDT: &lt; 100 000 RUB: 3 %, &lt; 1 000 000 RUB: 2 %, от 1 000 000 RUB: 1,2 %" in anya.card.plain


def test_a_change_is_in_the_audit_with_who_and_what_stood_before(chat: Chat, anya: Person) -> None:
    anya.send("/margins rub usdt 2%")
    anya.send("/margins rub usdt 2.5%")
    anya.send("/margins floor 0.5 block")
    deeds = [deed for _, deed in Audit(chat.database).latest(10)][::-1]
    assert [(each.by, each.name, each.kind, each.subject, dict(each.details)) for each in deeds] == [
        (OPERATOR, "Аня", "margin.changed", "RUB-USDT", {"old": "-", "new": "2%"}),
        (OPERATOR, "Аня", "margin.changed", "RUB-USDT", {"old": "2%", "new": "2.5%"}),
        (OPERATOR, "Аня", "floor.changed", "*", {"old": "-", "new": "0.5% block"}),
    ]


def test_tiers_are_built_by_buttons(chat: Chat, anya: Person) -> None:
    anya.send("/margins")
    anya.click("Маржа обменника")
    anya.click("RUB → USDT")
    assert "Какая маржа?" in anya.card.plain
    anya.click("1,2 %")
    assert desk_ladder(chat) == "1.2%"
    for bound, margin in (("< 1 000 000 RUB", "2 %"), ("< 100 000 RUB", "3 %")):
        anya.click("+ Ступень")
        anya.click(bound)
        assert f"Какая маржа для &lt;{bound[1:]}?" in anya.card.plain
        anya.click(margin)
    assert desk_ladder(chat) == TIERS
    anya.click("< 100 000 RUB: 3 %")
    anya.click("2,5 %")
    anya.click("от 1 000 000 RUB: 1,2 %")
    assert "Какая маржа для от 1 000 000 RUB?" in anya.card.plain
    anya.click("1,5 %")
    assert desk_ladder(chat) == "<100000 2.5%, <1000000 2%, 1.5%"
    anya.click("< 1 000 000 RUB: 2 %")
    anya.click("Убрать ступень")
    assert desk_ladder(chat) == "<100000 2.5%, 1.5%"
    anya.click("Убрать маржу")
    assert desk_ladder(chat) == "None"
    assert "✓ Сохранено, действует сразу.\n\n<b>Маржа обменника</b>, RUB → USDT\n\nне задано" in anya.card.plain
    anya.click("‹ Назад")
    anya.click("‹ Назад")
    assert "не задано" in anya.card.plain
    assert len(anya.messages) == 1


def test_what_was_not_changed_is_said_below_the_examples(anya: Person) -> None:
    anya.send("/margins чушь")
    assert "<code>/margins все 2%</code>\nНичего не изменено.\n" in anya.card.plain


def test_one_margin_is_set_for_many_directions(chat: Chat, anya: Person) -> None:
    anya.send("/margins")
    anya.click("Маржа обменника")
    anya.click("RUB → всё")
    assert "Какая маржа для всех?" in anya.card.plain
    anya.click("2 %")
    assert {desk_ladder(chat, each) for each in PAYS_RUB} == {"2%"}
    anya.send("/margins usdt thb +0.5")
    anya.send("/margins")
    assert "RUB → всё: 2 %" in anya.card.plain
    assert "USDT → THB: +0,5" in anya.card.plain
    anya.send("/margins все 1,5%")
    anya.send("/margins")
    assert "Все направления: 1,5 %" in anya.card.plain


def test_one_margin_for_many_directions_takes_the_place_of_tiers_as_well(chat: Chat, anya: Person) -> None:
    anya.send("/margins rub usdt <100к 3%, <1м 2%, 1.2%")
    anya.send("/margins")
    anya.click("Маржа обменника")
    anya.click("RUB → всё")
    assert "Она заменит то, что задано для каждого." in anya.card.plain
    anya.click("5 %")
    assert {desk_ladder(chat, each) for each in PAYS_RUB} == {"5%"}


def test_a_margin_that_was_set_without_a_rate_and_is_too_large_is_told_with_the_floor(chat: Chat, anya: Person) -> None:
    rates = dict(chat.book.held)
    chat.book.held.clear()
    anya.send("/margins rub usdt +70")
    chat.book.held |= rates
    anya.send("/margins floor 0.5 warn")
    assert "Маржа +70 слишком велика" in anya.card.plain
    assert chat.front.margins.floors() == {}


def test_a_direction_without_a_margin_is_asked_by_buttons(chat: Chat, anya: Person, boris: Person) -> None:
    anya.send("/margins rub usdt")
    assert anya.card.plain.startswith("<b>Маржа обменника</b>, RUB → USDT")
    assert "/margins rub usdt &lt;100к 3%, &lt;1м 2%, 1,2%" in anya.card.plain
    anya.send("/margins usdt")
    assert anya.card.plain.startswith("<b>Маржа обменника</b>, USDT → всё")
    anya.send("/margins all")
    assert "/margins все 2%" in anya.card.plain
    boris.send("/margins rub usdt")
    assert boris.card.plain.startswith("<b>Ваша маржа</b>, RUB → USDT")
    assert "/margins моя rub usdt" in boris.card.plain


def test_an_operator_sets_own_margins_and_not_the_desks(chat: Chat, boris: Person) -> None:
    boris.send("/margins rub usdt 0.1%")
    assert "⚠️ Маржу обменника и порог меняют владельцы." in boris.card.plain
    boris.send("/margins floor off")
    assert "⚠️ Маржу обменника и порог меняют владельцы." in boris.card.plain
    boris.send("/margins floor")
    assert boris.card.plain.startswith("<b>Маржа</b>")
    assert "Маржа обменника" not in boris.card.buttons
    assert desk_ladder(chat) == "None"
    boris.send("/margins моя rub usdt 1,5")
    assert "<b>Ваша маржа</b>, RUB → USDT\n\n1,5 %" in boris.card.plain
    boris.send("/margins my")
    boris.click("USDT → THB")
    boris.click("2 %")
    own = chat.front.margins.ladders(Whose.OWN, COLLEAGUE)
    assert own == {RUB_USDT: Ladder.parse("1.5%"), USDT_THB: Ladder.parse("2%")}
    boris.send("/margins")
    boris.click("Моя маржа")
    boris.click("‹ Назад")
    assert "RUB → USDT: 1,5 %" in boris.card.plain


@pytest.mark.parametrize(
    "arg",
    [
        "rest/desk/RUB-USDT/0.5%",
        "rest/last/RUB-USDT/0.5%",
        "step/desk/RUB-USDT/1000/0.5%",
        "off/desk/*",
        "policy/*/off",
        "percent/*/0",
        "rest/own/RUB-USDT/80%",
        "rest/own/RUB-USDT/NaN%",
        "step/own/RUB-USDT/-5/1%",
        "percent/*/-1",
        "rest/own/THB-*/1%",
        "rest/own/what/1%",
        "rest/own/RUB-USDT",
        "list/what",
        "tier/own/RUB-USDT/what",
        "nothing",
        "",
    ],
)
def test_a_forged_press_changes_nothing(chat: Chat, boris: Person, arg: str) -> None:
    boris.send("/margins")
    boris.press(Press("margins", arg, owner=COLLEAGUE, dialogue="", screen=0).encode(), boris.card)
    assert Audit(chat.database).latest(1) == []


def test_a_button_of_a_ladder_that_is_gone_shows_how_things_stand(chat: Chat, anya: Person) -> None:
    anya.send("/margins rub usdt <100к 3%, 2%")
    first = anya.card
    anya.send("/margins rub usdt off")
    anya.click("+ Ступень", first)
    assert "Какая маржа?" in first.plain
    anya.send("/margins rub usdt 2%")
    anya.click("Убрать маржу")
    second = anya.card
    anya.press(Press("margins", "step/desk/RUB-USDT/100000/3%", owner=OPERATOR, dialogue="", screen=0).encode(), second)
    anya.press(Press("margins", "drop/desk/RUB-USDT/100000", owner=OPERATOR, dialogue="", screen=0).encode(), second)
    anya.press(Press("margins", "tier/desk/RUB-USDT/100000", owner=OPERATOR, dialogue="", screen=0).encode(), second)
    assert "Какая маржа?" in second.plain
    assert desk_ladder(chat) == "None"


def test_more_tiers_than_there_may_be_are_not_added(chat: Chat, anya: Person) -> None:
    anya.send("/margins rub usdt <1к 7%, <2к 6%, <3к 5%, <4к 4%, <5к 3%, 2%")
    assert "+ Ступень" not in anya.card.buttons
    late = Press("margins", "step/desk/RUB-USDT/1000000/1%", owner=OPERATOR, dialogue="", screen=0)
    anya.press(late.encode(), anya.card)
    assert desk_ladder(chat) == "<1000 7%, <2000 6%, <3000 5%, <4000 4%, <5000 3%, 2%"


def test_the_floor_is_set_by_buttons(chat: Chat, anya: Person) -> None:
    anya.send("/margins")
    anya.click("Порог")
    anya.click("0,5 %")
    anya.click("запретить")
    assert set(chat.front.margins.floors().values()) == {Floor(Decimal("0.5"), Policy.BLOCK)}
    assert {"✓ 0,5 %", "✓ запретить"} <= {label.replace("\N{NO-BREAK SPACE}", " ") for label in anya.card.buttons}
    assert "<b>Порог</b>, все направления\n\n0,5 %, запретить" in anya.card.plain
    anya.click("Для части направлений")
    anya.click("RUB → USDT")
    anya.click("выключен")
    assert chat.front.margins.floor_of(RUB_USDT) == Floor(Decimal("0.5"), Policy.OFF)
    assert chat.front.margins.floor_of(USDT_THB) == Floor(Decimal("0.5"), Policy.BLOCK)
    anya.send("/margins floor")
    assert "✓" not in "".join(label for label in anya.card.buttons if "запретить" in label)


def test_a_floor_by_text_keeps_what_is_not_said(chat: Chat, anya: Person) -> None:
    anya.send("/margins порог 0,5")
    assert chat.front.margins.floor_of(RUB_USDT) == Floor(Decimal("0.5"), Policy.WARN)
    anya.send("/margins floor block")
    assert chat.front.margins.floor_of(RUB_USDT) == Floor(Decimal("0.5"), Policy.BLOCK)
    anya.send("/margins floor rub usdt")
    assert anya.card.plain.startswith("<b>Порог</b>, RUB → USDT")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("floor -0.5 warn", "Понято как −0,5 %, а можно от 0 % до 50 %. Ничего не изменено."),
        (
            "floor 1.2 block",
            (
                "⚠️ RUB → USDT, от 1 000 000 RUB: маржа 1,2 % и порог 1,2 % не сходятся. "
                "С учётом округлений эта маржа держит порог до 1,18 %. Ничего не изменено."
            ),
        ),
        ("rub usdt <100к 3%", "⚠️ Последняя ступень «&lt;100к 3%»: нет маржи выше неё"),
        ("rub usdt <=100к 3%, 2%", "«&lt;=100к 3%»: пишите границу через &lt;"),
        ("2%", "Для какого направления?"),
        ("rub usdt <b>2%", "⚠️ Последняя ступень «&lt;b&gt;2%»"),
        ("rub usdt off 2", "⚠️ «off 2» не читается как маржа."),
        ("rub usdt 60%", "Понято как 60 %, а можно от 0,01 % до 50 %."),
        ("rub usdt +70", "Маржа +70 слишком велика для этого курса: можно до +40,83. Ничего не изменено."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_changed(chat: Chat, anya: Person, text: str, said: str) -> None:
    anya.send("/margins rub usdt <100к 3%, <1м 2%, 1.2%")
    anya.send(f"/margins {text}")
    assert said in anya.card.plain
    assert desk_ladder(chat) == TIERS
    assert chat.front.margins.floors() == {}


def test_a_margin_under_the_floor_is_told(chat: Chat, anya: Person) -> None:
    anya.send("/margins floor 1 block")
    anya.send("/margins rub usdt 0.5%")
    assert "⚠️ RUB → USDT: маржа 0,5 % и порог 1 % не сходятся." in anya.card.plain
    assert desk_ladder(chat) == "None"


def test_everybody_chooses_the_buttons_of_the_margin_step(chat: Chat, boris: Person) -> None:
    boris.send("/margins")
    boris.click("Мои кнопки")
    boris.click("✓ 0,5 %")
    boris.click("2,5 %")
    assert boris.chat.front.margins.buttons_of(COLLEAGUE, None) == tuple(
        Margin(Decimal(text)) for text in ("1", "1.5", "2", "2.5", "3")
    )
    boris.click("4 %")
    boris.click("5 %")
    assert "⚠️ Кнопок может быть от одной до 6." in boris.card.plain
    at_margin(boris)
    assert "2,5\N{NO-BREAK SPACE}%" in boris.card.buttons
    boris.send("/margins buttons rub usdt +0.3 1")
    assert "✓ Сохранено, действует сразу. RUB → USDT: +0,3, 1 %" in boris.card.plain
    boris.click("Обычные кнопки")
    assert boris.chat.front.margins.buttons_of(COLLEAGUE, None) == STANDARD_BUTTONS
    boris.send("/margins buttons")
    boris.click("‹ Назад")
    assert "Кнопки: 0,5 %, 1 %, 1,5 %, 2 %, 3 %" in boris.card.plain


def test_the_last_button_stays(chat: Chat, boris: Person) -> None:
    boris.send("/margins кнопки 2")
    boris.click("✓ 2 %")
    assert boris.chat.front.margins.buttons_of(COLLEAGUE, None) == (Margin(Decimal(2)),)


@pytest.mark.parametrize("whose", ["desk", "own"])
def test_no_button_is_longer_than_telegram_takes(chat: Chat, anya: Person, whose: str) -> None:
    mine = "my " if whose == "own" else ""
    tiers = ", ".join(f"<{bound}.99 +0.123456" for bound in (1_000_001, 2_000_002))
    anya.send(f"/margins {mine}usdt rub {tiers}, +0.654321")
    for label in [each for each in anya.card.buttons if each.startswith("<")]:
        anya.click(label.replace("\N{NO-BREAK SPACE}", " "), anya.card)
        assert all(len(each["callback_data"].encode()) <= 64 for row in anya.card.rows for each in row)
        anya.click("‹ Назад")


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", ("/margins порог", "/margins моя", "1,2%", "/margins кнопки")), ("en", ("floor", "my", "1.2%", "buttons"))],
)
def test_what_a_screen_says_may_be_typed_is_in_the_readers_language_and_is_read(
    chat: Chat, language: str, words: tuple[str, ...]
) -> None:
    anya = Person(chat, OPERATOR, language=language)
    offered = ""
    for screen in ("at/own/RUB-USDT", "at/own/*", "at/desk/USDT-*", "floor/*", "floor/RUB-USDT", "buttons"):
        anya.send("/margins")
        anya.press(f"margins:{screen}:{OPERATOR:x}::0", anya.card)
        example = unescape(anya.card.plain.split("<code>")[-1].split("</code>")[0])
        offered += example
        anya.send(example)
        assert anya.card.plain[0] == "✓", f"{example} is not read: {anya.card.plain}"
    assert all(word in offered for word in words)
    assert offered.isascii() is (language == "en")
