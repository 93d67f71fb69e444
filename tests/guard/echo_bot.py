"""The least that a bot on TeleBot can do: what it hears it says. With its defaults, threads and sessions of its own."""

import os
from typing import Any

from telebot import TeleBot, apihelper
from telebot.types import Message


def main() -> None:
    knobs: Any = apihelper  # telebot writes them down as None
    knobs.API_URL = os.environ["TELEGRAM_API_URL"] + "/bot{0}/{1}"
    bot = TeleBot(os.environ["BOT_TOKEN"])

    def echo(message: Message) -> None:
        bot.send_message(message.chat.id, message.text or "")

    bot.register_message_handler(echo)
    bot.infinity_polling(long_polling_timeout=10)


if __name__ == "__main__":
    main()
