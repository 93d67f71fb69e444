"""Which messages show which quote, so that whichever process runs redraws them as its life goes on."""

from datetime import datetime

from calc.quote_cards import CardKind, Page, QuoteCard
from storage.database import Database
from storage.moments import to_text

KEEP = """
    INSERT INTO quote_cards (chat_id, message_id, number, language, kind, page, is_live, made_at)
    VALUES (?, ?, ?, ?, ?, ?, 1, ?)
    ON CONFLICT (chat_id, message_id) DO UPDATE SET
        number = excluded.number, language = excluded.language,
        kind = excluded.kind, page = excluded.page, is_live = 1"""
LIVE = """
    SELECT chat_id, message_id, number, language, kind, page FROM quote_cards
    WHERE is_live = 1 ORDER BY number LIMIT 10000"""
FIND = """
    SELECT chat_id, message_id, number, language, kind, page FROM quote_cards
    WHERE chat_id = ? AND message_id = ? LIMIT 1"""
END = "UPDATE quote_cards SET is_live = 0 WHERE chat_id = ? AND message_id = ?"
FORGET = "DELETE FROM quote_cards WHERE is_live = 0 AND made_at < ?"

Row = tuple[int, int, int, str, str, str]


class QuoteCards:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, card: QuoteCard, *, at: datetime) -> None:
        """It is to be redrawn from now on; what the message showed before is no matter."""
        row = card.chat_id, card.message_id, card.number, card.language, str(card.kind), str(card.page), to_text(at)
        with self._database.write() as connection:
            connection.execute(KEEP, row)

    def live(self) -> list[QuoteCard]:
        """Those that are to be redrawn, the oldest quotes first."""
        return [_card(row) for row in self._database.read().execute(LIVE)]

    def find(self, chat_id: int, message_id: int) -> QuoteCard | None:
        """What a message shows, also when it is not redrawn any more."""
        row: Row | None = self._database.read().execute(FIND, (chat_id, message_id)).fetchone()
        return None if row is None else _card(row)

    def end(self, card: QuoteCard) -> None:
        """It shows how its quote ended, or is gone."""
        with self._database.write() as connection:
            connection.execute(END, (card.chat_id, card.message_id))

    def forget_older_than(self, moment: datetime) -> int:
        """Forgets those that were made before and are not redrawn any more; returns how many."""
        with self._database.write() as connection:
            return connection.execute(FORGET, (to_text(moment),)).rowcount


def _card(row: Row) -> QuoteCard:
    chat_id, message_id, number, language, kind, page = row
    return QuoteCard(chat_id, message_id, number, language, CardKind(kind), Page(page))
