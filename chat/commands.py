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
    owners_only: bool = False


COMMANDS = (
    Command("new", "open"),
    Command("q", "quick"),
    Command("admin_bot", "open"),
    Command("cancel", "cancel"),
    Command("rates", "rates"),
    Command("alert", "alert"),
    Command("settings", "settings"),
    Command("status", "status", owners_only=True),
    Command("help", "help"),
    Command("start", "start"),
)


def help_lines(texts: Texts, *, is_owner: bool) -> list[str]:
    """The commands of the one who asks."""
    mine = [each for each in COMMANDS if is_owner or not each.owners_only]
    return [f"/{each.name} — {texts(f'command.{each.name}')}" for each in mine]


def publish(bot: TeleBot) -> None:
    """Sets Telegram's menu in every language; English stands for all others. The menu shows, it grants nothing."""
    for language in LANGUAGES:
        texts = Texts(language)
        menu = [BotCommand(each.name, texts(f"command.{each.name}")) for each in COMMANDS]
        bot.set_my_commands(menu, language_code=None if language == "en" else language)
