"""What was shown to choose from in other chats: kept, so that a card that was sent becomes the quote it promised."""

import json
from collections.abc import Sequence
from datetime import datetime

from calc.inline_offers import InlineOffer
from calc.kept import terms_from_data, terms_to_data
from storage.database import Database
from storage.moments import from_text, to_text
from storage.packing import pack, to_json, unpack

KEEP = """
    INSERT INTO inline_offers (id, author, line, terms, valid_until, offered_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING"""
FIND = "SELECT id, author, line, terms, valid_until FROM inline_offers WHERE id = ? LIMIT 1"
FORGET = "DELETE FROM inline_offers WHERE offered_at < ?"


class InlineOffers:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, offers: Sequence[InlineOffer], offered_at: datetime) -> None:
        """All of them in one transaction; one that is known stays as it is."""
        rows = [
            (
                each.id,
                each.author,
                each.line,
                to_json(pack(terms_to_data(each.terms))),
                to_text(each.valid_until),
                to_text(offered_at),
            )
            for each in offers
        ]
        with self._database.write() as connection:
            connection.executemany(KEEP, rows)

    def find(self, offer_id: str) -> InlineOffer | None:
        row = self._database.read().execute(FIND, (offer_id,)).fetchone()
        if row is None:
            return None
        known, author, line, terms, valid_until = row
        return InlineOffer(known, author, line, terms_from_data(unpack(json.loads(terms))), from_text(valid_until))

    def forget_older_than(self, moment: datetime) -> int:
        """Deletes what was offered before; returns how many."""
        with self._database.write() as connection:
            return connection.execute(FORGET, (to_text(moment),)).rowcount
