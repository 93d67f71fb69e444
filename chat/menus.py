"""Telegram's list of commands, made from the table: for strangers, for groups, and for each person by their role."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException
from telebot.types import BotCommand, BotCommandScope, BotCommandScopeAllGroupChats, BotCommandScopeChat

from chat.commands import COMMANDS, Command, of_role
from chat.delivery.errors import is_closed_to_us
from chat.languages import Languages
from chat.texts import LANGUAGES, Texts
from desk.access import Role

log = logging.getLogger(__name__)

FALLBACK = "en"
"""The language of those for whom there is no menu in their own."""


class Menus:
    """A menu shows, it grants nothing. Any thread may call; each call is one to Telegram for each language."""

    def __init__(self, bot: TeleBot, languages: Languages) -> None:
        self._bot = bot
        self._languages = languages

    def all(self, members: Mapping[int, Role]) -> list[Callable[[], object]]:
        """What publishes every menu, call by call."""
        people = [partial(self.for_person, user_id, role) for user_id, role in members.items()]
        return [self.for_strangers, self.for_groups, *people]

    def for_strangers(self) -> None:
        self._publish([each for each in COMMANDS if each.name == "start"], None)

    def for_groups(self) -> None:
        """What operators use there; a group has one menu for everybody in it."""
        self._publish(of_role(Role.OPERATOR), BotCommandScopeAllGroupChats())

    def for_person(self, user_id: int, role: Role | None) -> None:
        """In the language that they chose; None: a stranger from now on.

        Whoever never wrote to the bot, or has blocked it, has no menu: it comes with the next start.
        """
        try:
            if role is None:
                for code in _codes():
                    self._bot.delete_my_commands(BotCommandScopeChat(user_id), code)
            else:
                self._publish(of_role(role), BotCommandScopeChat(user_id), chosen=self._languages.language(user_id))
        except ApiTelegramException as error:
            if not is_closed_to_us(error):
                raise
            log.info("no menu for user_id=%d: %s", user_id, error.description)

    def _publish(
        self, commands: Sequence[Command], scope: BotCommandScope | None, *, chosen: str | None = None
    ) -> None:
        for language in LANGUAGES:
            texts = Texts(chosen or language)
            menu = [BotCommand(each.name, texts(f"command.{each.name}")) for each in commands]
            self._bot.set_my_commands(menu, scope, _code(language))


def _codes() -> list[str | None]:
    return [_code(language) for language in LANGUAGES]


def _code(language: str) -> str | None:
    return None if language == FALLBACK else language
