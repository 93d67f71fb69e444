"""Given quotes as rows of a table, and the table as a file: CSV, or XLSX where the package for it is installed."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import IO

from calc.deal import shown
from calc.quotes import GivenQuote, name_of
from chat import formats
from chat.texts import Texts

Cell = str | Decimal | datetime | None
"""Text, a number, a moment in the desk's zone, or nothing."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With what a spreadsheet may take a text for something to calculate, or to run."""
XLSX_PACKAGE = "xlsxwriter"
EXACT_DIGITS = 15
"""Of a number in a spreadsheet; one with more would be another number there, so it stays a text."""
COLUMNS = (
    "id",
    "given",
    "author",
    "client",
    "pays",
    "pays_currency",
    "gets",
    "gets_currency",
    "rate",
    "rate_unit",
    "base",
    "margin",
    "earned",
    "profit_rub",
    "profit_usdt",
    "state",
    "decided",
    "decided_by",
    "requote_of",
)
WIDTHS = {"given": 18, "decided": 18, "author": 20, "client": 24, "rate_unit": 16, "decided_by": 20}


_RUSSIAN = Texts("ru")
"""A file is made for one program, whoever asks for it, so its numbers do not depend on a language."""


def has_xlsx() -> bool:
    """Whether the package that writes it is installed; importing it would cost everybody its memory."""
    return find_spec(XLSX_PACKAGE) is not None


def header(texts: Texts) -> list[str]:
    return [texts(f"column.{name}", zone=formats.city(texts)) for name in COLUMNS]


def row(quote: GivenQuote, texts: Texts, *, now: datetime) -> list[Cell]:
    """In the order of the columns. What people typed cannot be a formula."""
    terms = quote.terms
    base, decided = shown(terms.base, like=terms.rate), quote.decided_at
    return [
        quote.id,
        quote.given_at.astimezone(texts.zone),
        harmless(quote.author.name),
        harmless(quote.client),
        terms.pays,
        terms.direction.pays,
        terms.gets,
        terms.direction.gets,
        terms.rate.value,
        f"{terms.rate.of} / {terms.rate.per}",
        base.value,
        formats.margin(terms.margin, _RUSSIAN, terms.base).replace(formats.NBSP, " ").lstrip("+"),
        terms.earned_percent,
        terms.profit_rub,
        terms.profit_usdt,
        texts(f"state.{quote.state_at(now)}"),
        None if decided is None else decided.astimezone(texts.zone),
        harmless(quote.decided_name),
        None if quote.requote_of is None else name_of(quote.requote_of),
    ]


def harmless(typed: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before it says that it is one."""
    return f"'{typed}" if typed.startswith(FORMULA) else typed


def write_csv(rows: Iterable[Sequence[Cell]], file: IO[bytes]) -> None:
    """As a Russian Excel opens it by a double click: semicolons, decimal commas, and a mark that it is UTF-8."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(map(_written, each) for each in rows)
    text.detach()


def write_xlsx(rows: Iterable[Sequence[Cell]], file: IO[bytes]) -> None:
    """Numbers as numbers, moments as moments; the first row stays in view. Only where `has_xlsx`."""
    import xlsxwriter  # noqa: PLC0415 - an extra, and nine megabytes that few ever need

    # Row after row to the disk: a hundred thousand of them would take hundreds of megabytes otherwise.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(COLUMNS):
        sheet.set_column(column, column, WIDTHS.get(name, 12))
    for line, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, Decimal) and len(cell.as_tuple().digits) <= EXACT_DIGITS:
                sheet.write_number(line, column, float(cell))
            elif isinstance(cell, datetime):
                sheet.write_datetime(line, column, cell.replace(tzinfo=None), moment)
            elif cell:
                sheet.write_string(line, column, str(cell), None if line else bold)
    book.close()


def _written(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    return f"{cell:%d.%m.%Y %H:%M:%S}" if isinstance(cell, datetime) else cell or ""
