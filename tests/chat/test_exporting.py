"""/export brings the quotes as a file that a Russian Excel opens right, with nothing in it that it would run."""

import csv
import io
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from calc.quotes import Author, QuoteState
from chat import export_table, exporting
from chat.export_table import COLUMNS, harmless, write_csv, write_xlsx
from chat.texts import LANGUAGES
from desk.access import Role
from storage.audit import Audit
from tests.chat.book import NOW
from tests.chat.driver import COLLEAGUE, OPERATOR, STRANGER, Chat, Person
from tests.chat.ledger import give

ACCEPTED = QuoteState.ACCEPTED
MARK = b"\xef\xbb\xbf"


def made(chat: Chat, person: Person) -> bytes:
    """The file that came when everything beside the chat was done."""
    chat.run_beside()
    assert person.card.file is not None
    return person.card.file[1]


def rows(content: bytes) -> list[dict[str, str]]:
    """By the names of the columns, as their order is."""
    assert content.startswith(MARK)
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines[1:]]


def test_the_file_is_one_that_a_russian_excel_opens_right(chat: Chat, anya: Person) -> None:
    give(chat, "100000.50", client="Иван «Ёж» Петров", state=ACCEPTED)
    anya.send("/export")
    anya.click("Этот месяц")
    anya.click("CSV")
    content = made(chat, anya)
    text = content.removeprefix(MARK).decode("utf-8")
    assert text.count("\r\n") == text.count("\n") == 2
    assert text.startswith("№;Дана (Москва);Оператор;Клиент;Клиент платит;")
    assert text.splitlines()[1] == (
        "Q-0001;20.11.2026 15:04:00;Анна Петрова;Иван «Ёж» Петров;100000,50;RUB;1200,63;USDT;83,29;RUB / USDT;81,66;"
        "2 %;1,99;1957,05;23,96;принята;20.11.2026 15:07:00;Анна Петрова;"
    )
    assert anya.card.file is not None
    assert anya.card.file[0] == "quotes-2026-11.csv"
    assert anya.card.plain == "Котировки: 01.11.2026 – 30.11.2026, 1"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_and_side_has_its_row_in_the_order_of_time(chat: Chat, language: str) -> None:
    anya = Person(chat, OPERATOR, language=language)
    give(chat, at=NOW + timedelta(minutes=1), gets="500", state=QuoteState.DECLINED)
    give(chat, "2000", "USDT-THB", margin="+0.5", at=NOW - timedelta(hours=1))
    give(chat, at=NOW)
    anya.send("/export all csv")
    found = rows(made(chat, anya))
    assert [each["id"] for each in found] == ["Q-0002", "Q-0003", "Q-0001"]
    states = ["истекла", "открыта", "отклонена"] if language == "ru" else ["expired", "open", "declined"]
    assert [each["state"] for each in found] == states
    assert (found[0]["margin"], found[0]["decided"], found[0]["gets_currency"]) == ("0,5 THB", "", "THB")
    assert found[2]["gets"] == "500,00" or found[2]["gets"] == "500"


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+7 900 000", "-2", "@SUM(A1)", "\tcmd", "\rcmd", "\n=1", "＝1", "=cmd|' /C calc'!A0", '=HYPERLINK("x")'],
)
def test_no_name_is_a_formula(name: str) -> None:
    assert harmless(name) == f"'{name}"


@pytest.mark.parametrize("name", ["", "Иван", "О'Нил", "7 = 7", "«=»"])
def test_a_name_that_is_none_stays_as_it_is(name: str) -> None:
    assert harmless(name) == name


def test_what_people_call_themselves_runs_nowhere(chat: Chat, anya: Person) -> None:
    give(chat, client='=1+1;"x"', author=Author(COLLEAGUE, "@Boris"), state=ACCEPTED)
    anya.send("/export день csv")
    (row,) = rows(made(chat, anya))
    assert (row["client"], row["author"], row["decided_by"]) == ('\'=1+1;"x"', "'@Boris", "'@Boris")


def test_a_loss_is_a_number_and_no_formula(chat: Chat, anya: Person) -> None:
    quote = give(chat, "1000000", "USDT-IDR", margin="0.01%")
    earned = quote.terms.profit_rub
    content = io.BytesIO()
    write_csv([[earned, Decimal("-5.00"), Decimal("1E+3")]], content)
    assert content.getvalue().endswith(b";-5,00;1000\r\n")


def workbook(content: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [[cell.value for cell in line] for line in sheet.iter_rows()]


def test_a_workbook_has_numbers_and_moments_and_no_formulas(chat: Chat, anya: Person) -> None:
    give(chat, "100000.50", client="=1+1", state=ACCEPTED)
    anya.send("/export")
    anya.click("Сегодня")
    anya.click("XLSX")
    content = made(chat, anya)
    header, line = workbook(content)
    row = dict(zip(COLUMNS, line, strict=True))
    assert header[:2] == ["№", "Дана (Москва)"]
    assert (row["pays"], row["gets"], row["rate"]) == (100000.5, 1200.63, 83.29)
    assert (row["given"], row["client"]) == (datetime.fromisoformat("2026-11-20 15:04:00"), "'=1+1")
    assert (row["earned"], row["profit_rub"], row["requote_of"]) == (1.99, 1957.05, None)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    "text", ["0.1", "1200.62", "999999999999.99", "0.00477799", "205.19", "-0.01", "17248.35000000"]
)
def test_a_workbook_shows_exactly_the_digits_of_a_number(text: str) -> None:
    content = io.BytesIO()
    write_xlsx([["x"], [Decimal(text)]], content)
    sheet = zipfile.ZipFile(content).read("xl/worksheets/sheet1.xml").decode()
    shown = sheet.partition('r="A2"')[2].partition("<v>")[2].partition("</v>")[0]
    assert Decimal(shown) == Decimal(text)


