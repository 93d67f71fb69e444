"""How work gets to where it may wait, or to where it has its turn."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

from chat.dialogue import Place

Job = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Ways:
    """`beside` the chats, for what waits; `in_turn` in a chat's order, with an apology when it fails, in the language
    given; `in_line` in a chat's order, for notices that nobody asked for.

    Each raises RuntimeError when a stop has begun, but `in_turn`, which does nothing then.
    """

    beside: Callable[[Hashable, Job], None]
    in_turn: Callable[[Place, str, Job], None]
    in_line: Callable[[int, Job], object]


def only_for(may: Callable[[int], bool], ways: Ways) -> Ways:
    """The same ways, but what waited for its turn is dropped where the person may not see it any more."""

    def in_turn(place: Place, language: str, job: Job) -> None:
        def still() -> None:
            if may(place.user_id):
                job()

        ways.in_turn(place, language, still)

    return replace(ways, in_turn=in_turn)
