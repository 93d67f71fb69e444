"""Every sentence of the bot, in each language: a module for each part of the bot, with the same keys in both tables."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from chat.texts import (
    alarms,
    alerts,
    approvals,
    around,
    audit,
    backup,
    board,
    book,
    chart,
    client,
    debug,
    export,
    given,
    margins,
    mistakes,
    quoting,
    rates,
    refusals,
    report,
    status,
    team,
)

MOSCOW = ZoneInfo("Europe/Moscow")
"""The zone in which the Bank of Russia dates its tables, and a desk reads its clocks that says nothing else."""

LANGUAGES: dict[str, str] = {"ru": "Русский", "en": "English"}
"""The languages, each by its own name."""

PARTS = (
    alarms,
    alerts,
    approvals,
    around,
    audit,
    backup,
    board,
    book,
    chart,
    client,
    debug,
    export,
    given,
    margins,
    mistakes,
    quoting,
    rates,
    refusals,
    report,
    status,
    team,
)

TABLES: dict[str, dict[str, str]] = {
    "ru": {key: text for part in PARTS for key, text in part.RU.items()},
    "en": {key: text for part in PARTS for key, text in part.EN.items()},
}


class Texts:
    """The sentences in one language. Values are put in as HTML: escape what a person typed."""

    def __init__(self, language: str, zone: tzinfo = MOSCOW) -> None:
        """`zone` is the one in which moments are told."""
        self.language = language
        self.zone = zone
        self._table = TABLES[language]

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def __call__(self, key: str, /, **values: object) -> str:
        return self._table[key].format(**values)


def language_of(language_code: str | None) -> str:
    """The language for a Telegram `language_code` such as `ru` or `pt-br`: Russian for Russian, else English."""
    return "ru" if (language_code or "").lower().partition("-")[0] == "ru" else "en"
