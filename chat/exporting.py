"""/export: the quotes of a time as a file for a spreadsheet, made beside the chat and written down in the audit."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from itertools import islice
from typing import Protocol

from calc.deeds import Deed
from calc.quotes import GivenQuote
from chat import export_table, formats
from chat.cards import Cards, File, without_buttons
from chat.clock import WallClock
from chat.dialogue import Dialogue
from chat.features import Feature, Pressed, Said
from chat.keyboards import Button, in_rows, keyboard
from chat.mistakes import LONGEST_ECHO
from chat.screens import Screen
from chat.texts import Texts
from chat.ways import Ways
from desk.access import Role
from desk.periods import Period, Span, read

log = logging.getLogger(__name__)

VERB = "export"
ALL = "all"
EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MOST_ROWS = 50_000
"""About 10 MB of CSV; a bot may send 50, and all of it is in memory once or twice."""
FORMATS = {"csv": export_table.write_csv, "xlsx": export_table.write_xlsx}


class WholeBook(Protocol):
    def given(self, since: datetime, until: datetime, /) -> Iterator[GivenQuote]:
        """All given from `since` on and before `until`, the earliest first."""


class Exporting:
    def __init__(
        self,
        cards: Cards,
        quotes: WholeBook,
        *,
        note: Callable[[Deed], object],
        ways: Ways,
        clock: WallClock,
        has_xlsx: Callable[[], bool] = export_table.has_xlsx,
    ) -> None:
        """`note` writes down who took the book out of the desk."""
        self._cards = cards
        self._quotes = quotes
        self._note = note
        self._ways = ways
        self._clock = clock
        self._has_xlsx = has_xlsx

    @property
    def feature(self) -> Feature:
        return Feature({"export": self.command}, {VERB: self.press}, least=Role.OWNER)

    def command(self, said: Said) -> None:
        """`/export`, `/export месяц`, `/export 21.11 xlsx`."""
        texts, words = self._texts(said), said.arguments.lower().split()
        form = words.pop() if words and words[-1] in FORMATS else ""
        period = read(" ".join(words), self._clock.today()) if words and words != [ALL] else None
        if not words:
            self._cards.send(said.place, self._ask(said, texts))
        elif period is None and words != [ALL]:
            typed = escape(said.arguments[:LONGEST_ECHO])
            self._cards.send(said.place, without_buttons(texts("export.unreadable", typed=typed)))
        elif form == "xlsx" and not self._has_xlsx():
            self._cards.send(said.place, without_buttons(texts("export.no_xlsx")))
        else:
            making = self._cards.send(said.place, without_buttons(texts("export.making", what=_what(period, texts))))
            self._make(said, period, form or "csv", message_id=making)

    def press(self, pressed: Pressed) -> None:
        verb, _, arg = pressed.arg.partition(".")
        try:
            period = None if arg == ALL else Period.parse(arg)
        except ValueError:  # a button that was never ours
            return
        texts = self._texts(pressed)
        if verb == "ask":  # under a report, which stays
            self._cards.send(pressed.place, self._ask_format(pressed, period, texts))
        elif verb == "pick":
            screen = self._ask_format(pressed, period, texts)
            self._cards.edit(pressed.place.chat_id, pressed.message_id, screen)
        elif verb in FORMATS and (verb != "xlsx" or self._has_xlsx()):
            making = without_buttons(texts("export.making", what=_what(period, texts)))
            self._cards.edit(pressed.place.chat_id, pressed.message_id, making)
            self._make(pressed, period, verb, message_id=pressed.message_id)

    def _ask(self, by: Said | Pressed, texts: Texts) -> Screen:
        today = self._clock.today()
        month = Period.of(Span.MONTH, today)
        periods = {
            "day": Period.of(Span.DAY, today),
            "week": Period.of(Span.WEEK, today),
            "month": month,
            "last_month": month.before,
            ALL: ALL,
        }
        buttons = [(texts(f"export_time.{name}"), VERB, f"pick.{each}") for name, each in periods.items()]
        return _screen(by, [texts("export.ask", zone=formats.city(texts))], *in_rows(buttons, 2))

    def _ask_format(self, by: Pressed, period: Period | None, texts: Texts) -> Screen:
        forms = [form for form in FORMATS if form != "xlsx" or self._has_xlsx()]
        lines = [texts("export.format", what=_what(period, texts))]
        if len(forms) < len(FORMATS):
            lines.append(texts("export.no_xlsx"))
        return _screen(by, lines, [(form.upper(), VERB, f"{form}.{period or ALL}") for form in forms])

    def _make(self, by: Said | Pressed, period: Period | None, form: str, *, message_id: int) -> None:
        """Beside the chat, which goes on meanwhile; the file comes in its turn."""
        texts, place = self._texts(by), by.place

        def make() -> None:
            try:
                content, count = self._file(period, form, texts)
            except Exception:  # whatever it was, the message must not say for ever that the table is being made
                log.exception("table not made period=%s form=%s", period or ALL, form)
                self._ways.in_turn(place, by.language, lambda: show(texts("export.failed")))
            else:
                self._ways.in_turn(place, by.language, lambda: deliver(content, count))

        def deliver(content: bytes, count: int) -> None:
            what, rows = _what(period, texts), formats.count(min(count, MOST_ROWS))
            if not count:
                show(texts("export.nothing", what=what))
                return
            said = texts("export.made_cut" if count > MOST_ROWS else "export.made", what=what, count=rows)
            details = {"form": form, "rows": str(min(count, MOST_ROWS))}
            self._note(Deed(self._clock.utcnow(), place.user_id, by.name, "book.exported", str(period or ALL), details))
            self._cards.send_file(place, File(f"quotes-{_slug(period)}.{form}", content), without_buttons(said))
            show(said)

        def show(text: str) -> None:
            self._cards.edit(place.chat_id, message_id, without_buttons(text))

        self._ways.beside((VERB, place), make)

    def _file(self, period: Period | None, form: str, texts: Texts) -> tuple[bytes, int]:
        """What is sent, and how many quotes there are, or one more than fit into it."""
        moments = EVER if period is None else period.moments(self._clock.zone)
        now, count, file = self._clock.utcnow(), 0, BytesIO()

        def rows() -> Iterator[list[export_table.Cell]]:
            nonlocal count
            yield list(export_table.header(texts))
            for count, quote in enumerate(islice(self._quotes.given(*moments), MOST_ROWS + 1), start=1):
                if count <= MOST_ROWS:
                    yield export_table.row(quote, texts, now=now)

        FORMATS[form](rows(), file)
        return file.getvalue(), count

    def _texts(self, by: Said | Pressed) -> Texts:
        return Texts(by.language, self._clock.zone)


def _screen(by: Said | Pressed, lines: Sequence[str], *rows: Sequence[Button]) -> Screen:
    """Its buttons belong to no dialogue and do not wear out."""
    nobody = Dialogue(id="", owner=by.place.user_id, language=by.language)
    return Screen("\n".join(lines), keyboard(nobody, rows))


def _what(period: Period | None, texts: Texts) -> str:
    if period is None:
        return texts("export.all")
    if period.span is Span.DAY:
        return f"{period.first:%d.%m.%Y}"
    return texts("export.period", first=f"{period.first:%d.%m.%Y}", last=f"{period.last:%d.%m.%Y}")


def _slug(period: Period | None) -> str:
    """`2026-11` for a month, the first day of a week."""
    if period is None:
        return ALL
    return period.first.isoformat()[:7] if period.span is Span.MONTH else period.first.isoformat()
