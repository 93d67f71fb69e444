"""/audit by sending and pressing: pages, one person, one thing, and what each line says."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from calc.deeds import Deed
from calc.team import Change, Member, Role
from chat.audit_screens import Filter
from storage.audit import note
from tests.chat.book import NOW
from tests.chat.driver import COLLEAGUE, OPERATOR, Chat, Person, at_result, open_chat


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    with open_chat(tmp_path, admins=(OPERATOR,)) as chat:
        chat.members.change(lambda _: Change(put=(Member(COLLEAGUE, Role.OPERATOR),)))
        chat.access.reload()
        yield chat


def keep(chat: Chat, *deeds: Deed) -> None:
    with chat.database.write() as connection:
        for deed in deeds:
            note(connection, deed)


def deed(kind: str, subject: str = "", *, by: int | None = OPERATOR, minutes: int = 0, **details: str) -> Deed:
    name = {OPERATOR: "Аня", COLLEAGUE: "Boris <b>", None: ""}[by]
    return Deed(NOW - timedelta(minutes=minutes), by, name, kind, subject, details)


def test_what_nobody_did_is_said_to_be_nothing(anya: Person) -> None:
    anya.send("/audit")
    assert anya.card.plain == "<b>Журнал</b>\n\nТакого не было."
    assert anya.card.buttons == ["Кто: Все", "Что: Все"]


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        (deed("team.role", "1002", old="operator", new="viewer"), "роль 1002: оператор → зритель"),
        (deed("team.amount", "1002", old="", new="500000"), "лимит суммы 1002: нет → 500 000 RUB"),
        (deed("team.margin", "1002", old="1.5", new=""), "наименьшая маржа 1002: 1,5 % → нет"),
        (deed("team.removed", "1002", old="operator"), "убран из команды 1002: оператор"),
        (deed("team.invited", "#3", role="operator", until="x"), "ссылка создана № 3: оператор"),
        (
            deed("margin.changed", "RUB-*", old="-", new="<100000 3%, 1.2%"),
            "маржа обменника RUB → всё: нет → &lt; 100 000 RUB: 3 %, от 100 000 RUB: 1,2 %",
        ),
        (
            deed("own_margin.changed", "RUB-USDT, RUB-EUR", old="+0.5", new="1.5%"),
            "своя маржа RUB → USDT, EUR: +0,5 → 1,5 %",
        ),
        (deed("floor.changed", "*", old="0.5% block", new="0.5% off"), "порог все направления: 0,5 %, запретить → "),
        (
            deed("margin_buttons.changed", ", RUB-USDT", old="-", new="1% +0.3"),
            "свои кнопки маржи RUB → USDT: нет → 1 % +0,3",
        ),
        (deed("rate.typed", "RUB/USDT", old="87", new="88.50", until="x"), "курс введён вручную RUB/USDT: 87 → 88,5"),
        (deed("rate.quoted_anyway", "RUB-USDT", why="<b>да</b>"), "котировка вопреки отказу RUB → USDT: &lt;b&gt;да"),
        (deed("something.new", "x", what="y"), "something.new x: y"),
        (
            deed("approval.approved", "A-0001", quote="RUB-USDT pays 250000 at 1%; anyway"),
            "одобрено A-0001: 250 000 RUB → USDT, 1 %; anyway",
        ),
        (
            deed("approval.used", "A-0001", quote="USDT-THB gets 5000 at 1%, 9000 at +0.5"),
            "одобренная котировка дана A-0001: USDT → 5 000 THB, 1 %; USDT → 9 000 THB, +0,5",
        ),
        (
            deed("approval.asked", "A-0001", quote="z" * 300, base="81.66", beyond="amount"),
            "запрос одобрения A-0001: zzz",
        ),
        (
            deed("quote.given", "Q-0001", direction="RUB-USDT", pays="1000", gets="12.00", margin="2%", rate="83.29"),
            "котировка дана Q-0001: 1 000 RUB → 12 USDT, 2 %",
        ),
        (deed("quote.cancelled", "Q-0001"), "котировка закрыта Q-0001"),
        (deed("quote.client", "Q-0001", old="", new="Иван"), "имя клиента Q-0001: нет → Иван"),
    ],
    ids=lambda value: value.kind if isinstance(value, Deed) else "",
)
def test_each_deed_says_who_when_what_and_how_it_was_before(chat: Chat, anya: Person, kept: Deed, line: str) -> None:
    keep(chat, kept)
    anya.send("/audit")
    assert f"15:04 <b>Аня</b>: {line}" in anya.card.plain
    assert len(anya.card.plain) < 400


def test_what_time_did_is_said_to_be_the_bots_and_names_are_harmless(chat: Chat, anya: Person) -> None:
    keep(chat, deed("quote.expired", "Q-0001", by=None), deed("quote.accepted", "Q-0002", by=COLLEAGUE))
    anya.send("/audit")
    assert "15:04 <b>Boris &lt;b&gt;</b>: котировка принята Q-0002" in anya.card.text.replace("\xa0", " ")
    assert "15:04 <b>бот</b>: котировка истекла Q-0001" in anya.card.plain


def test_pages_are_turned_by_buttons(chat: Chat, anya: Person) -> None:
    keep(chat, *(deed("quote.accepted", f"Q-{number:04d}", minutes=30 - number) for number in range(1, 21)))
    anya.send("/audit")
    assert [line[-6:] for line in anya.card.plain.splitlines()[2:]] == [f"Q-{n:04d}" for n in range(20, 12, -1)]
    assert anya.card.buttons[0] == "Старее ›"
    anya.click("Старее ›")
    anya.click("Старее ›")
    assert [line[-6:] for line in anya.card.plain.splitlines()[2:]] == ["Q-0004", "Q-0003", "Q-0002", "Q-0001"]
    assert anya.card.buttons[0] == "« Новые"
    anya.click("« Новые")
    assert "Q-0020" in anya.card.plain


def test_deeds_are_found_by_person_and_by_what_they_are_about(chat: Chat, anya: Person) -> None:
    Person(chat, COLLEAGUE).send("/help")
    keep(
        chat,
        deed("quote.accepted", "Q-0001"),
        deed("quote.accepted", "Q-0002", by=COLLEAGUE),
        deed("margin.changed", "*", by=COLLEAGUE, old="2%", new="3%"),
    )
    anya.send("/audit")
    anya.click("Что: Все")
    anya.click("Котировки")
    assert anya.card.plain.startswith("<b>Журнал</b>: котировки\n\n")
    assert "Q-0001" in anya.card.plain
    assert "маржа обменника" not in anya.card.plain
    anya.click("Кто: Все")
    people = [button for row in anya.card.rows for button in row if "show.1002." in button["callback_data"]]
    anya.press(people[0]["callback_data"], anya.card)
    assert "Q-0002" in anya.card.plain
    assert "Q-0001" not in anya.card.plain
    anya.click("Что: котировки")
    anya.click("Все")
    assert "маржа обменника все направления: 2 % → 3 %" in anya.card.plain
    anya.click("Кто: Аня")
    anya.click("Все")
    assert "Q-0001" in anya.card.plain


def test_what_is_done_in_the_chat_is_found_there(chat: Chat, anya: Person) -> None:
    at_result(anya)
    anya.click("Карточка клиенту")
    anya.send("/team 1002 700к")
    anya.send("/audit")
    lines = anya.card.plain.splitlines()[2:]
    assert lines[0] == "15:04 <b>Аня</b>: лимит суммы 1002: нет → 700 000 RUB"
    assert lines[1] == "15:04 <b>Аня</b>: котировка дана Q-0001: 1 000 RUB → 12 USDT, 2 %"


@pytest.mark.parametrize("arg", ["show.x", "show.1.nonsense.0", "people", "show.1.-.x", "areas.1.-"])
def test_a_forged_button_changes_nothing(chat: Chat, anya: Person, arg: str) -> None:
    anya.send("/audit")
    anya.press(f"audit:{arg}:3e9::0", anya.card)
    assert anya.card.edits == 0
    assert len(anya.messages) == 1


def test_a_name_shows_the_deeds_of_that_person(chat: Chat, anya: Person, boris: Person) -> None:
    keep(chat, deed("quote.accepted", "Q-0001"), deed("quote.accepted", "Q-0002", by=COLLEAGUE))
    boris.send("/new")
    for typed in ("Борис", "бор", str(COLLEAGUE)):
        anya.send(f"/audit {typed}")
        assert anya.card.plain.startswith("<b>Журнал</b>: Борис\n")
        assert "Q-0002" in anya.card.plain
        assert "Q-0001" not in anya.card.plain


def test_a_name_that_nobody_has_is_said_and_the_names_are_offered(anya: Person, boris: Person) -> None:
    boris.send("/new")
    anya.send("/audit <Пётр>")
    assert anya.card.plain.startswith("⚠️ «&lt;Пётр&gt;»: такого человека в команде не было.\n\nЧьи действия?")
    anya.click("Борис")
    assert anya.card.plain.startswith("<b>Журнал</b>: Борис\n")


def test_the_audit_is_for_owners_in_private(chat: Chat) -> None:
    boris = Person(chat, COLLEAGUE)
    boris.send("/audit")
    assert boris.card.text.startswith("Это для владельцев")
    anya = Person(chat, OPERATOR, chat_id=-500)
    anya.send("/audit")
    assert anya.card.text == "Журнал показываю только в личном чате."


def test_a_filter_fits_into_a_button() -> None:
    longest = f"audit:people.{Filter.parse('7999999999.approvals.999999999')}:{7_999_999_999:x}::0"
    assert len(longest.encode()) <= 64
