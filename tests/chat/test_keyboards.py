"""Buttons are made with less than telebot's own, and Telegram sees the same."""

import json

from telebot.types import InlineKeyboardButton, InlineKeyboardMarkup

from chat.dialogue import Dialogue
from chat.keyboards import Button, keyboard
from chat.presses import Press, decode

ROWS: list[list[Button]] = [
    [("2 %", "margin", "2"), ("1,5 %", "margin", "1.5")],
    [],
    [("RUB → USDT", "way", "RUB-USDT")],
    [("‹ Назад", "back", ""), ("Отмена", "cancel", "")],
]
DIALOGUE = Dialogue(id="1234abcd", owner=10_009, language="ru", screen=3)


def test_telegram_sees_what_telebots_own_would_show() -> None:
    markup = InlineKeyboardMarkup()
    for row in ROWS:
        markup.row(
            *(
                InlineKeyboardButton(
                    label, callback_data=Press(verb, arg, owner=10_009, dialogue="1234abcd", screen=3).encode()
                )
                for label, verb, arg in row
            )
        )

    assert json.loads(keyboard(DIALOGUE, ROWS).to_json()) == json.loads(markup.to_json())


def test_a_press_says_which_screen_of_whose_dialogue_it_belongs_to() -> None:
    [[button, *_], *_] = keyboard(DIALOGUE, ROWS).keyboard

    assert decode(button.callback_data) == Press("margin", "2", owner=10_009, dialogue="1234abcd", screen=3)


def test_a_button_has_what_every_button_of_telebot_has() -> None:
    [[button, *_], *_] = keyboard(DIALOGUE, ROWS).keyboard

    assert {name: getattr(button, name) for name in vars(InlineKeyboardButton("RUB"))} == vars(
        InlineKeyboardButton("2 %", callback_data=button.callback_data)
    )


def test_letters_travel_as_they_are() -> None:
    assert "Отмена" in keyboard(DIALOGUE, ROWS).to_json()


def test_a_button_of_telebot_may_stand_among_them() -> None:
    markup = keyboard(DIALOGUE, ROWS)
    markup.keyboard.append([InlineKeyboardButton("@", switch_inline_query="q")])

    assert json.loads(markup.to_json())["inline_keyboard"][-1] == [{"text": "@", "switch_inline_query": "q"}]
