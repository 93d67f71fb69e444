"""Who works at the desk: the team, the language of each, and the list of commands that Telegram shows them."""

import logging
from collections.abc import Callable, Mapping

from telebot.apihelper import ApiTelegramException

from chat.delivery.errors import TransportError
from chat.menus import Menus
from chat.office import Office
from chat.personal import Personal
from chat.team import TeamRoom
from desk.access import Role
from desk.team import Team

log = logging.getLogger(__name__)


class People:
    """`room` is where owners see to the team."""

    def __init__(
        self,
        office: Office,
        *,
        username: Callable[[], str | None],
        role_changed: Callable[[int, Role | None], object],
    ) -> None:
        """`username` is the bot's own, None while not known; `role_changed` has None for one who was removed."""
        self._access = office.access
        self._beside = office.ways.beside
        self._languages = office.stores.operators
        self._role_changed = role_changed
        self._menus = Menus(office.bot, office.stores.operators)
        self.team = Team(office.access, office.stores.members, utcnow=office.clock.utcnow, changed=self._changed)
        self.room = TeamRoom(
            office.cards,
            self.team,
            is_owner=office.access.is_owner,
            personal=Personal(office.bot, language=self.language_of, in_line=office.ways.in_line),
            username=username,
            clock=office.clock,
        )

    def names(self) -> Mapping[int, str]:
        """Of all who were ever let in, by id."""
        return self.team.people()

    def language_of(self, user_id: int) -> str | None:
        """The one somebody chose, or was answered in last."""
        return self._languages.language(user_id) or self.team.language_of(user_id)

    def menus(self) -> list[Callable[[], object]]:
        """What publishes Telegram's lists of commands, to be called one after the other."""
        return self._menus.all(self._access.members)

    def show_menu(self, user_id: int) -> None:
        """Publishes one person's list, beside the chats; to be called when their role or language has changed."""

        def show() -> None:
            try:
                self._menus.for_person(user_id, self._access.role(user_id))
            except (TransportError, ApiTelegramException) as error:
                log.warning("menu not shown user_id=%d: %s", user_id, error)

        self._beside(("menu", user_id), show)

    def _changed(self, user_id: int, role: Role | None) -> None:
        self.show_menu(user_id)
        self._role_changed(user_id, role)
