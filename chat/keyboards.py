"""The buttons under a screen, and who may press them."""

import json
from collections.abc import Sequence
from typing import Any

from telebot.types import InlineKeyboardButton, InlineKeyboardMarkup

from calc.quotes import name_of
from chat.dialogue import Dialogue
from chat.presses import ending

Button = tuple[str, str, str]
"""Label, verb, argument."""
OF_QUOTES = "quote"
"""The verb of the buttons about quotes that were given."""


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Keyboard(InlineKeyboardMarkup):
    """telebot's, with letters as they are in its JSON: it travels inside of another one, which would double escapes."""

    def to_json(self) -> str:
        return _encode(self.to_dict())  # type: ignore[no-untyped-call]  # telebot's


class _Button(InlineKeyboardButton):
    """One to be pressed and nothing else: a quote makes dozens, and telebot's own sets fourteen things of each."""

    url = web_app = switch_inline_query = switch_inline_query_current_chat = switch_inline_query_chosen_chat = None
    callback_game = pay = login_url = copy_text = icon_custom_emoji_id = style = disabled = None

    def __init__(self, text: str, callback_data: str) -> None:
        self.text = text
        self.callback_data = callback_data

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, "callback_data": self.callback_data}


def keyboard(dialogue: Dialogue, rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup:
    """Buttons that belong to this very screen of this dialogue."""
    end = ending(dialogue.owner, dialogue.id, dialogue.screen)
    markup = _Keyboard()
    markup.inline_keyboard = [
        [_Button(label, f"{verb}:{arg}:{end}") for label, verb, arg in row] for row in rows if row
    ]
    return markup


def opening(number: int) -> Button:
    """Brings the card of a quote."""
    return name_of(number), OF_QUOTES, f"open.{number}"


def in_rows(buttons: Sequence[Button], width: int) -> list[Sequence[Button]]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]
