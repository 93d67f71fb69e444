from datetime import UTC, datetime, timedelta

from storage.database import Database
from storage.sent_copies import SentCopies


def test_the_last_copy_of_each_owner_is_known_and_of_the_others_none(database: Database) -> None:
    sent, at = SentCopies(database), datetime(2026, 11, 21, 1, tzinfo=UTC)

    sent.sent(1, at)
    sent.sent(1, at + timedelta(days=1))

    assert (sent.last(1), sent.last(2)) == (at + timedelta(days=1), None)
