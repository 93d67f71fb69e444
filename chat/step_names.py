"""What a raw update is a step of: a command, a kind of button, a line that was typed."""

from typing import Any

from telebot.util import extract_command

from chat.commands import COMMANDS
from chat.presses import decode

NAMES = frozenset(each.name for each in COMMANDS)


def step_of(update: dict[str, Any]) -> str:
    """A name out of few, whatever somebody sends: nothing that was typed is in it."""
    query, message = update.get("callback_query"), update.get("message")
    if isinstance(query, dict):
        data = query.get("data")
        press = decode(data) if isinstance(data, str) else None
        return "press" if press is None else f"press {press.verb[:16]}"
    if isinstance(message, dict):
        text = message.get("text")
        if not isinstance(text, str):
            return "message without text"
        command = extract_command(text)
        if command is None:
            return "typed line"
        return f"/{command}" if command in NAMES else "/unknown"
    return next((kind for kind in update if kind != "update_id"), "unknown")[:32]
