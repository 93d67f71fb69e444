"""/rates: the board, redrawn by a button, and by itself where it is pinned."""

import logging
import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from telebot.apihelper import ApiTelegramException

from calc.directions import Direction
from chat.board_screen import render
from chat.cards import Cards
from chat.clock import WallClock
from chat.delivery.errors import TransportError
from chat.dialogue import Place
from chat.features import Feature, Pressed, Said
from chat.screens import Screen
from chat.texts import Texts
from chat.ways import Ways
from desk.access import Role
from desk.board import take
from desk.offers import NoUsableRate, Offer

log = logging.getLogger(__name__)

ASKED = Direction.parse("RUB-USDT")
"""What a refresh asks the sources for: the market that changes from call to call."""
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500


class Pinned(Protocol):
    """A board that shows every change by itself; `owner` is who pinned it, one in each chat."""

    @property
    def chat_id(self) -> int: ...
    @property
    def message_id(self) -> int: ...
    @property
    def owner(self) -> int: ...
    @property
    def language(self) -> str: ...


class PinnedStore(Protocol):
    def all(self) -> Iterable[Pinned]: ...
    def keep(self, chat_id: int, message_id: int, *, owner: int, language: str) -> None: ...
    def forget(self, chat_id: int) -> None: ...


class Desk(Protocol):
    """`offer` answers out of memory, `refetch` waits; both raise NoUsableRate."""

    def offer(self, direction: Direction, /) -> Offer: ...
    def refetch(self, direction: Direction, /) -> Offer: ...


