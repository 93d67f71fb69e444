"""Every cell of the table, from the socket to the sentence on the screen."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from chat.texts import Texts
from rates.breaker import State
from rates.errors import NoRate, NotConfirmed
from tests.chat.driver import OPERATOR, Chat, Person, open_chat
from tests.e2e.operator import figure
from tests.faults.lies import ENDLESS, TARGETS, tell
from tests.faults.table import ASKED_TIMES, CHAINS, Cell, cells, rows
from tests.faults.world import LiveBook, Rates, World, base_of

EN = Texts("en")
MOMENT_S = 5.0
"""No source is asked sooner again when nothing else is left."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World().running() as world:
        yield world


@pytest.fixture(scope="module")
def shared_chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    with open_chat(Path(tmp_path_factory.mktemp("desk")), book=LiveBook()) as chat:
        yield chat


class Desk:
    """One cell of the table at work: its source has the fault, those before it are blocked."""

    def __init__(self, cell: Cell, world: World, chat: Chat, stack: ExitStack) -> None:
        world.start_over()
        self.cell, self.world, self.chat = cell, world, chat
        self.anya = Person(chat, OPERATOR, language="en")
        self.port = stack.enter_context(world.closed_port()) if cell.fault == "refused connection" else None
        chain = next(chain for chain in CHAINS if cell.source in chain)
        self.rates = Rates(world, chain, urls={cell.source: self.port.url} if self.port else {})
        assert isinstance(chat.book, LiveBook)
        chat.book.rates = self.rates
        chat.now = world.utcnow()
        self._called_before = world.calls(cell.source)
        for source in cell.before:
            tell(world.faults, source, "451", now=world.utcnow())

    def break_source(self) -> None:
        self.rates.http[self.cell.source].is_hasty = self.cell.fault in ENDLESS
        if self.port is None:
            tell(self.world.faults, self.cell.source, self.cell.fault, now=self.world.utcnow())

    def mend_source(self) -> None:
        self.rates.http[self.cell.source].is_hasty = False
        if self.port is None:
            self.mend(self.cell.source)
        else:
            self.port.open()

    def break_others(self) -> None:
        for source in self.cell.after:
            tell(self.world.faults, source, "404", now=self.world.utcnow())

    def mend(self, *sources: str) -> None:
        for source in sources:
            self.world.faults.clear(TARGETS[source])

    def forward(self, seconds: float) -> None:
        self.world.seconds += seconds
        self.chat.now = self.world.utcnow()

    def ask_for_a_rate(self) -> str:
        """The screen, when the operator has chosen what the client pays and gets."""
        self.anya.send("/new")
        self.anya.click("RUB")
        self.anya.click("USDT" if "rapira" in (*self.cell.before, self.cell.source) else "THB")
        return self.screen()

    def try_again(self) -> str:
        self.anya.click("Try again")
        return self.screen()

    def screen(self) -> str:
        self.chat.run_beside()
        return re.sub(r"<[^>]+>", "", self.anya.card.plain)

    def turn(self) -> str | None:
        """What the refresher does: the source that served, None where none did."""
        with suppress(NoRate, NotConfirmed):
            return self.rates.book.refresh(self.rates.feed).source
        return None

    def state(self) -> State:
        return self.rates.state(self.cell.source).state

    @property
    def calls(self) -> int:
        return self.world.calls(self.cell.source) - self._called_before


@pytest.fixture
def desk(cell: Cell, world: World, shared_chat: Chat) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(cell, world, shared_chat, stack)


def each_cell(kind: str) -> pytest.MarkDecorator:
    chosen = [cell for cell in cells() if kind == ("held" if cell.is_held else "trouble" if cell.trouble else "fine")]
    return pytest.mark.parametrize("cell", chosen, ids=str)


def named(source: str) -> str:
    return re.sub(r"<[^>]+>", "", EN(f"source.{source}"))


def is_base(screen: str, source: str) -> bool:
    """Whether the rate on the screen is that of the source, to the eight digits that are shown."""
    return abs(figure(screen, "Base rate") / base_of(source) - 1) < Fraction(1, 10**7)


def assert_quoted(screen: str, source: str) -> None:
    """The rate of this source and no other, and its name beside it."""
    assert is_base(screen, source), screen
    lines = [line for line in screen.splitlines() if line.startswith(named(source))]
    assert lines, f"{named(source)!r} is not named in:\n{screen}"
    assert ("an index price, not the order book" in screen) == (source == "coingecko")


def assert_not_quoted(screen: str) -> None:
    assert screen.splitlines()[2:3] == [EN("no_rate")]
    assert "Base rate" not in screen


