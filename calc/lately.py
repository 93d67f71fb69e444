"""What was just worked out is not worked out again: a step of a quote asks several times for the same rate and deal."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 128
"""Results of one function; when there are more all are forgotten."""


def lately(function: Callable[..., T]) -> Callable[..., T]:
    """The same pure function, which remembers what came of the very objects it was given. Any thread may call it.

    The same, not equal ones: 1000 and 1000.00 are equal, and a result may well be written as what it was made of.
    What it raises is not remembered.
    """
    held: dict[tuple[int, ...], tuple[tuple[Any, ...], T]] = {}

    @wraps(function)
    def call(*given: Any) -> T:
        key = tuple(map(id, given))
        found = held.get(key)
        if found is None:
            if len(held) >= MOST:
                held.clear()
            # What was given is held, too, so that no other object comes to have its id.
            found = held[key] = given, function(*given)
        return found[1]

    return call
