"""The board has every direction once, and knows when it has to be shown anew."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.base import Price
from calc.directions import DIRECTIONS, Cross
from calc.snapshots import Feed
from desk.board import take
from desk.gate import Concern
from desk.quoting import Desk
from tests.chat.book import FIAT, NOW, USDT_RUB, Book


class Market:
    def __init__(self) -> None:
        self.book, self.now = Book(USDT_RUB, FIAT), NOW
        self.desk = Desk(self.book, price=Price.SIDE, cross=Cross.RUB, utcnow=lambda: self.now)

    @property
    def board(self) -> object:
        return take(self.desk.offer).face


@pytest.fixture
def market() -> Market:
    return Market()


def test_every_direction_stands_once_with_its_legs_and_the_peg(market: Market) -> None:
    board = take(market.desk.offer)
    assert [row.direction for row in board.rows] == list(DIRECTIONS)
    assert len(board.offers) == board.quotable == len(DIRECTIONS)
    assert [(leg.feed, leg.source, leg.side) for leg in board.legs] == [
        (Feed.USDT_RUB, "rapira", None),
        (Feed.FIAT, "cbr", None),
    ]
    assert board.peg is not None
    assert board.peg.quantize(Decimal("0.0001")) == Decimal("0.9907")


def test_a_direction_without_any_rate_stays_empty_and_says_nothing_of_the_peg(market: Market) -> None:
    del market.book.held[Feed.FIAT]
    board = take(market.desk.offer)
    assert [str(row.direction) for row in board.rows if row.offer] == ["RUB-USDT", "USDT-RUB"]
    assert board.peg is None
    assert board.quotable == 2


def test_a_refused_rate_stands_with_what_is_said_against_it_first(market: Market) -> None:
    market.book.held[Feed.USDT_RUB] = replace(USDT_RUB, source="coingecko")
    market.now += timedelta(minutes=31)
    board = take(market.desk.offer)
    assert len(board.offers) == len(DIRECTIONS)
    assert board.quotable == 6, "the fiat directions that RUB alone pays for"
    assert [(each.concern, each.refuses) for each in board.findings] == [
        (Concern.AGE, True),
        (Concern.INDICATIVE, False),
    ]


def test_the_face_changes_with_values_moments_and_the_gates_word_and_not_with_ages(market: Market) -> None:
    faces = [market.board]
    market.now += timedelta(minutes=4)
    assert market.board == faces[0]
    market.now += timedelta(minutes=2)
    faces.append(market.board)
    market.book.held[Feed.USDT_RUB] = replace(USDT_RUB, fetched_at=market.now)
    faces.append(market.board)
    market.book.held[Feed.USDT_RUB] = replace(USDT_RUB, fetched_at=market.now, ask=Decimal("81.70"))
    faces.append(market.board)
    del market.book.held[Feed.FIAT]
    faces.append(market.board)
    assert len(set(faces)) == 5
