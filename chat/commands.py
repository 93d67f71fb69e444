"""The commands: one table, from which the handlers, the help and Telegram's menus are made."""

from dataclasses import dataclass

from telebot import TeleBot
from telebot.types import BotCommand

from chat.texts import LANGUAGES, Texts
from desk.access import Role


@dataclass(frozen=True, slots=True)
class Command:
    """`least` is the role that may send it."""

    name: str
    least: Role = Role.OPERATOR


COMMANDS = (
    Command("new"),
    Command("q"),
    Command("admin_bot"),
    Command("cancel"),
    Command("rates", Role.VIEWER),
    Command("alert", Role.VIEWER),
    Command("settings", Role.VIEWER),
    Command("status", Role.OWNER),
    Command("help", Role.VIEWER),
    Command("start", Role.VIEWER),
)


def help_lines(texts: Texts, role: Role) -> list[str]:
    """The commands of one who has this role."""
    return [f"/{each.name} — {texts(f'command.{each.name}')}" for each in COMMANDS if role >= each.least]


def publish(bot: TeleBot) -> None:
    """Sets Telegram's menu in every language; English stands for all others. The menu shows, it grants nothing."""
    for language in LANGUAGES:
        texts = Texts(language)
        menu = [BotCommand(each.name, texts(f"command.{each.name}")) for each in COMMANDS]
        bot.set_my_commands(menu, language_code=None if language == "en" else language)
