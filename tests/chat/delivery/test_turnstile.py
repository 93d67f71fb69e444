"""That a flood costs nothing, that nobody else notices it, and that an operator loses nothing that was meant."""

import itertools
from typing import Any

import pytest

from chat.delivery import turnstile
from chat.delivery.turnstile import MOST_WAITING, STRANGERS_AT_ONCE, STRANGERS_REMEMBERED, Turnstile, Update
from tests.clocks import Clock

OPERATOR, COLLEAGUE, STRANGER = 1001, 1002, 2001


numbers = itertools.count(1)


def said(user_id: int, text: str = "hello", chat_id: int | None = None) -> Update:
    return {
        "update_id": next(numbers),
        "message": {"from": {"id": user_id}, "chat": {"id": chat_id or user_id}, "text": text},
    }


def pressed(user_id: int) -> Update:
    return {
        "update_id": next(numbers),
        "callback_query": {"from": {"id": user_id}, "message": {"chat": {"id": user_id}}},
    }


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[Update]:
    return []


@pytest.fixture
def answered() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def gate(clock: Clock, told: list[Update], answered: list[dict[str, Any]]) -> Turnstile:
    return Turnstile(
        {OPERATOR, COLLEAGUE}.__contains__,
        may_pair=lambda text: text.startswith("pair_"),
        tell=told.append,
        answer=answered.append,
        clock=clock,
    )


def test_a_stranger_is_let_in_once_for_words_and_once_for_presses(gate: Turnstile) -> None:
    assert gate.admits(said(STRANGER))
    assert gate.admits(pressed(STRANGER))
    assert not any(gate.admits(each) for _ in range(1000) for each in (said(STRANGER), pressed(STRANGER)))
    assert gate.refused == 2000


def test_a_stranger_is_let_in_again_after_an_hour_and_in_another_chat_at_once(gate: Turnstile, clock: Clock) -> None:
    assert gate.admits(said(STRANGER))
    assert gate.admits(said(STRANGER, chat_id=-500))
    clock.now += 3599
    assert not gate.admits(said(STRANGER))
    clock.now += 1
    assert gate.admits(said(STRANGER))


def test_many_strangers_together_are_let_in_at_a_bounded_rate(gate: Turnstile, clock: Clock) -> None:
    assert sum(gate.admits(said(number)) for number in range(5000, 6000)) == STRANGERS_AT_ONCE
    clock.now += 10
    assert sum(gate.admits(said(number)) for number in range(6000, 7000)) == 5
    assert gate.admits(said(OPERATOR)), "operators are not concerned"


def test_the_table_of_strangers_is_bounded_and_empties_with_time(gate: Turnstile, clock: Clock) -> None:
    for number in range(STRANGERS_REMEMBERED + 500):
        clock.now += 2
        gate.admits(said(10_000 + number))
    assert len(gate._seen_at) <= STRANGERS_REMEMBERED
    clock.now += 3600
    gate.admits(said(STRANGER))
    assert list(gate._seen_at) == [f"{STRANGER}/{STRANGER}/text"]


def test_the_table_of_strangers_holds_no_more_than_it_may_at_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turnstile, "STRANGERS_REMEMBERED", 3)
    gate = Turnstile(lambda _user_id: False, clock=clock)
    for number in range(10):
        gate.admits(said(10_000 + number))
    assert [name.partition("/")[0] for name in gate._seen_at] == ["10007", "10008", "10009"]


def test_who_brings_the_pairing_code_is_not_kept_out_by_an_earlier_word(gate: Turnstile) -> None:
    assert gate.admits(said(STRANGER))
    assert gate.admits(said(STRANGER, "pair_secret"))
    assert sum(gate.admits(said(STRANGER, "pair_guess")) for _ in range(1000)) == STRANGERS_AT_ONCE - 2


def test_an_operator_may_rush_as_long_as_the_bot_keeps_up(gate: Turnstile, told: list[Update]) -> None:
    for number in range(10_000):
        update = said(OPERATOR, str(number))
        assert gate.admits(update)
        gate.left(update["update_id"])
    assert told == []
    assert not gate._waiting
    assert not gate._waiting_of, "whoever has nothing waiting is not remembered"


