"""The screen of /rates: every direction without a margin, where that comes from, and what the gate says of it."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from decimal import Decimal
from itertools import groupby

from calc.deal import deal_rate
from calc.margins import Margin
from chat import formats
from chat.dialogue import Dialogue
from chat.findings import sentence
from chat.keyboards import Button, keyboard
from chat.screens import Screen
from chat.texts import Texts
from desk.board import Board, Row
from desk.gate import Concern, Finding

NO_MARGIN = Margin(Decimal(0))
LONGEST_CODE = 4
"""Letters: the rates of all currencies begin in one column."""


def render(  # each says something else about the same screen
    board: Board,
    owner: int,
    *,
    language: str,
    zone: tzinfo,
    now: datetime,
    is_pinned: bool,
    is_asking: bool = False,
    notice: str = "",
) -> Screen:
    """Its buttons belong to no dialogue and do not wear out; `is_asking`: the sources are being asked anew."""
    texts = Texts(language, zone)
    lines = [
        texts("rates.title", moment=formats.second(now, texts.zone), zone=formats.city(texts)),
        *(
            texts("rates.leg", feed=texts(f"feed.{leg.feed}"), leg=formats.leg(leg, texts, now=now))
            for leg in board.legs
        ),
    ]
    if board.peg is not None:
        lines.append(texts("peg", peg=formats.peg(board.peg, texts)))
    for pays, rows in groupby(board.rows, key=lambda row: row.direction.pays):
        table = "\n".join(_row(row, texts) for row in rows)
        lines += ["", texts("rates.pays", pays=pays), f"<pre>{table}</pre>"]
    lines += _said(board, texts)
    if notice:
        lines += ["", notice]
    if is_pinned:
        lines += ["", texts("rates.pinned")]
    if is_asking:
        lines += ["", texts("refreshing")]
    refresh: Button = texts("button.rates_refresh"), "rates", "refresh"
    pin: Button = texts("button.rates_pin"), "rates", "pin"
    unpin: Button = texts("button.rates_unpin"), "rates", "unpin"
    buttons = [refresh, unpin if is_pinned else pin]
    return Screen("\n".join(lines), keyboard(Dialogue(id="", owner=owner, language=language), [buttons]))


def _row(row: Row, texts: Texts) -> str:
    code = f"{row.direction.gets:<{LONGEST_CODE}}"
    if row.offer is None:
        none = texts("rates.none")
        return f"{code} {none}"
    marks = {_mark(finding) for finding in row.offer.findings}
    mark = next((f" {each}" for each in ("⛔", "⚠️") if each in marks), "")
    return f"{code} {formats.rate(deal_rate(row.offer.base, NO_MARGIN), texts)}{mark}"


def _said(board: Board, texts: Texts) -> Iterator[str]:
    """A leg that is ageing is marked where its age stands, so it is not said again."""
    for finding in board.findings:
        if finding.refuses or finding.concern is not Concern.AGE:
            yield f"{_mark(finding)} {sentence(finding, texts)}"


def _mark(finding: Finding) -> str:
    return "⛔" if finding.refuses else "⚠️"
