"""A chart as a PNG, drawn with Pillow where that is installed: pure, from its points and labels to its bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from desk.charting import Course, Point

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
PACKAGE = "PIL"

FINER = 2
"""Everything is drawn so many times larger and then reduced, which smooths the line."""
WIDTH, HEIGHT = 960 * FINER, 540 * FINER
LEFT, RIGHT, TOP, BOTTOM = 110 * FINER, 40 * FINER, 84 * FINER, 84 * FINER
SMALL, LARGE = 17 * FINER, 26 * FINER
LINE, DOT = 2 * FINER, 5 * FINER

PAPER, INK, FAINT, GRID = "#ffffff", "#1d2430", "#6b7585", "#e3e7ee"
COURSE, LOWEST, HIGHEST = "#1f6feb", "#c0392b", "#1e8e4e"

ROWS, COLUMNS = 5, 6
"""How many lines of the grid there are about."""
STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
TICKS = (
    *(timedelta(minutes=count) for count in (10, 15, 30)),
    *(timedelta(hours=count) for count in (1, 2, 3, 6, 12)),
    *(timedelta(days=count) for count in (1, 2, 7, 14, 30, 61, 122)),
)


@dataclass(frozen=True, slots=True)
class Labels:
    """The words on a chart, in the language and in the numbers of the one who looks."""

    title: str
    lowest: str
    highest: str
    last: str
    note: str
    decimal_sign: str


def has_pictures() -> bool:
    """Whether Pillow is installed; TeleBot imports it wherever it is, so asking costs nothing more."""
    return find_spec(PACKAGE) is not None


def draw(course: Course, labels: Labels, *, zone: tzinfo) -> bytes:
    """Only where `has_pictures`."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - an extra

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    small, large = (ImageFont.truetype(str(FONT), size) for size in (SMALL, LARGE))
    scale = _Scale.of(course)
    pen.text((LEFT, TOP // 4), labels.title, fill=INK, font=large)
    pen.text((WIDTH - RIGHT, TOP // 4), labels.last, fill=COURSE, font=large, anchor="ra")
    for level in scale.levels:
        y = scale.y(level)
        pen.line([(LEFT, y), (WIDTH - RIGHT, y)], fill=GRID, width=FINER)
        pen.text(
            (LEFT - 10 * FINER, y),
            scale.label(level).replace(".", labels.decimal_sign),
            fill=FAINT,
            font=small,
            anchor="rm",
        )
    for moment in _ticks(course, zone):
        x = scale.x(moment)
        pen.line([(x, TOP), (x, HEIGHT - BOTTOM)], fill=GRID, width=FINER)
        label = f"{moment:%H:%M}" if course.end - course.begin <= timedelta(days=2) else f"{moment:%d.%m}"
        pen.text((x, HEIGHT - BOTTOM + 8 * FINER), label, fill=FAINT, font=small, anchor="ma")
    pen.line(_path(course, scale), fill=COURSE, width=LINE, joint="curve")
    _mark(pen, small, labels.highest, at=scale.place(course.highest), color=HIGHEST, above=True)
    _mark(pen, small, labels.lowest, at=scale.place(course.lowest), color=LOWEST, above=False)
    _dot(pen, (scale.x(course.end), scale.y(course.last.rub)), COURSE)
    pen.text((LEFT, HEIGHT - BOTTOM // 2), labels.note, fill=FAINT, font=small, anchor="lm")
    file = BytesIO()
    image.reduce(FINER).save(file, "PNG", compress_level=3)
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class _Scale:
    """From moments and rates to places on the paper."""

    begin: datetime
    length: timedelta
    levels: Sequence[Decimal]

    @classmethod
    def of(cls, course: Course) -> "_Scale":
        """Its levels are round numbers, the first below and the last above everything that is drawn."""
        lowest, highest = course.lowest.rub, course.highest.rub
        step = _step(lowest, highest)
        level = lowest // step * step
        if level == lowest:
            level -= step
        levels = [level]
        while levels[-1] <= highest:
            levels.append(levels[-1] + step)
        return cls(course.begin, course.end - course.begin, levels)

    def x(self, moment: datetime) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ((moment - self.begin) / self.length)

    def y(self, rub: Decimal) -> float:
        low, high = self.levels[0], self.levels[-1]
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * float((rub - low) / (high - low))

    def label(self, level: Decimal) -> str:
        """All of them with as many decimals as the finest needs."""
        decimals = max(_decimals(each) for each in self.levels)
        return f"{level:.{decimals}f}"

    def place(self, point: Point) -> tuple[float, float]:
        return self.x(point.at), self.y(point.rub)


def _step(lowest: Decimal, highest: Decimal) -> Decimal:
    """A round one: about as many of them as there are rows; a rate that never moved gets a little room."""
    room = max((highest - lowest) / ROWS, highest / 1000)
    power = Decimal(10) ** room.adjusted()
    return next(step * power for step in STEPS if step * power >= room)


def _decimals(level: Decimal) -> int:
    return len(f"{level.normalize():f}".partition(".")[2])


def _ticks(course: Course, zone: tzinfo) -> list[datetime]:
    """Round moments of the zone, not too many of them."""
    length = course.end - course.begin
    every = next((tick for tick in TICKS if length / tick <= COLUMNS + 1), TICKS[-1])
    tick = course.begin.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = []
    while tick <= course.end:
        if tick >= course.begin:
            ticks.append(tick)
        tick += every
    return ticks


def _path(course: Course, scale: _Scale) -> list[tuple[float, float]]:
    """A rate holds until the next one, so the line goes in steps."""
    path: list[tuple[float, float]] = []
    for point in course.points:
        x, y = scale.place(point)
        if path:
            path.append((x, path[-1][1]))
        path.append((x, y))
    return [*path, (scale.x(course.end), path[-1][1])]


def _mark(
    pen: "ImageDraw.ImageDraw",
    font: "ImageFont.FreeTypeFont",
    label: str,
    *,
    at: tuple[float, float],
    color: str,
    above: bool,
) -> None:
    """A dot with its label, which stays on the paper."""
    x, y = at
    _dot(pen, at, color)
    half = font.getlength(label) / 2
    x = min(max(x, LEFT + half), WIDTH - RIGHT - half)
    pen.text(
        (x, y - 2 * DOT if above else y + 2 * DOT),
        label,
        fill=color,
        font=font,
        anchor="ms" if above else "ma",
        stroke_width=2 * FINER,
        stroke_fill=PAPER,
    )


def _dot(pen: "ImageDraw.ImageDraw", at: tuple[float, float], color: str) -> None:
    x, y = at
    pen.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), fill=color)
