"""Telegram as the chat has it: who calls it, how calls go out, how updates are handled, and in whose turn."""

from dataclasses import dataclass

from telebot import TeleBot

from chat.delivery.dispatcher import Dispatcher
from chat.delivery.sending import Sending
from chat.turns import Turns
from chat.updates import Updates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Telegram:
    """`bot` makes the calls; `beside` does what would hold a chat up."""

    bot: TeleBot
    sending: Sending
    updates: Updates
    turns: Turns
    beside: Dispatcher
