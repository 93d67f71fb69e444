"""What the database knows of copies of its dialogues elsewhere, and how a copy is written."""

import json

from storage.database import Database
from storage.dialogues import Dialogue

NAME = "dialogues"
KNOWN = "SELECT token, writes FROM dialogue_copies WHERE name = ? LIMIT 1"
BEGIN = """
    INSERT INTO dialogue_copies (name, token, writes) VALUES (?, ?, 1)
    ON CONFLICT (name) DO UPDATE SET token = excluded.token, writes = excluded.writes"""
COUNT = "UPDATE dialogue_copies SET writes = writes + 1 WHERE name = ? AND token = ? RETURNING writes"
FORGET = "DELETE FROM dialogue_copies WHERE name = ?"


def forsake(database: Database) -> None:
    """For a process that makes no copies: those of an earlier one will soon be out of date."""
    if database.read().execute(KNOWN, (NAME,)).fetchone() is not None:
        with database.write() as connection:
            connection.execute(FORGET, (NAME,))


def to_text(dialogue: Dialogue | None) -> str:
    return "" if dialogue is None else json.dumps([dialogue.state, dialogue.data], ensure_ascii=False)


def from_text(text: str) -> Dialogue | None:
    """What `to_text` wrote."""
    if not text:
        return None
    state, data = json.loads(text)
    return Dialogue(state, data)
