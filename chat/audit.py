"""/audit: what people did, page by page, of one person or about one thing."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Protocol

from calc.deeds import Area, Deed
from chat import audit_screens as screens
from chat.alert_screens import Face
from chat.audit_screens import Filter
from chat.cards import Cards, without_buttons
from chat.clock import WallClock
from chat.features import Feature, Pressed, Said
from chat.mistakes import LONGEST_ECHO
from chat.screens import Screen
from desk.access import Role

NEWEST = 2**62


class DeedStore(Protocol):
    """Nothing in it is ever changed."""

    def latest(
        self, limit: int, /, *, before: int, by: int | None, area: Area | None
    ) -> Sequence[tuple[int, Deed]]: ...


def is_named(typed: str, name: str, user_id: int) -> bool:
    """Whether somebody is meant by the beginning of a name, in whatever case, or by an id."""
    words = [name, *name.split()]
    return typed == str(user_id) or any(each.casefold().startswith(typed.casefold()) for each in words)


class AuditRoom:
    """Owners alone, in their private chats."""

    def __init__(
        self,
        cards: Cards,
        store: DeedStore,
        *,
        people: Callable[[], Mapping[int, str]],
        clock: WallClock,
    ) -> None:
        """`people` are the names of all who were ever let in, by id."""
        self._cards = cards
        self._store = store
        self._people = people
        self._clock = clock

    @property
    def feature(self) -> Feature:
        return Feature({"audit": self.command}, {screens.VERB: self.press}, least=Role.OWNER)

    def command(self, said: Said) -> None:
        if not said.place.is_private:
            self._cards.send(said.place, without_buttons(said.texts("audit.private")))
            return
        face = Face(said.place.user_id, said.language, zone=self._clock.zone)
        self._cards.send(said.place, self._of(said.arguments, face))

    def press(self, pressed: Pressed) -> None:
        face = Face(pressed.place.user_id, pressed.language, zone=self._clock.zone)
        verb, _, arg = pressed.arg.partition(".")
        try:
            chosen = Filter.parse(arg)
        except ValueError:  # a button that was never ours
            return
        if verb == "people":
            screen = screens.ask_who(face, chosen, self._people())
        elif verb == "areas":
            screen = screens.ask_area(face, chosen)
        else:
            screen = self._page(face, chosen)
        self._cards.edit(pressed.place.chat_id, pressed.message_id, screen)

    def _of(self, typed: str, face: Face) -> Screen:
        """The deeds of the person who is named, or the question which one is meant."""
        people = self._people()
        named = {user_id: name for user_id, name in people.items() if is_named(typed, name, user_id)}
        if not typed:
            return self._page(face, Filter())
        if len(named) == 1:
            return self._page(face, Filter(by=next(iter(named))))
        unknown = face.texts("audit.unknown", typed=escape(typed[:LONGEST_ECHO]))
        return screens.ask_who(face, Filter(), named or people, notice="" if named else unknown)

    def _page(self, face: Face, chosen: Filter) -> Screen:
        people = self._people()
        deeds = self._store.latest(screens.PAGE + 1, before=chosen.before or NEWEST, by=chosen.by, area=chosen.area)
        return screens.page(
            face, chosen, deeds, name_of=lambda user_id: people.get(user_id) or str(user_id), now=self._clock.utcnow()
        )
