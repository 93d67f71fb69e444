"""The buttons under a screen, and who may press them."""

from collections.abc import Sequence

from telebot.types import InlineKeyboardButton, InlineKeyboardMarkup

from calc.quotes import name_of
from chat.dialogue import Dialogue
from chat.presses import Press

Button = tuple[str, str, str]
"""Label, verb, argument."""
OF_QUOTES = "quote"
"""The verb of the buttons about quotes that were given."""


def keyboard(dialogue: Dialogue, rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup:
    """Buttons that belong to this very screen of this dialogue."""
    markup = InlineKeyboardMarkup()
    for row in rows:
        markup.row(*(_button(dialogue, each) for each in row))
    return markup


def opening(number: int) -> Button:
    """Brings the card of a quote."""
    return name_of(number), OF_QUOTES, f"open.{number}"


def in_rows(buttons: Sequence[Button], width: int) -> list[Sequence[Button]]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def _button(dialogue: Dialogue, button: Button) -> InlineKeyboardButton:
    label, verb, arg = button
    press = Press(verb, arg, owner=dialogue.owner, dialogue=dialogue.id, screen=dialogue.screen)
    return InlineKeyboardButton(label, callback_data=press.encode())
