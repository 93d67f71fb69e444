"""/backup: a copy of the database as a file in the owner's own chat, on demand and, when switched on, each night."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from html import escape
from typing import Protocol

from telebot.apihelper import ApiTelegramException

from calc.deeds import Deed
from calc.errors import DeskError
from chat import formats
from chat.cards import Cards, File, without_buttons
from chat.clock import WallClock
from chat.delivery.errors import TransportError, is_closed_to_us
from chat.dialogue import Place
from chat.features import Feature, Said
from chat.languages import Languages
from chat.texts import LANGUAGES, Texts
from chat.ways import Ways
from desk.access import Role

log = logging.getLogger(__name__)

AT_NIGHT = time(4)
"""By the clock of the desk, which sleeps then."""
LARGEST = 49_000_000
"""Telegram takes files of 50 MB from a bot."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A packed copy; `size` is that of the database in it, in bytes."""

    content: bytes = field(repr=False)
    size: int


class Sent(Protocol):
    """When an owner was last sent the copy of a night."""

    def last(self, owner: int, /) -> datetime | None: ...
    def sent(self, owner: int, at: datetime, /) -> None: ...


class Backups:
    """What is in a copy is for owners alone, so it goes to nobody's chat but their own."""

    def __init__(
        self,
        cards: Cards,
        *,
        copy: Callable[[], Copy],
        owners: Callable[[], Collection[int]],
        languages: Languages,
        sent: Sent,
        ways: Ways,
        failed: Callable[[Mapping[str, object] | None], object],
        note: Callable[[Deed], object],
        clock: WallClock,
    ) -> None:
        """`copy` raises DeskError or OSError; `failed` hears of each night why there was no copy, or that there was.

        `note` writes down who took everything out of the desk.
        """
        self._cards = cards
        self._copy = copy
        self._owners = owners
        self._languages = languages
        self._sent = sent
        self._ways = ways
        self._failed = failed
        self._note = note
        self._clock = clock

    @property
    def feature(self) -> Feature:
        return Feature({"backup": self.command}, least=Role.OWNER)

    def command(self, said: Said) -> None:
        """The copy follows when it is made; the chat is free meanwhile."""
        self._say(said.place, said.texts("backup.begun"))
        owner, texts = said.place.user_id, said.texts

        def tell(sentence: str) -> None:
            self._ways.in_turn(said.place, said.language, lambda: self._say(said.place, sentence))

        def make() -> None:
            try:
                self._send(owner, self._copy(), texts)
                self._note(Deed(self._clock.utcnow(), owner, said.name, "database.copied", "", {}))
            except (DeskError, OSError) as error:
                log.error("no copy for user_id=%d: %s", owner, error)  # noqa: TRY400  the reason is all there is to it
                tell(texts("backup.failed", reason=escape(str(error))))
            except (TransportError, ApiTelegramException) as error:
                log.warning("copy not sent user_id=%d: %s", owner, error)
                tell(texts("backup.not_sent"))

        self._ways.beside("backup", make)

    def look(self) -> None:
        """Sends the copy of the night to each owner who does not have it; called every few minutes.

        The first time it does so at once, so that whoever switches it on sees that it works.
        """
        now = self._clock.utcnow()
        night = last_night(now, self._clock.zone)
        due = [owner for owner in sorted(self._owners()) if self._is_due(owner, night)]
        if not due:
            return
        try:
            copy = self._copy()
        except (DeskError, OSError) as error:
            log.error("no copy this night: %s", error)  # noqa: TRY400  the reason is all there is to it
            self._failed({"reason": escape(str(error))})
            return
        self._failed(None)
        for owner in due:
            if self._deliver(owner, copy):
                self._sent.sent(owner, now)

    def _is_due(self, owner: int, night: datetime) -> bool:
        last = self._sent.last(owner)
        return last is None or last < night

    def _deliver(self, owner: int, copy: Copy) -> bool:
        """False where it may be tried again later."""
        try:
            chosen = self._languages.language(owner)
            # Which language Telegram has for somebody it tells only with what they write.
            self._send(owner, copy, *map(Texts, [chosen] if chosen else LANGUAGES))
        except ApiTelegramException as error:
            log.warning("copy of the night not sent user_id=%d: %s", owner, error.description)
            return is_closed_to_us(error)
        except TransportError as error:
            log.warning("copy of the night not sent user_id=%d: %s", owner, error)
            return False
        log.info("copy of the night sent user_id=%d bytes=%d", owner, len(copy.content))
        return True

    def _send(self, owner: int, copy: Copy, *languages: Texts) -> None:
        place, is_too_large = Place(owner, owner), len(copy.content) > LARGEST
        said = without_buttons("\n\n".join(_about(copy, each, is_too_large=is_too_large) for each in languages))
        if is_too_large:
            self._cards.send(place, said)
            return
        now = self._clock.utcnow().astimezone(self._clock.zone)
        file = File(f"desk-{now:%Y-%m-%d-%H%M}.db.gz", copy.content)
        self._cards.send_file(place, file, said)

    def _say(self, place: Place, text: str) -> None:
        self._cards.send(place, without_buttons(text))


def _about(copy: Copy, texts: Texts, *, is_too_large: bool) -> str:
    if is_too_large:
        return texts("backup.too_large", size=formats.in_bytes(len(copy.content), texts))
    return texts("backup.here", size=formats.in_bytes(copy.size, texts))


def last_night(now: datetime, zone: tzinfo) -> datetime:
    """The last moment at or before now at which a copy of the night is due."""
    here = now.astimezone(zone)
    tonight = here.replace(hour=AT_NIGHT.hour, minute=0, second=0, microsecond=0)
    return tonight if tonight <= here else tonight - timedelta(days=1)
