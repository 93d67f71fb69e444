"""A pinned board is found again after a restart, one in each chat."""

from storage.boards import PinnedBoard, PinnedBoards
from storage.database import Database


def test_a_chat_has_one_board_the_one_pinned_last(database: Database) -> None:
    boards = PinnedBoards(database)
    boards.keep(1001, 7, owner=1001, language="ru")
    boards.keep(-100500, 9, owner=1002, language="en")
    boards.keep(1001, 8, owner=1001, language="en")
    assert boards.all() == [PinnedBoard(-100500, 9, 1002, "en"), PinnedBoard(1001, 8, 1001, "en")]


def test_a_forgotten_board_leaves_the_others_alone(database: Database) -> None:
    boards = PinnedBoards(database)
    boards.keep(1001, 7, owner=1001, language="ru")
    boards.keep(1002, 7, owner=1002, language="ru")
    boards.forget(1001)
    boards.forget(1001)
    assert [each.chat_id for each in boards.all()] == [1002]
