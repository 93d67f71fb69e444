"""Every sentence of the bot, by language; the same keys in each."""

from chat.texts import en, ru

LANGUAGES: dict[str, str] = {"ru": "Русский", "en": "English"}
"""The languages, each by its own name."""

_TABLES = {"ru": ru.TEXTS, "en": en.TEXTS}


class Texts:
    """The sentences in one language. Values are put in as HTML: escape what a person typed."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._table = _TABLES[language]

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def __call__(self, key: str, /, **values: object) -> str:
        return self._table[key].format(**values)


def language_of(language_code: str | None) -> str:
    """The language for a Telegram `language_code` such as `ru` or `pt-br`: Russian for Russian, else English."""
    return "ru" if (language_code or "").lower().partition("-")[0] == "ru" else "en"
