"""Which language a person is answered in."""

from typing import Protocol

from chat.texts import language_of


class Languages(Protocol):
    """The language each operator chose; None before a choice."""

    def language(self, user_id: int, /) -> str | None: ...
    def set_language(self, user_id: int, language: str, /) -> None: ...


def language_for(languages: Languages, user_id: int, language_code: str | None) -> str:
    """The one that was chosen, or else Telegram's."""
    return languages.language(user_id) or language_of(language_code)
