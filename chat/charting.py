"""/chart: the course of a pair as a picture, or as its lowest, highest and last rate where none can be drawn."""

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from html import escape

from calc.directions import Currency
from calc.past import PAIRS, pair_of
from calc.rounding import floor_percent
from chat import chart_picture, formats
from chat.cards import Cards, File, without_buttons
from chat.chart_picture import Labels
from chat.clock import WallClock
from chat.delivery.newest import Newest
from chat.dialogue import Dialogue, Place
from chat.features import Feature, Pressed, Said
from chat.keyboards import Button, in_rows, keyboard
from chat.mistakes import LONGEST_ECHO
from chat.screens import Screen
from chat.texts import Texts
from desk.access import Role
from desk.charting import (
    LONGEST,
    PIXELS,
    SHORTEST,
    USUAL,
    ChartOutOfRange,
    Course,
    History,
    Point,
    UnreadableChart,
    course,
    read,
)

VERB = "chart"
SPANS = tuple(timedelta(days=days) for days in (1, 7, 30, 90))
AN_HOUR = timedelta(hours=1)
PICTURES_KEPT = 16
"""Of some forty kilobytes each."""


class Pictures:
    """Those that were drawn last. Any thread may call it; two that want the same new one each draw it."""

    def __init__(self, draw: Callable[..., bytes]) -> None:
        self._draw = draw
        self._lock = threading.Lock()
        self._kept = Newest[Hashable, bytes](PICTURES_KEPT)

    def picture(self, drawn: Course, labels: Labels, *, zone: tzinfo) -> bytes:
        length = drawn.end - drawn.begin
        # Within a pixel nobody sees that a picture is a moment old.
        pixel = (drawn.end - datetime(2020, 1, 1, tzinfo=drawn.end.tzinfo)) // (length / PIXELS)
        key = drawn.pair, length, drawn.last, labels.title, pixel
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            found = self._draw(drawn, labels, zone=zone)
        with self._lock:
            self._kept.put(key, found)
        return found


class Charting:
    def __init__(
        self,
        cards: Cards,
        history: History,
        *,
        clock: WallClock,
        draw: Callable[..., bytes] | None = None,
    ) -> None:
        """`draw` None: as well as what is installed can."""
        self._cards = cards
        self._history = history
        self._clock = clock
        if draw is None and chart_picture.has_pictures():
            draw = chart_picture.draw
        self._pictures = None if draw is None else Pictures(draw)

    @property
    def feature(self) -> Feature:
        return Feature({"chart": self.command}, {VERB: self.press}, least=Role.VIEWER)

    def command(self, said: Said) -> None:
        texts = self._texts(said)
        try:
            currency, span = read(said.arguments)
        except UnreadableChart:
            typed = escape(said.arguments[:LONGEST_ECHO])
            self._cards.send(said.place, self._ask(said.place, texts, USUAL, texts("chart.unreadable", typed=typed)))
        except ChartOutOfRange:
            limits = {"shortest": formats.span(SHORTEST, texts), "longest": formats.span(LONGEST, texts)}
            self._cards.send(said.place, without_buttons(texts("chart.out_of_range", **limits)))
        else:
            if currency is None:
                self._cards.send(said.place, self._ask(said.place, texts, span))
            else:
                self._show(said.place, texts, currency, span)

    def press(self, pressed: Pressed) -> None:
        """Brings another chart; a picture cannot become another one where it stands."""
        code, _, hours = pressed.arg.partition(".")
        try:
            currency, span = Currency(code), int(hours) * AN_HOUR
        except ValueError:  # a button that was never ours
            return
        if pair_of(currency) in PAIRS and SHORTEST <= span <= LONGEST:
            self._show(pressed.place, self._texts(pressed), currency, span)

    def _ask(self, place: Place, texts: Texts, span: timedelta, notice: str = "") -> Screen:
        lines = [*([notice, ""] if notice else []), texts("chart.ask"), texts("chart.or_type")]
        buttons = [(pair, VERB, _arg(Currency(pair.partition("/")[0]), span)) for pair in PAIRS]
        return _screen(place, texts, lines, in_rows(buttons, 2))

    def _show(self, place: Place, texts: Texts, currency: Currency, span: timedelta) -> None:
        drawn = course(self._history, currency, span, now=self._clock.utcnow())
        spans = [
            (texts("button.chart_span", span=formats.span(each, texts)), VERB, _arg(currency, each)) for each in SPANS
        ]
        said = {"pair": pair_of(currency), "span": formats.span(span, texts)}
        if drawn is None:
            self._cards.send(place, _screen(place, texts, [texts("chart.nothing", **said)], [spans]))
            return
        points = {"lowest": drawn.lowest, "highest": drawn.highest, "last": drawn.last}
        rates = formats.alike([each.rub for each in points.values()], texts)
        values = dict(zip(points, rates, strict=True))
        part = floor_percent(Fraction(drawn.last.rub) / Fraction(drawn.points[0].rub) - 1)
        caption = texts("chart.caption", **said, **values, part=formats.signed_percent(part, texts))
        if self._pictures is None:
            lines = [
                caption.partition("\n")[0],
                f"<pre>{self._table(points, values, texts)}</pre>",
                texts("chart.no_picture"),
            ]
            self._cards.send(place, _screen(place, texts, lines, [spans]))
            return
        labels = Labels(
            texts("chart.title", **said),
            lowest=texts("chart.lowest", value=values["lowest"]),
            highest=texts("chart.highest", value=values["highest"]),
            last=texts("chart.last", value=values["last"]),
            note=texts("chart.note", currency=currency, moment=self._moment(drawn.end), zone=formats.city(texts)),
            decimal_sign=texts("decimal_sign"),
        )
        picture = File(f"{currency}-RUB.png", self._pictures.picture(drawn, labels, zone=self._clock.zone))
        self._cards.send_picture(place, picture, _screen(place, texts, [caption], [spans]))

    def _table(self, points: Mapping[str, Point], values: Mapping[str, str], texts: Texts) -> str:
        told = {
            name: texts("chart.point", value=values[name], moment=self._moment(point.at))
            for name, point in points.items()
        }
        return texts("chart.table", **told)

    def _moment(self, value: datetime) -> str:
        return formats.second(value, self._clock.zone)[: -len(":00")]

    def _texts(self, by: Said | Pressed) -> Texts:
        return Texts(by.language, self._clock.zone)


def _screen(place: Place, texts: Texts, lines: Sequence[str], rows: Sequence[Sequence[Button]]) -> Screen:
    """Its buttons belong to no dialogue and do not wear out."""
    return Screen("\n".join(lines), keyboard(Dialogue(id="", owner=place.user_id, language=texts.language), rows))


def _arg(currency: Currency, span: timedelta) -> str:
    return f"{currency}.{span // AN_HOUR}"