def test_an_operator_who_outruns_the_bot_is_told_once_and_let_in_again_when_it_caught_up(
    gate: Turnstile, told: list[Update], answered: list[dict[str, Any]], clock: Clock
) -> None:
    first, *others = [said(OPERATOR) for _ in range(MOST_WAITING)]
    assert all(gate.admits(each) for each in (first, *others))
    assert not any(gate.admits(pressed(OPERATOR)) for _ in range(200))
    assert len(told) == 1
    assert len(answered) == 200, "no button goes on spinning"
    assert gate.admits(said(COLLEAGUE)), "nobody else is concerned"
    clock.now += 30
    assert not gate.admits(said(OPERATOR))
    assert len(told) == 2
    gate.left(first["update_id"])
    assert gate.admits(said(OPERATOR))


def test_an_update_that_could_not_be_kept_and_comes_again_counts_once(gate: Turnstile) -> None:
    update = said(OPERATOR)
    assert all(gate.admits(update) for _ in range(2 * MOST_WAITING))
    assert gate._waiting_of == {OPERATOR: 1}


def test_what_an_earlier_process_let_in_is_not_counted_here(gate: Turnstile) -> None:
    gate.left(7)
    assert sum(gate.admits(said(OPERATOR)) for _ in range(MOST_WAITING + 1)) == MOST_WAITING


@pytest.mark.parametrize(
    "update",
    [{"update_id": 1}, {"message": None}, {"message": {"from": 7}}, {"message": {"from": {"id": "x"}}}],
)
def test_what_names_nobody_is_let_in_and_left_to_the_handlers(gate: Turnstile, update: dict[str, Any]) -> None:
    assert gate.admits(update)
    gate.left(1)


@pytest.mark.parametrize("message", [{}, {"chat": 5}, {"message": 5}, {"text": 5}])
def test_a_strange_update_of_a_stranger_is_counted_all_the_same(gate: Turnstile, message: dict[str, Any]) -> None:
    update = {"message": {"from": {"id": STRANGER}, **message}}
    assert gate.admits(update)
    assert not gate.admits(update)


def typed_elsewhere(user_id: int) -> Update:
    return {
        "update_id": next(numbers),
        "inline_query": {"id": "1", "from": {"id": user_id}, "query": "1"},
    }


def test_an_operator_who_types_in_another_chat_is_never_left_aside_nor_counted(
    gate: Turnstile, told: list[Update]
) -> None:
    assert all(gate.admits(typed_elsewhere(OPERATOR)) for _ in range(10 * MOST_WAITING))
    assert gate.admits(said(OPERATOR))
    assert not told


def test_a_stranger_who_types_in_another_chat_is_answered_while_there_is_room_and_takes_nobodys(
    gate: Turnstile, clock: Clock
) -> None:
    assert sum(gate.admits(typed_elsewhere(STRANGER)) for _ in range(1000)) == STRANGERS_AT_ONCE
    assert gate.admits(said(STRANGER))
    clock.now += 2 / turnstile.STRANGERS_PER_S
    assert [gate.admits(typed_elsewhere(STRANGER)) for _ in range(3)] == [True, True, False]


class Windows:
    """Handed over from one process to the next."""

    def __init__(self, *noted: tuple[str, float]) -> None:
        self.told: list[str] = []
        self._noted = list(noted)

    def note(self, name: str) -> None:
        self.told.append(name)

    def noted(self) -> list[tuple[str, float]]:
        return self._noted


def test_whom_an_earlier_process_let_in_is_not_let_in_anew(clock: Clock) -> None:
    windows = Windows((f"{STRANGER}/{STRANGER}/text", 3000.0))
    gate = Turnstile(lambda _: False, windows=windows, clock=clock)
    assert not gate.admits(said(STRANGER))
    assert gate.admits(pressed(STRANGER))
    clock.now += 600
    assert gate.admits(said(STRANGER))
    assert windows.told == [f"{STRANGER}/{STRANGER}/press", f"{STRANGER}/{STRANGER}/text"]


def test_it_is_told_once_who_was_let_in(clock: Clock) -> None:
    windows = Windows()
    gate = Turnstile(lambda _: False, may_pair=lambda text: True, windows=windows, clock=clock)
    assert all(gate.admits(said(STRANGER, "pair_secret")) for _ in range(3))
    assert windows.told == [f"{STRANGER}/{STRANGER}/text"]