def test_a_number_that_a_spreadsheet_would_change_stays_a_text() -> None:
    content = io.BytesIO()
    write_xlsx([["x"], [Decimal("1234567890.1234567")]], content)
    assert workbook(content.getvalue())[1] == ["1234567890.1234567"]


def test_without_the_package_there_is_csv_alone(chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_table, "XLSX_PACKAGE", "no_such_package")
    give(chat)
    anya.send("/export")
    anya.click("Все")
    assert anya.card.buttons == ["CSV"]
    assert "Только CSV" in anya.card.plain
    anya.press(f"export:xlsx.all:{OPERATOR:x}::0", anya.card)
    assert not chat.beside
    anya.click("CSV")
    assert len(rows(made(chat, anya))) == 1
    anya.send("/export all xlsx")
    assert anya.card.plain.startswith("⚠️ Только CSV")


def test_the_table_of_a_report_is_a_tap_away(chat: Chat, anya: Person) -> None:
    give(chat, at=NOW - timedelta(days=3), state=ACCEPTED)
    anya.send("/report неделя")
    report = anya.card
    anya.click("Таблицей")
    assert "Отчёт" in report.plain, "it stays to be read"
    anya.click("CSV")
    assert len(rows(made(chat, anya))) == 1
    assert "16.11.2026 – 22.11.2026" in anya.card.plain


def test_the_chat_goes_on_while_a_table_is_made(chat: Chat, anya: Person) -> None:
    give(chat)
    anya.send("/export all csv")
    making = anya.card
    assert making.plain == "⏳ Готовлю таблицу: все…"
    anya.send("/report")
    assert "Отчёт" in anya.card.plain
    made(chat, anya)
    assert making.plain == "Котировки: все, 1"


def test_where_nothing_was_given_there_is_no_file(chat: Chat, anya: Person) -> None:
    anya.send("/export вчера")
    chat.run_beside()
    assert anya.card.plain == "Котировок нет: 19.11.2026."
    assert anya.card.file is None
    assert Audit(chat.database).latest(9) == []


def test_what_is_too_much_for_a_file_is_cut_and_said(chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    for minute in range(4):
        give(chat, at=NOW + timedelta(minutes=minute))
    anya.send("/export all csv")
    assert [each["id"] for each in rows(made(chat, anya))] == ["Q-0001", "Q-0002"]
    assert "Это первые 2; остальные возьмите за более короткие периоды." in anya.card.plain


def test_a_table_that_cannot_be_made_is_said_to_be_so(
    chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setitem(exporting.FORMATS, "csv", fail)
    anya.send("/export all csv")
    chat.run_beside()
    assert anya.card.plain == "⚠️ Таблицу сделать не удалось, причина в логе."
    assert "table not made period=all form=csv" in caplog.text


def test_who_took_the_book_out_is_written_down(chat: Chat, anya: Person) -> None:
    give(chat)
    anya.send("/export 20.11 csv")
    made(chat, anya)
    (_, deed), *_ = Audit(chat.database).latest(1)
    assert (deed.by, deed.kind, deed.subject) == (OPERATOR, "book.exported", "day~2026-11-20")
    assert deed.details == {"form": "csv", "rows": "1"}


@pytest.mark.parametrize("text", ["год", "csv csv", "<b>"])
def test_what_is_no_period_is_said_to_be_none(anya: Person, text: str) -> None:
    anya.send(f"/export {text}")
    assert "не период" in anya.card.plain


def test_the_days_of_a_table_are_those_of_the_desk(chat: Chat, anya: Person) -> None:
    chat.zone = ZoneInfo("Asia/Dubai")
    chat.restart()
    give(chat, at=NOW.replace(hour=20, minute=30))  # 00:30 of the next day there
    anya.send("/export 21.11.2026 csv")
    (row,) = rows(made(chat, anya))
    assert row["given"] == "21.11.2026 00:30:00"


def test_only_an_owner_takes_the_book_out(chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    anya.send("/export")
    ask = anya.card
    Person(chat, STRANGER).send("/export")
    monkeypatch.setattr(chat.access, "role", lambda _: Role.OPERATOR)
    anya.click("Все", ask)
    assert ask.edits == 0
    anya.send("/export all csv")
    assert "владел" in anya.card.plain
    assert not chat.beside


def test_forged_buttons_do_nothing(chat: Chat, anya: Person) -> None:
    anya.send("/export")
    for arg in ("", "csv", "csv.", "pdf.all", "pick.year~2026-01-01", "ask.x"):
        anya.press(f"export:{arg}:{OPERATOR:x}::0", anya.card)
    assert (anya.card.edits, len(anya.messages), chat.beside) == (0, 1, [])
