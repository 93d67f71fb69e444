"""The simulated operators notice what a run must not do; no bot is at work here, the test says what it would say."""

from collections.abc import Iterator

import pytest

from sandbox.formatted import plain
from sandbox.messages import Message
from sandbox.stand import BOT, Sandbox
from tests.e2e import expected
from tests.load.cards import Screen, Wanted, mistakes
from tests.load.figures import Figures, spread_ms
from tests.load.operators import Operator

SOURCE = "Новая котировка\n\nЧто платит клиент?"
TARGET = "Новая котировка\n\nКлиент платит {pays}. Что он получает?"
MARGIN = "{pays} → {gets}\n\nКакая маржа? Выберите или напишите: 2"
AMOUNT = "{pays} → {gets}\n\nСколько {pays} платит клиент? Выберите или напишите: 1000"
RIGHT = (
    "RUB → USDT\n\nКлиент платит: 1 000 RUB\nКлиент получает: 12 USDT\n"
    "Курс сделки: 83,29 RUB за 1 USDT\n\nБаза: 81,66 RUB за 1 USDT\n"
    "Маржа: 2 %, после округлений 2,04 %\nПрибыль: 20,08 RUB · 0,24 USDT\n"
)
THOUSAND = Wanted("RUB", "USDT", "2", "1000")


class Desk:
    """One operator, and the test in the bot's place."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.figures = sandbox, Figures()
        self.person = sandbox.person(10_001)
        self.operator: Operator[Message] = Operator(
            self.person, self.figures, seed=1, rates=lambda _: expected.TODAY, was_cut=lambda _: self.cut
        )
        self.cut = False
        self.chat = sandbox.chats.chats[10_001]
        self.operator.begin()
        self.operator._wanted = THOUSAND

    def says(self, text: str, *buttons: str) -> bool:
        message = self.sandbox.chats.post(self.chat, BOT, said=plain(self._filled(text)), markup=_markup(buttons))
        return self.operator.saw(message)

    def changes(self, card: Message, text: str, *buttons: str) -> bool:
        changed = self.sandbox.chats.change(self.chat, card, said=plain(self._filled(text)), markup=_markup(buttons))
        return self.operator.saw(changed)

    @property
    def card(self) -> Message:
        return self.person.last()

    def until_result(self) -> None:
        assert self.says(SOURCE, "RUB", "USDT")
        for text, buttons in ((TARGET, ["USDT"]), (MARGIN, ["2 %"]), (AMOUNT, ["1 000"])):
            self.operator.act()
            assert self.changes(self.card, text, *buttons)
        self.operator.act()

    def _filled(self, text: str) -> str:
        return text.format(pays=THOUSAND.pays, gets=THOUSAND.gets)


def _markup(labels: tuple[str, ...]) -> dict[str, object]:
    return {"inline_keyboard": [[{"text": label, "callback_data": label} for label in labels]]} if labels else {}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Sandbox() as sandbox:
        yield Desk(sandbox)


def test_a_whole_quote_is_one_quote_and_five_steps(desk: Desk) -> None:
    desk.until_result()
    assert desk.changes(desk.card, RIGHT, "Новая котировка")
    report = desk.figures.report()
    assert (report["quotes"], report["steps"], report["examples"]) == (1, 5, {})
    assert desk.operator.awaits is None


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("12 USDT", "12,01 USDT"),
        ("83,29", "83,28"),
        ("за 1 USDT\n\n", "за 1 RUB\n\n"),
        ("20,08", "20,09"),
        ("2,04", "2,05"),
    ],
)
def test_a_result_that_is_off_by_one_is_wrong(desk: Desk, right: str, wrong: str) -> None:
    desk.until_result()
    desk.changes(desk.card, RIGHT.replace(right, wrong), "Новая котировка")
    assert desk.figures.counts["wrong"] == 1


def test_the_result_of_another_amount_is_out_of_order(desk: Desk) -> None:
    desk.until_result()
    desk.changes(desk.card, RIGHT.replace("1 000 RUB", "999 RUB"), "Новая котировка")
    assert desk.figures.counts["out_of_order"] == 1


def test_a_card_that_goes_back_is_out_of_order(desk: Desk) -> None:
    desk.until_result()
    assert not desk.changes(desk.card, TARGET, "USDT")
    assert desk.figures.counts["out_of_order"] == 1


def test_a_result_that_changes_later_is_out_of_order_but_may_grow_older_and_lose_its_buttons(desk: Desk) -> None:
    desk.until_result()
    desk.changes(desk.card, RIGHT + "Rapira · 1 с назад", "Новая котировка")
    desk.changes(desk.card, RIGHT + "Rapira · 9 с назад")
    assert desk.figures.counts["out_of_order"] == 0
    desk.changes(desk.card, RIGHT.replace("1 000 RUB", "2 000 RUB"))
    assert desk.figures.counts["out_of_order"] == 1


def test_a_second_card_and_a_second_result_are_doubled(desk: Desk) -> None:
    desk.says(SOURCE, "RUB", "USDT")
    assert desk.says(SOURCE, "RUB", "USDT")
    assert desk.figures.counts["doubled"] == 1
    desk.says(RIGHT)
    assert desk.figures.counts["doubled"] == 2


def test_a_second_card_of_a_bot_that_died_over_the_first_is_told_apart(desk: Desk) -> None:
    desk.cut = True
    desk.says(SOURCE, "RUB", "USDT")
    desk.says(SOURCE, "RUB", "USDT")
    assert (desk.figures.counts["doubled"], desk.figures.counts["ambiguous"]) == (0, 1)


def test_a_result_that_comes_below_because_what_was_typed_before_a_kill_counts_too_is_told_apart(desk: Desk) -> None:
    desk.until_result()
    desk.cut = True
    card = desk.card
    assert not desk.says(RIGHT, "Новая котировка")
    assert desk.changes(card, "Котировка продолжается в новой карточке ниже.")
    assert (desk.figures.counts["doubled"], desk.figures.counts["ambiguous"]) == (0, 1)
    assert desk.figures.counts["begun_again"] == 1


def test_a_screen_that_does_not_come_is_lost_and_tried_for_again(desk: Desk) -> None:
    desk.says(SOURCE, "RUB", "USDT")
    desk.operator.act()
    desk.operator.nudge()
    assert desk.figures.counts["lost"] == 1
    assert [query.data for query in desk.sandbox.unanswered()] == ["RUB", "RUB"]


def test_a_card_that_the_bot_does_not_know_any_more_is_begun_again(desk: Desk) -> None:
    desk.says(SOURCE, "RUB", "USDT")
    assert desk.changes(desk.card, SOURCE)
    desk.operator.act()
    assert desk.operator.awaits is Screen.SOURCE
    assert desk.figures.counts["begun_again"] == 1


def test_the_right_card_has_no_mistakes() -> None:
    with Sandbox() as sandbox:
        desk = Desk(sandbox)
        desk.says(RIGHT)
        assert mistakes(desk.card, THOUSAND) == []


def test_percentiles_are_of_what_was_measured() -> None:
    spread = spread_ms([each / 1000 for each in range(1, 101)])
    assert (spread["p50"], spread["p95"], spread["p99"], spread["longest"]) == (51.0, 96.0, 100.0, 100.0)
    assert spread_ms([]) == {}


def test_who_is_told_to_begin_anew_does_so(desk: Desk) -> None:
    desk.until_result()
    assert desk.says("Чтобы начать котировку, отправьте /new.")
    desk.operator.act()
    assert desk.operator.awaits is Screen.SOURCE
    assert desk.figures.counts["begun_again"] == 1