@each_cell("trouble")
def test_a_fault_is_told_and_left_alone_while_the_next_source_serves(desk: Desk, cell: Cell) -> None:
    desk.break_source()
    desk.break_others()
    turns = ASKED_TIMES[str(cell.trouble)]

    screen = desk.ask_for_a_rate()
    assert_not_quoted(screen)
    told = EN("no_rate.source", source=named(cell.source), trouble=EN(f"trouble.{cell.trouble}"))
    assert told in screen.splitlines()
    assert desk.calls == cell.calls, "nothing that cannot succeed is asked twice"
    assert desk.state() is (State.OPEN if turns == 1 else State.CLOSED)
    assert desk.rates.state(cell.source).trouble == cell.trouble

    desk.mend(*cell.after)
    desk.forward(MOMENT_S)
    screen = desk.try_again()
    if cell.after:
        assert_quoted(screen, cell.after[0])
    else:
        assert_not_quoted(screen)
    assert desk.calls == min(2, turns) * cell.calls

    desk.forward(MOMENT_S)
    served = desk.turn()
    assert served == (cell.after[0] if cell.after else None)
    assert desk.calls == turns * cell.calls
    assert desk.state() is State.OPEN
    assert desk.turn() == served
    assert desk.calls == turns * cell.calls, "a source that rests is not asked"
    until = desk.rates.state(cell.source).until
    began = desk.world.utcnow() - timedelta(seconds=0 if turns == 3 else 2 * MOMENT_S)
    assert until == began + timedelta(seconds=cell.rests_s)

    desk.mend_source()
    desk.forward((until - desk.world.utcnow()).total_seconds())
    assert desk.turn() == cell.source
    assert desk.state() is State.CLOSED
    assert desk.calls == turns * cell.calls + 1
    assert_quoted(desk.ask_for_a_rate(), cell.source)


@each_cell("fine")
def test_what_only_looks_like_a_fault_is_used_rightly(desk: Desk, cell: Cell) -> None:
    desk.break_source()
    desk.break_others()
    screen = desk.ask_for_a_rate()
    assert_quoted(screen, cell.source)
    assert desk.calls == cell.calls
    assert (desk.state(), desk.rates.state(cell.source).trouble) == (State.CLOSED, None)
    if (cell.source, cell.fault) == ("exchangerate-api", "of yesterday"):
        assert "35 h ago ⚠️" in screen


@each_cell("held")
def test_a_jump_is_not_quoted_until_the_next_fetch_finds_it_again(desk: Desk, cell: Cell) -> None:
    assert desk.turn() == cell.source
    desk.forward(600)
    desk.break_source()
    assert desk.turn() is None
    assert desk.calls == 1 + cell.calls
    assert desk.state() is State.CLOSED
    screen = desk.ask_for_a_rate()
    assert EN("refused").removeprefix("⛔ <b>").removesuffix("</b>") in screen
    assert "(+8 %), and nothing has confirmed it yet" in screen
    assert is_base(screen, cell.source), "the one before the jump"
    assert desk.anya.card.buttons[:3] == ["Try again", "Type the rate", "Quote anyway"]

    desk.forward(600)
    assert desk.turn() == cell.source
    assert desk.calls == 1 + 2 * cell.calls
    assert figure(desk.ask_for_a_rate(), "Base rate") / base_of(cell.source) == pytest.approx(1.08, abs=1e-4)


@pytest.mark.parametrize(
    ("cell", "minutes_ageing", "minutes_refused"),
    [
        (Cell("rapira", "404", "garbage", 1), 5, 30),
        (Cell("apilayer", "404", "garbage", 1), 26 * 60, 80 * 60),
    ],
    ids=str,
)
def test_with_no_source_left_the_last_good_rate_serves_within_its_age(
    desk: Desk, cell: Cell, minutes_ageing: int, minutes_refused: int
) -> None:
    assert desk.turn() == cell.source
    desk.break_source()
    desk.break_others()
    desk.forward(60 * minutes_ageing - 1)
    screen = desk.ask_for_a_rate()
    assert_quoted(screen, cell.source)
    assert "⚠️" not in screen
    desk.forward(1)
    screen = desk.ask_for_a_rate()
    assert_quoted(screen, cell.source)
    assert "ago ⚠️" in screen
    desk.forward(60 * (minutes_refused - minutes_ageing))
    screen = desk.ask_for_a_rate()
    assert "This rate is not quoted" in screen
    assert [line for line in screen.splitlines() if line.endswith("answered nonsense")] == [
        f"{named(source)}: answered nonsense" for source in (cell.source, *cell.after)
    ]
    assert desk.anya.card.buttons[:3] == ["Try again", "Type the rate", "Quote anyway"]


def test_the_table_has_a_column_for_every_source_of_the_chains() -> None:
    assert {source for _, row in rows() for source in row} == {source for chain in CHAINS for source in chain}
