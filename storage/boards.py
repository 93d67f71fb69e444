"""Which boards are pinned: one in a chat, found again after a restart."""

from dataclasses import dataclass

from storage.database import Database

ALL = "SELECT chat_id, message_id, owner, language FROM boards ORDER BY chat_id LIMIT 10000"
KEEP = """
    INSERT INTO boards (chat_id, message_id, owner, language) VALUES (?, ?, ?, ?)
    ON CONFLICT (chat_id) DO UPDATE SET
        message_id = excluded.message_id, owner = excluded.owner, language = excluded.language"""
FORGET = "DELETE FROM boards WHERE chat_id = ?"


@dataclass(frozen=True, slots=True)
class PinnedBoard:
    """Where it stands, who pinned it, and in which language it is."""

    chat_id: int
    message_id: int
    owner: int
    language: str


class PinnedBoards:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[PinnedBoard]:
        return [PinnedBoard(*row) for row in self._database.read().execute(ALL)]

    def keep(self, chat_id: int, message_id: int, *, owner: int, language: str) -> None:
        """In the place of another one of the chat."""
        with self._database.write() as connection:
            connection.execute(KEEP, (chat_id, message_id, owner, language))

    def forget(self, chat_id: int) -> None:
        with self._database.write() as connection:
            connection.execute(FORGET, (chat_id,))
