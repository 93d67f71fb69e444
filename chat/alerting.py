"""/alert: makes, lists and deletes alerts by text and by buttons, and tells those that are due."""

import logging
from collections.abc import Callable
from functools import partial
from html import escape
from typing import Protocol

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException

from calc.alerts import Alert, Kind, Mode, Rule, parse
from calc.directions import Currency
from calc.errors import DeskError
from calc.numbers import NumberError
from calc.snapshots import Snapshot
from chat import formats, mistakes
from chat.alert_screens import NEXT, Face, ask_condition, ask_pair, overview, sentence, told
from chat.cards import Cards
from chat.delivery.errors import TransportError
from chat.dialogue import Decision, Dialogue, Place
from chat.features import Feature, Pressed, Said
from chat.screens import Screen
from chat.texts import Texts
from desk.access import Role
from desk.alert_book import AlertBook, Telling, TooManyAlerts
from desk.alert_reading import LEAST, LONGEST, MOST, SHORTEST, AlertOutOfRange, Part, UnreadableAlert, read

log = logging.getLogger(__name__)

TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500


class Modes(Protocol):
    """How each person is told of each kind."""

    def mode(self, user_id: int, kind: Kind, /) -> Mode: ...
    def set_mode(self, user_id: int, kind: Kind, mode: Mode, /) -> None: ...


class Alerting:
    """`seen` may be called by any thread; the rest runs in the order of a chat."""

    def __init__(
        self,
        bot: TeleBot,
        cards: Cards,
        *,
        book: AlertBook,
        modes: Modes,
        is_owner: Callable[[int], bool],
        allows: Callable[[int], bool],
        in_line: Callable[[int, Callable[[], None]], object],
    ) -> None:
        """`is_owner`: who is told how the bot itself is doing; `allows`: who may still see rates."""
        self._bot = bot
        self._cards = cards
        self._book = book
        self._modes = modes
        self._is_owner = is_owner
        self._allows = allows
        self._in_line = in_line

    @property
    def feature(self) -> Feature:
        return Feature({"alert": self.command}, {"alert": self.press}, least=Role.VIEWER)

    def command(self, said: Said) -> None:
        self._cards.send(said.place, self._read(said.place, said.arguments, said.language))

    def press(self, pressed: Pressed) -> None:
        verb, _, arg = pressed.arg.partition(".")
        place, face = pressed.place, Face(pressed.place.user_id, pressed.language)
        try:
            screen = self._pressed(place, verb, arg, face)
        except ValueError:  # a button that was never ours
            return
        self._cards.edit(place.chat_id, pressed.message_id, screen)

    def forget_of(self, owner: int) -> None:
        """None of somebody's alerts is told any more, in whichever chat."""
        self._book.remove_of(owner)

    def seen(self, snapshot: Snapshot) -> None:
        """Has those told, each in the order of its chat, that are due with an accepted snapshot."""
        for telling in self._book.seen(snapshot):
            try:
                self._in_line(telling.alert.chat_id, partial(self._tell, telling))
            except RuntimeError:  # a stop has begun; it was not kept as told, so it is due after the next start
                return

    def _pressed(self, place: Place, verb: str, arg: str, face: Face) -> Screen:
        if verb == "add":
            return ask_pair(face)
        if verb == "pair":
            currency = Currency(arg)
            return ask_condition(face, currency, self._book.value(f"{currency}/RUB"))
        if verb == "new":
            return self._add(place, parse(arg), face)
        notice = ""
        if verb == "delete":
            self._book.remove(place.chat_id, place.user_id, arg)
        elif verb == "mode":
            kind = Kind(arg)
            self._modes.set_mode(place.user_id, kind, NEXT[self._modes.mode(place.user_id, kind)])
        return self._overview(place, face, notice=notice)

    def _read(self, place: Place, text: str, language: str) -> Screen:
        face = Face(place.user_id, language)
        if not text:
            return self._overview(place, face)
        try:
            wanted = read(text)
        except (UnreadableAlert, AlertOutOfRange, NumberError) as error:
            return self._overview(place, face, notice=_mistake(error, place, language))
        if not isinstance(wanted, Part):
            return self._add(place, wanted, face)
        if wanted.currency is None:
            return ask_pair(face, wanted.rules)
        return ask_condition(face, wanted.currency, self._book.value(f"{wanted.currency}/RUB"))

    def _add(self, place: Place, rule: Rule, face: Face) -> Screen:
        texts = face.texts
        try:
            alert = self._book.add(
                rule, owner=place.user_id, chat_id=place.chat_id, thread_id=place.thread_id, language=face.language
            )
        except TooManyAlerts as error:
            return self._overview(place, face, notice=texts("alert.too_many", allowed=error.allowed))
        key = "alert.added" if alert.state.is_armed else "alert.added_beyond"
        return self._overview(place, face, notice=texts(key, rule=sentence(rule, texts)))

    def _overview(self, place: Place, face: Face, *, notice: str = "") -> Screen:
        kinds = list(Kind) if self._is_owner(place.user_id) else [Kind.PRICE]
        modes = [(kind, self._modes.mode(place.user_id, kind)) for kind in kinds]
        rules = [alert.rule for alert in self._book.of(place.chat_id, place.user_id)]
        return overview(face, rules, modes, notice=notice)

    def _tell(self, telling: Telling) -> None:
        alert = telling.alert
        mode = self._modes.mode(alert.owner, Kind.PRICE)
        if not self._allows(alert.owner):
            log.info("alert forgotten user_id=%d: no operator any more", alert.owner)
            self._forget(alert)
        elif mode is Mode.OFF or self._sent(telling, is_silent=mode is Mode.SILENT):
            self._book.told(telling)
            log.info("alert told user_id=%d rule=%s mode=%s", alert.owner, alert.rule, mode)

    def _sent(self, telling: Telling, *, is_silent: bool) -> bool:
        """Whether it is done with: told, perhaps told, or never to be."""
        alert = telling.alert
        text = told(telling, Texts(alert.language))
        try:
            self._bot.send_message(
                alert.chat_id, text, message_thread_id=alert.thread_id, disable_notification=is_silent
            )
        except TransportError as error:
            log.warning("alert not told user_id=%d: %s", alert.owner, error)
            if error.unsent:
                self._book.not_told(telling)
                return False
        except ApiTelegramException as error:
            log.warning("alert not told user_id=%d: %s", alert.owner, error.description)
            if error.error_code == TOO_MANY_REQUESTS or error.error_code >= SERVER_ERROR:
                self._book.not_told(telling)
            else:  # blocked, or thrown out: telling again changes nothing
                self._forget(alert)
            return False
        return True

    def _forget(self, alert: Alert) -> None:
        self._book.remove(alert.chat_id, alert.owner, str(alert.rule))


def _mistake(error: DeskError, place: Place, language: str) -> str:
    texts = Texts(language)
    if isinstance(error, AlertOutOfRange):
        return texts(
            "alert.out_of_range",
            least=formats.percent(LEAST, texts),
            most=formats.percent(MOST, texts),
            shortest=formats.span(SHORTEST, texts),
            longest=formats.span(LONGEST, texts),
        )
    if isinstance(error, UnreadableAlert):
        return texts("alert.unreadable", typed=escape(error.text[: mistakes.LONGEST_ECHO]))
    typing_a_rate = Dialogue(id="", owner=place.user_id, language=language, decision=Decision.TYPE)
    return mistakes.sentence(error, typing_a_rate)
