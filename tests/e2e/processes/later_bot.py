"""The bot as a later version of it: its schema has moved on by a column with a default, an index and a table."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

import bot
from storage import migrations

LATER = (
    "ALTER TABLE quotes ADD COLUMN later TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE inbox ADD COLUMN later TEXT",
    "CREATE INDEX inbox_later ON inbox (later)",
    "CREATE TABLE later (name TEXT NOT NULL PRIMARY KEY)",
)

if __name__ == "__main__":
    migrations.migrate.__defaults__ = ((*migrations.MIGRATIONS, LATER),)
    sys.exit(bot.main())
