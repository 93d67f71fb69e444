from datetime import date

from storage.database import Database
from storage.step_days import StepDay, StepDays

TODAY, YESTERDAY = date(2026, 11, 21), date(2026, 11, 20)


def test_a_day_comes_back_as_it_went_in_and_a_later_word_stands(database: Database) -> None:
    days = StepDays(database)
    first, later = StepDay(TODAY, "/new", 3, 4.125, 9.5, 12.0), StepDay(TODAY, "/new", 5, 4.0, 8.0, 12.0)

    days.keep([first, StepDay(TODAY, "amount", 1, 1.0, 1.0, 1.0)])
    assert days.of(TODAY)[0] == first
    days.keep([later])

    assert days.of(TODAY)[0] == later
    assert [each.step for each in days.of(TODAY)] == ["/new", "amount"]
    assert days.of(YESTERDAY) == []


def test_of_a_day_with_a_restart_the_longer_part_is_kept(database: Database) -> None:
    days, long = StepDays(database), StepDay(TODAY, "/new", 50, 4.0, 8.0, 12.0)

    days.keep([long])
    days.keep([StepDay(TODAY, "/new", 2, 1.0, 1.0, 1.0)])

    assert days.of(TODAY) == [long]


def test_what_is_long_past_is_forgotten(database: Database) -> None:
    days = StepDays(database)
    days.keep([StepDay(day, "/new", 1, 1.0, 1.0, 1.0) for day in (YESTERDAY, TODAY)])

    days.forget_before(TODAY)

    assert (days.of(YESTERDAY), len(days.of(TODAY))) == ([], 1)
