"""Days, weeks and months are whole ones, in the zone of the desk."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk.periods import Period, Span, midnight, read

SATURDAY = date(2026, 11, 21)
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (Span.DAY, SATURDAY, SATURDAY),
        (Span.WEEK, date(2026, 11, 16), date(2026, 11, 22)),
        (Span.MONTH, date(2026, 11, 1), date(2026, 11, 30)),
    ],
)
def test_a_period_is_the_one_a_day_is_in(span: Span, first: date, last: date) -> None:
    period = Period.of(span, SATURDAY)
    assert (period.first, period.last) == (first, last)
    assert Period.of(span, last) == period


@pytest.mark.parametrize("span", list(Span))
@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2028, 2, 29), date(2026, 12, 31), date(2026, 1, 31)])
def test_periods_follow_one_another_without_a_gap(span: Span, day: date) -> None:
    period = Period.of(span, day)
    assert period.after.before == period == period.before.after
    assert period.last + timedelta(days=1) == period.after.first
    assert period.moments(MOSCOW)[1] == period.after.moments(MOSCOW)[0]


def test_a_day_begins_at_midnight_of_the_desk_whatever_the_clocks_do() -> None:
    assert Period.of(Span.DAY, SATURDAY).moments(MOSCOW) == (
        datetime(2026, 11, 20, 21, tzinfo=UTC),
        datetime(2026, 11, 21, 21, tzinfo=UTC),
    )
    begin, end = Period.of(Span.DAY, date(2026, 10, 25)).moments(ZoneInfo("Europe/Berlin"))
    assert end - begin == timedelta(hours=25)
    assert midnight(date(2026, 10, 25), ZoneInfo("Europe/Berlin")) == begin


@pytest.mark.parametrize("span", list(Span))
def test_a_period_comes_back_from_a_button(span: Span) -> None:
    period = Period.of(span, SATURDAY)
    assert Period.parse(str(period)) == period


@pytest.mark.parametrize(
    "text", ["", "day", "day~", "year~2026-01-01", "day~2026-02-30", "day~1999-01-01", "day~9999-12-31"]
)
def test_a_button_that_was_never_ours_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Period.parse(text)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("", Period(Span.DAY, SATURDAY)),
        ("сегодня", Period(Span.DAY, SATURDAY)),
        ("Вчера", Period(Span.DAY, date(2026, 11, 20))),
        ("неделя", Period(Span.WEEK, date(2026, 11, 16))),
        ("month", Period(Span.MONTH, date(2026, 11, 1))),
        ("3.11", Period(Span.DAY, date(2026, 11, 3))),
        ("24.12", Period(Span.DAY, date(2025, 12, 24))),
        ("24.12.2026", Period(Span.DAY, date(2026, 12, 24))),
        ("29.02", None),
        ("31.02.2026", None),
        ("01.01.1999", None),
        ("год", None),
        ("2026", None),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, period: Period | None) -> None:
    assert read(text, SATURDAY) == period
