from datetime import UTC, datetime, timedelta, timezone

import pytest

from storage.moments import from_text, to_text, utc_now

MOMENT = datetime(2026, 11, 21, 9, 30, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("moment", [MOMENT, MOMENT.replace(microsecond=0), datetime.max.replace(tzinfo=UTC), utc_now()])
def test_a_moment_comes_back_as_it_was(moment: datetime) -> None:
    assert from_text(to_text(moment)) == moment


def test_moments_sort_as_text_whatever_their_zone() -> None:
    moscow = timezone(timedelta(hours=3))
    moments = [MOMENT, MOMENT.astimezone(moscow) + timedelta(microseconds=1), MOMENT + timedelta(seconds=1)]

    assert sorted(map(to_text, moments)) == [to_text(moment) for moment in moments]


def test_a_moment_without_a_zone_is_refused_both_ways() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        to_text(MOMENT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="needs a zone"):
        from_text("2026-11-21T09:30:00")
