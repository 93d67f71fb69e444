"""The commands: one table, from which the handlers, the help and Telegram's menu are made."""

from dataclasses import dataclass

from telebot import TeleBot
from telebot.types import BotCommand

from chat.texts import LANGUAGES, Texts


@dataclass(frozen=True, slots=True)
class Command:
    """`action` names the method that answers it."""

    name: str
    action: str


COMMANDS = (
    Command("new", "open"),
    Command("admin_bot", "open"),
    Command("cancel", "cancel"),
    Command("settings", "settings"),
    Command("help", "help"),
    Command("start", "start"),
)


def help_lines(texts: Texts) -> list[str]:
    return [f"/{each.name} — {texts(f'command.{each.name}')}" for each in COMMANDS]


def publish(bot: TeleBot) -> None:
    """Sets Telegram's menu in every language; English stands for all others. The menu shows, it grants nothing."""
    for language in LANGUAGES:
        texts = Texts(language)
        menu = [BotCommand(each.name, texts(f"command.{each.name}")) for each in COMMANDS]
        bot.set_my_commands(menu, language_code=None if language == "en" else language)
