"""The flow with TeleBot as it comes, but for one pooled session; threads as many as ours has."""

import os
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from telebot import TeleBot, apihelper
from telebot.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from tests.load.peers.deal import Cache
from tests.load.peers.flow import Flow, Rows

THREADS = 16


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


def main() -> None:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=2 * THREADS))
    session.trust_env = False
    knobs: Any = apihelper  # telebot writes them down as None
    knobs.CUSTOM_REQUEST_SENDER = session.request
    knobs.API_URL = os.environ["TELEGRAM_API_URL"] + "/bot{0}/{1}"
    bot = TeleBot(os.environ["BOT_TOKEN"], parse_mode="HTML", num_threads=THREADS)
    flow, people = Flow(Cache()), {int(each) for each in os.environ["ADMIN_IDS"].split(",")}

    def is_allowed(update: Message | CallbackQuery) -> bool:
        return update.from_user is not None and update.from_user.id in people

    def on_command(message: Message) -> None:
        screen = flow.open(message.chat.id)
        sent = bot.send_message(message.chat.id, screen.text, reply_markup=keyboard(screen.rows))
        flow.states[message.chat.id].card = sent.message_id

    def on_press(query: CallbackQuery) -> None:
        bot.answer_callback_query(query.id)
        message = query.message
        if message and query.data and (screen := flow.press(message.chat.id, query.data)):
            bot.edit_message_text(screen.text, message.chat.id, message.message_id, reply_markup=keyboard(screen.rows))

    def on_text(message: Message) -> None:
        if message.text and (screen := flow.typed(message.chat.id, message.text)):
            card = flow.states[message.chat.id].card
            bot.edit_message_text(screen.text, message.chat.id, card, reply_markup=keyboard(screen.rows))

    bot.register_message_handler(on_command, commands=["admin_bot"], func=is_allowed)
    bot.register_callback_query_handler(on_press, func=is_allowed)
    bot.register_message_handler(on_text, content_types=["text"], func=is_allowed)
    bot.infinity_polling(timeout=20, long_polling_timeout=10)


if __name__ == "__main__":
    main()