class Boards:
    """Any thread may call `look`; everything that touches a message runs in the order of its chat."""

    def __init__(
        self,
        cards: Cards,
        desk: Desk,
        *,
        store: PinnedStore,
        allows: Callable[[int], bool],
        ways: Ways,
        clock: WallClock,
    ) -> None:
        """`allows` says whether a person may still see rates."""
        self._cards = cards
        self._desk = desk
        self._store = store
        self._allows = allows
        self._ways = ways
        self._clock = clock
        self._lock = threading.Lock()
        self._pinned: dict[int, _Live] = {each.chat_id: _Live.of(each) for each in store.all()}

    @property
    def feature(self) -> Feature:
        return Feature({"rates": self.open}, {"rates": self.press}, least=Role.VIEWER)

    def open(self, said: Said) -> None:
        self._cards.send(said.place, self._screen(said.place.user_id, said.language, is_pinned=False))

    def press(self, pressed: Pressed) -> None:
        place, message_id, language = pressed.place, pressed.message_id, pressed.language
        if pressed.arg == "refresh":
            self._refresh(place, message_id, language)
        elif pressed.arg == "pin":
            self._pin(place, message_id, language)
        elif pressed.arg == "unpin":
            self._unpin(place.chat_id, message_id)
            self._show(place, message_id, language)

    def forget_of(self, owner: int) -> None:
        """None of the boards that somebody pinned follows the rates any more."""
        with self._lock:
            pinned = [each for each in self._pinned.values() if each.owner == owner]
        for live in pinned:
            log.info("board forgotten chat_id=%d: its owner is out of the team", live.chat_id)
            self._forget(live.chat_id)

    def look(self) -> None:
        """Has every pinned board redrawn on which something but the ages has changed; one that waits, once."""
        with self._lock:
            pinned = list(self._pinned.values())
        if not pinned:
            return
        face = take(self._desk.offer).face
        for live in pinned:
            if live.face != face and self._is_first_to_wait(live):
                try:
                    self._ways.in_line(live.chat_id, partial(self._redraw, live))
                except RuntimeError:
                    return  # a stop has begun

    def _refresh(self, place: Place, message_id: int, language: str) -> None:
        self._show(place, message_id, language, is_asking=True)

        def ask() -> None:
            notice = ""
            try:
                self._desk.refetch(ASKED)
            except NoUsableRate as error:
                notice = Texts(language)("notice.refresh_failed") if error.causes else ""
            except Exception:  # whatever it was, the board must not say for ever that it is being refreshed
                log.exception("rates not refreshed")
            self._ways.in_turn(place, language, lambda: self._show(place, message_id, language, notice=notice))

        self._ways.beside(("rates", place), ask)

    def _pin(self, place: Place, message_id: int, language: str) -> None:
        """In the place of another one of the chat, which is known until its last call is made: one may have to wait."""
        with self._lock:
            before = self._pinned.get(place.chat_id)
        if before is not None and before.message_id != message_id:
            self._cards.unpin(place.chat_id, before.message_id)
            self._cards.edit(
                place.chat_id, before.message_id, self._screen(before.owner, before.language, is_pinned=False)
            )
        self._store.keep(place.chat_id, message_id, owner=place.user_id, language=language)
        live = _Live(place.chat_id, message_id, place.user_id, language)
        with self._lock:
            self._pinned[place.chat_id] = live
        self._cards.pin(place.chat_id, message_id)
        self._show(place, message_id, language)

    def _unpin(self, chat_id: int, message_id: int) -> None:
        """It is forgotten last: a call that has to wait begins anew from here."""
        if self._is_pinned(chat_id, message_id):
            self._cards.unpin(chat_id, message_id)
            self._forget(chat_id)

    def _show(self, place: Place, message_id: int, language: str, *, is_asking: bool = False, notice: str = "") -> None:
        is_pinned = self._is_pinned(place.chat_id, message_id)
        screen = self._screen(place.user_id, language, is_pinned=is_pinned, is_asking=is_asking, notice=notice)
        self._cards.edit(place.chat_id, message_id, screen)

    def _redraw(self, live: "_Live") -> None:
        with self._lock:
            live.is_waiting = False
            if self._pinned.get(live.chat_id) is not live:
                return
        if not self._allows(live.owner):
            log.info("board forgotten chat_id=%d: its owner is no operator any more", live.chat_id)
            self._forget(live.chat_id)
            return
        face = take(self._desk.offer).face
        try:
            screen = self._screen(live.owner, live.language, is_pinned=True)
            is_there = self._cards.edit(live.chat_id, live.message_id, screen)
        except TransportError as error:
            log.info("board not redrawn chat_id=%d: %s", live.chat_id, error)
        except ApiTelegramException as error:
            log.info("board not redrawn chat_id=%d: %s", live.chat_id, error.description)
            if error.error_code < SERVER_ERROR and error.error_code != TOO_MANY_REQUESTS:
                self._forget(live.chat_id)  # blocked, or thrown out: asking again changes nothing
        else:
            live.face = face
            if not is_there:
                log.info("board forgotten chat_id=%d: its message is gone", live.chat_id)
                self._forget(live.chat_id)

    def _is_first_to_wait(self, live: "_Live") -> bool:
        with self._lock:
            was_waiting, live.is_waiting = live.is_waiting, True
        return not was_waiting

    def _is_pinned(self, chat_id: int, message_id: int) -> bool:
        with self._lock:
            live = self._pinned.get(chat_id)
        return live is not None and live.message_id == message_id

    def _forget(self, chat_id: int) -> None:
        self._store.forget(chat_id)
        with self._lock:
            self._pinned.pop(chat_id, None)

    def _screen(
        self, owner: int, language: str, *, is_pinned: bool, is_asking: bool = False, notice: str = ""
    ) -> Screen:
        return render(
            take(self._desk.offer),
            owner,
            language=language,
            zone=self._clock.zone,
            now=self._clock.utcnow(),
            is_pinned=is_pinned,
            is_asking=is_asking,
            notice=notice,
        )


@dataclass(slots=True)
class _Live:
    """A pinned board and what it shows; `face` None: nobody knows, as after a start."""

    chat_id: int
    message_id: int
    owner: int
    language: str
    face: Hashable = None
    is_waiting: bool = False

    @classmethod
    def of(cls, pinned: Pinned) -> "_Live":
        return cls(pinned.chat_id, pinned.message_id, pinned.owner, pinned.language)
