"""What a quote that was asked for in one line has beside the steps: the request, and the question about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from calc.lines import read_line
from calc.requests import Convention, Reading, Request


class Kind(StrEnum):
    DIRECTION = "direction"  # who pays what
    NUMBER = "number"  # how the digits and separators are meant
    FAR = "far"  # whether an amount unlike the usual ones is meant


@dataclass(frozen=True, slots=True)
class Asking:
    """A question over the step that the dialogue is at; `options` are the readings that each button leaves."""

    kind: Kind
    typed: str
    options: tuple[tuple[Reading, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A request as it was typed; `settled` is whether a convention of the desk decided what its numbers mean."""

    typed: str
    request: Request
    settled: bool = False


def asking_to_data(asking: Asking) -> list[Any]:
    return [str(asking.kind), asking.typed, [[_reading_to_data(each) for each in option] for option in asking.options]]


def asking_from_data(data: Sequence[Any]) -> Asking:
    """What `asking_to_data` wrote."""
    kind, typed, options = data
    return Asking(Kind(kind), typed, tuple(tuple(map(_reading_from_data, option)) for option in options))


def line_to_data(line: Line) -> list[Any]:
    return [line.typed, str(line.request), line.settled]


def line_from_data(data: Sequence[Any]) -> Line:
    """What `line_to_data` wrote."""
    typed, request, settled = data
    return Line(typed, _request(request), settled)


def _reading_to_data(reading: Reading) -> list[Any]:
    return [str(reading.request), [[separator, str(meant)] for separator, meant in reading.conventions]]


def _reading_from_data(data: Sequence[Any]) -> Reading:
    request, conventions = data
    return Reading(_request(request), tuple((separator, Convention(meant)) for separator, meant in conventions))


def _request(printed: str) -> Request:
    """A printed request reads as itself."""
    request = read_line(printed)
    if not isinstance(request, Request):
        raise TypeError(printed)
    return request
