"""/settings: what each person chooses for themselves, which is the language."""

from collections.abc import Callable

from chat import settings_screen
from chat.cards import Cards
from chat.features import Feature, Pressed, Said
from chat.languages import Languages
from chat.texts import LANGUAGES
from desk.access import Role


class OwnSettings:
    def __init__(self, cards: Cards, languages: Languages, *, chosen: Callable[[int], None]) -> None:
        """`chosen` is called with the person who chose a language."""
        self._cards = cards
        self._chosen = chosen
        self._languages = languages

    @property
    def feature(self) -> Feature:
        return Feature({"settings": self.open}, {"language": self.choose}, least=Role.VIEWER)

    def open(self, said: Said) -> None:
        self._cards.send(said.place, settings_screen.render(said.place.user_id, said.language))

    def choose(self, pressed: Pressed) -> None:
        if pressed.arg in LANGUAGES:
            user_id = pressed.place.user_id
            self._languages.set_language(user_id, pressed.arg)
            screen = settings_screen.render(user_id, pressed.arg)
            self._cards.edit(pressed.place.chat_id, pressed.message_id, screen)
            self._chosen(user_id)
