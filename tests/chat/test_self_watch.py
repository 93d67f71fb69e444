from collections.abc import Mapping

import pytest

from chat.formats import Size
from chat.self_watch import MANY, Reading, SelfWatch

WELL = Reading(has_rival=False, waiting=0, grown=None, nearly_full=None)


class Watched:
    def __init__(self) -> None:
        self.reading = WELL
        self.told: dict[str, Mapping[str, object] | None] = {}
        self.watch = SelfWatch(lambda: self.reading, self.told.__setitem__)

    def look(self, reading: Reading) -> dict[str, Mapping[str, object] | None]:
        self.told.clear()
        self.reading = reading
        self.watch.look()
        return dict(self.told)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_while_all_is_well_everything_is_said_to_be_over(watched: Watched) -> None:
    assert watched.look(WELL) == {"rival": None, "inbox": None, "memory": None, "disk": None}


def test_a_rival_is_told_when_it_stays(watched: Watched) -> None:
    rival = Reading(has_rival=True, waiting=0, grown=None, nearly_full=None)

    assert "rival" not in watched.look(rival)
    assert watched.look(rival)["rival"] == {}
    assert "rival" not in watched.look(rival)
    assert watched.look(WELL)["rival"] is None


def test_updates_that_pile_up_are_told_and_a_burst_is_not(watched: Watched) -> None:
    def waiting(count: int) -> dict[str, Mapping[str, object] | None]:
        return watched.look(Reading(has_rival=False, waiting=count, grown=None, nearly_full=None))

    assert "inbox" not in waiting(MANY + 50)
    assert "inbox" not in waiting(MANY - 10)
    assert "inbox" not in waiting(MANY)
    assert waiting(MANY + 20)["inbox"] == {"waiting": "120"}
    assert "inbox" not in waiting(MANY)
    assert waiting(3)["inbox"] is None


def test_memory_and_disk_are_told_with_their_sizes(watched: Watched) -> None:
    told = watched.look(Reading(has_rival=False, waiting=0, grown=(50, 90), nearly_full=7))

    assert told["memory"] == {"before": Size(50), "now": Size(90)}
    assert told["disk"] == {"free": Size(7)}
