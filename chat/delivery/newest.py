"""A table with a bound: what was put there longest ago makes room, and what is worthless by now goes before that."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Newest(OrderedDict[K, V]):
    """At most so many entries in the order in which they were put. Whoever uses it holds a lock of their own.

    It lets go of one for each that comes, so that neither costs more the longer it lives.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def put(self, key: K, value: V) -> None:
        """As the newest, whether it was there or not."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > self.most:
            self.popitem(last=False)

    def let_go(self, is_worthless: Callable[[V], bool]) -> None:
        """Of the oldest, until one is worth something; that is all of them where worth is lost in their order."""
        while self and is_worthless(next(iter(self.values()))):
            self.popitem(last=False)
