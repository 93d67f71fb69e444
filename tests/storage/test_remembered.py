"""What was read is read once, until it changes; what is read while it changes is not kept."""

import pytest

from storage.remembered import Remembered


def test_a_value_is_read_once_also_where_there_is_none() -> None:
    remembered, read = Remembered[int, str | None](), list[int]()

    def load(key: int) -> str | None:
        read.append(key)
        return "ru" if key == 1 else None

    assert [remembered.read(key, load) for key in (1, 1, 2, 2)] == ["ru", "ru", None, None]
    assert read == [1, 2]


def test_after_a_change_it_is_read_again() -> None:
    remembered, kept = Remembered[int, str](), {1: "ru"}
    assert remembered.read(1, kept.__getitem__) == "ru"

    with remembered.changing():
        kept[1] = "en"

    assert remembered.read(1, kept.__getitem__) == "en"


def test_what_is_read_inside_a_change_may_be_taken_back() -> None:
    remembered = Remembered[int, str]()

    with remembered.changing():
        assert remembered.read(1, lambda _: "en") == "en"

    assert remembered.read(1, lambda _: "ru") == "ru"


def test_what_was_read_before_a_change_and_comes_after_it_is_not_kept() -> None:
    remembered = Remembered[int, str]()

    def slow(_: int) -> str:
        with remembered.changing():
            return "before"

    assert remembered.read(1, slow) == "before"
    assert remembered.read(1, lambda _: "after") == "after"


def test_a_transaction_that_failed_leaves_nothing_behind() -> None:
    remembered = Remembered[int, str]()
    with pytest.raises(ValueError, match="full"), remembered.changing():
        raise ValueError("full")

    assert remembered.read(1, lambda _: "ru") == "ru"
    assert remembered.read(1, lambda _: "en") == "ru"


def test_it_has_a_bound() -> None:
    remembered, read = Remembered[int, int](most=2), list[int]()

    def load(key: int) -> int:
        read.append(key)
        return key

    for key in (1, 2, 3, 1):
        assert remembered.read(key, load) == key
    assert read == [1, 2, 3, 1]
