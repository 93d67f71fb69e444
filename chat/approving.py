"""A second person's approval of what is beyond an operator's limits: asked for, decided by buttons, and told."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from telebot.apihelper import ApiTelegramException

from calc.approvals import Approval, Asked, Card, State
from calc.deal import Quote
from calc.team import Person
from chat import approval_screens as screens
from chat import formats, steps
from chat.alert_screens import Face
from chat.cards import Cards, without_buttons
from chat.clock import WallClock
from chat.delivery.errors import TransportError
from chat.dialogue import Dialogue, Place, from_data, to_data
from chat.features import Feature, Pressed
from chat.quotes import request_of
from chat.screens import Screen, result_lines
from chat.texts import Texts, language_of
from chat.ways import Ways
from desk.access import Role
from desk.approvals import Approvals, Standing
from desk.limits import exact

log = logging.getLogger(__name__)

FALLBACK = language_of(None)
DECISIONS = {screens.YES: State.APPROVED, screens.NO: State.REFUSED}


class AskedStore(Protocol):
    """Where each second person was asked."""

    def add_card(self, number: int, card: Card, /) -> None: ...
    def cards(self, number: int, /) -> Sequence[Card]: ...


class Approving:
    """`decided` shows the asker's card anew. `look` and `resume` may be called by any thread."""

    def __init__(
        self,
        cards: Cards,
        approvals: Approvals,
        *,
        store: AskedStore,
        language: Callable[[int], str | None],
        ways: Ways,
        decided: Callable[[Place, str], None],
        clock: WallClock,
    ) -> None:
        self._cards = cards
        self._approvals = approvals
        self._store = store
        self._language = language
        self._ways = ways
        self._decided = decided
        self._clock = clock
        self._asking: dict[int, set[int]] = {}

    @property
    def asking(self) -> int:
        """Requests that this process has asked somebody about, and that are not over."""
        return len(self._asking)

    @property
    def feature(self) -> Feature:
        return Feature(presses={screens.VERB: self.press}, least=Role.OPERATOR)

    def standing(self, dialogue: Dialogue) -> Standing | None:
        """How it stands with a result beyond the limits of its operator; None within them, and before a result."""
        if dialogue.step != steps.RESULT:
            return None
        quotes = steps.quotes_of(dialogue)
        anyway = steps.offer_of(dialogue).override is not None
        about = exact(quotes, reverse=dialogue.reverse, anyway=anyway)
        screen = None if dialogue.client_card else _screen_of(dialogue)
        return self._approvals.standing(dialogue.owner, quotes, about, screen=screen)

    def is_beyond(self, user_id: int, quote: Quote) -> bool:
        """Whether somebody needs a second person to give a quote."""
        return self._approvals.is_beyond(user_id, quote)

    def objection(self, user_id: int, quote: Quote, texts: Texts) -> str | None:
        """Why somebody may not give a quote just so; None where they may."""
        return texts("limit.elsewhere") if self.is_beyond(user_id, quote) else None

    def use(self, dialogue: Dialogue) -> bool:
        """Whether a result may go to the client; an approval is used up by it."""
        return self._approvals.use(self.standing(dialogue), _screen_of(dialogue), by=_asker(dialogue))

    def ask(self, place: Place, dialogue: Dialogue) -> None:
        """Asks everybody who may give such a quote; the same screen asks once. An earlier request is taken back."""
        quotes = steps.quotes_of(dialogue)
        asked = Asked(
            _asker(dialogue),
            place.chat_id,
            place.thread_id,
            dialogue.id,
            exact(quotes, reverse=dialogue.reverse, anyway=steps.offer_of(dialogue).override is not None),
            kept={"step": dialogue.step, "data": to_data(dialogue)},
        )
        for earlier in self._approvals.withdraw_earlier(asked):
            self._settle(earlier.number)
        approval = self._approvals.ask(_screen_of(dialogue), asked, quotes)
        log.info("approval asked id=%s by=%d", approval.id, approval.asked.asker.id)
        self._ask_around(approval)

    def take_back(self, dialogue: Dialogue) -> None:
        standing = self.standing(dialogue)
        approval = None if standing is None else standing.approval
        if approval is not None and self._approvals.withdraw(approval, by=_asker(dialogue)):
            self._settle(approval.number)

    def press(self, pressed: Pressed) -> None:
        verb, _, number = pressed.arg.partition(".")
        approval = self._approvals.find(int(number)) if number.isdecimal() else None
        if approval is None or verb not in DECISIONS:
            return
        by = Person(pressed.place.user_id, pressed.name)
        dialogue = _dialogue(approval)
        if dialogue is not None and self._approvals.decide(
            approval, DECISIONS[verb], by=by, quotes=steps.quotes_of(dialogue)
        ):
            log.info("approval decided id=%s by=%d as=%s", approval.id, by.id, DECISIONS[verb])
            self._tell(approval.number)
        self._show(approval.number, Card(pressed.place.chat_id, pressed.message_id), pressed.language)
        self._settle(approval.number, but=pressed.place.chat_id)

    def withdraw_of(self, user_id: int) -> None:
        """What somebody asked for, because they quote no more."""
        for approval in self._approvals.withdraw_of(user_id):
            self._settle(approval.number)

    def resume(self) -> None:
        """Asks those again whom a process that ended could not ask."""
        for approval in self._approvals.waiting():
            self._ask_around(approval)

    def look(self) -> None:
        """Ends what nobody has decided in time; to be called now and then."""
        for approval in self._approvals.expire():
            log.info("approval expired id=%s", approval.id)
            self._tell(approval.number)
            self._settle(approval.number)

    def _ask_around(self, approval: Approval) -> None:
        dialogue = _dialogue(approval)
        if dialogue is None:
            return
        asked = {card.chat_id for card in self._store.cards(approval.number)}
        asking = self._asking.setdefault(approval.number, set())
        for user_id in self._approvals.deciders(approval.asked.asker.id, steps.quotes_of(dialogue)):
            if user_id not in asked and user_id not in asking:
                asking.add(user_id)  # a press that is handled again asks nobody twice
                self._in_line(user_id, partial(self._send, approval.number, user_id))

    def _send(self, number: int, user_id: int) -> None:
        """To one person, unless it is decided by now."""
        approval = self._approvals.find(number)
        if approval is None or approval.state_at(self._clock.utcnow()) is not State.WAITING:
            return
        screen = self._screen(approval, user_id, self._language(user_id))
        card = self._cards.send(Place(user_id, user_id), screen)
        self._store.add_card(number, Card(user_id, card))
        log.info("approval shown id=%s user_id=%d", approval.id, user_id)

    def _settle(self, number: int, *, but: int | None = None) -> None:
        """How it ended, on everybody's card."""
        self._asking.pop(number, None)
        for card in self._store.cards(number):
            if card.chat_id != but:
                language = self._language(card.chat_id)
                self._in_line(card.chat_id, partial(self._show, number, card, language))

    def _show(self, number: int, card: Card, language: str | None) -> None:
        approval = self._approvals.find(number)
        if approval is not None:
            self._cards.edit(card.chat_id, card.message_id, self._screen(approval, card.chat_id, language))

    def _tell(self, number: int) -> None:
        """The asker: on the card that waits, and by a message that is heard."""
        approval = self._approvals.find(number)
        dialogue = None if approval is None else _dialogue(approval)
        if approval is None or dialogue is None:
            return
        place = Place(approval.asked.chat_id, approval.asked.asker.id, approval.asked.thread_id)
        texts, state = Texts(dialogue.language, self._clock.zone), approval.state_at(self._clock.utcnow())
        quote = formats.request(request_of(dialogue, steps.quotes_of(dialogue)), texts)
        text = screens.told(approval, state, quote, texts, now=self._clock.utcnow())

        def tell() -> None:
            self._decided(place, approval.asked.dialogue)
            self._cards.send(place, without_buttons(text))

        self._ways.in_turn(place, dialogue.language, tell)

    def _screen(self, approval: Approval, user_id: int, language: str | None) -> Screen:
        """As it stands now; in the asker's language for somebody who never chose one."""
        asker, now, dialogue = approval.asked.asker.id, self._clock.utcnow(), _dialogue(approval)
        if dialogue is None:
            return screens.decided(
                Face(user_id, language or FALLBACK, zone=self._clock.zone), approval, approval.state_at(now), ()
            )
        face = Face(user_id, language or dialogue.language, zone=self._clock.zone)
        result, state = result_lines(dialogue, face.texts, now=now), approval.state_at(now)
        if state is State.WAITING and user_id in self._approvals.deciders(asker, steps.quotes_of(dialogue)):
            return screens.request(face, approval, self._approvals.limits(asker), result, now=now)
        ended = state if approval.decided is None else approval.state
        return screens.decided(face, approval, ended, result)

    def _in_line(self, chat_id: int, job: Callable[[], None]) -> None:
        def safely() -> None:
            try:
                job()
            except (TransportError, ApiTelegramException) as error:  # has blocked the bot, or never started it
                log.warning("approval not shown user_id=%d: %s", chat_id, error)

        try:
            self._ways.in_line(chat_id, safely)
        except RuntimeError:
            log.warning("approval not shown user_id=%d: the bot is stopping", chat_id)


def _asker(dialogue: Dialogue) -> Person:
    return Person(dialogue.owner, dialogue.name)


def _screen_of(dialogue: Dialogue) -> str:
    return f"{dialogue.id}:{dialogue.screen}"


def _dialogue(approval: Approval) -> Dialogue | None:
    """As it was shown; None where another version wrote it down."""
    try:
        return from_data(approval.asked.kept["step"], approval.asked.kept["data"])
    except (KeyError, TypeError, ValueError) as error:
        log.warning("approval of another version id=%s: %r", approval.id, error)
        return None
