"""What happens in a chat: an operator opens a quote, presses, types and cancels, and one card follows along."""

import logging
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from telebot.apihelper import ApiTelegramException

from calc.directions import Currency, Direction
from calc.margins import Margin
from calc.numbers import NumberError
from calc.requests import LineError, Missing
from chat import screens, steps
from chat.approving import Approving
from chat.cards import Cards, without_buttons
from chat.clock import WallClock
from chat.deciding import Deciding
from chat.delivery.errors import TransportError
from chat.dialogue import Decision, Dialogue, Place
from chat.dialogues import Dialogues
from chat.giving import Giving
from chat.mistakes import sentence
from chat.presses import Press
from chat.quick import Quick
from chat.quotes import agreed_rate
from chat.rate_requests import Outcome, RateRequests
from chat.tariffs import as_of_now, told
from chat.texts import Texts
from desk.margins import DeskMargins, Whose
from desk.offers import NoUsableRate
from desk.quoting import Desk

log = logging.getLogger(__name__)

CARD_IS_FAR_UP = 4
"""With so many typed messages under it a card is out of sight on a phone; it is sent anew below them."""


class Memory(Protocol):
    """Where the margin is kept that each operator gave last, by direction."""

    def remember_margin(self, user_id: int, direction: Direction, margin: Margin, /) -> None: ...


class Conversation:
    """Called for one update of a chat at a time. Each method shows one screen."""

    def __init__(
        self,
        dialogues: Dialogues,
        cards: Cards,
        *,
        desk: Desk,
        memory: Memory,
        margins: DeskMargins,
        rates: RateRequests,
        deciding: Deciding,
        quick: Quick,
        giving: Giving,
        approving: Approving,
        clock: WallClock,
        new_id: Callable[[], str],
    ) -> None:
        self._dialogues = dialogues
        self._cards = cards
        self._desk = desk
        self._memory = memory
        self._margins = margins
        self._rates = rates
        self._deciding = deciding
        self._quick = quick
        self._giving = giving
        self._approving = approving
        self._clock = clock
        self._new_id = new_id
        self._under_way: set[tuple[Place, str, int]] = set()
        self._on: dict[str, Callable[[Dialogue, str], Dialogue]] = {
            "source": lambda dialogue, arg: steps.choose_source(dialogue, Currency(arg)),
            "target": lambda dialogue, arg: steps.choose_target(dialogue, Currency(arg), desk),
            "margin": lambda dialogue, arg: steps.choose_margin(dialogue, Margin.parse(arg), desk),
            "tariff": lambda dialogue, arg: self._choose_tariff(dialogue, Whose(arg)),
            "amount": lambda dialogue, arg: steps.choose_amount(dialogue, Decimal(arg), desk),
            "turn": lambda dialogue, _: steps.turn_round(dialogue),
            "client": lambda dialogue, _: steps.take_rate(dialogue, desk),
            "row": lambda dialogue, arg: steps.choose_amount(dialogue, Decimal(arg), desk),
            "option": quick.answer,
            "sure_amount": lambda dialogue, _: quick.sure(dialogue),
            "read_anew": lambda dialogue, _: quick.read_anew(dialogue),
            "retry": lambda dialogue, _: steps.take_rate(dialogue, desk),
            "re_amount": lambda dialogue, _: steps.other_amount(dialogue),
            "re_margin": lambda dialogue, _: steps.other_margin(dialogue),
            "refresh": lambda dialogue, _: steps.refresh(dialogue),
            "back": lambda dialogue, _: steps.marked_if_past(steps.back(dialogue), desk),
            "anyway": lambda dialogue, _: deciding.ask_why(dialogue),
            "why": lambda dialogue, arg: deciding.quote_anyway(dialogue, Texts(dialogue.language)(f"why.{arg}")),
            "type": lambda dialogue, _: deciding.ask_rate(dialogue),
            "sure": lambda dialogue, _: deciding.insist(dialogue),
            "sources": lambda dialogue, _: deciding.back_to_sources(dialogue),
        }

    def open(self, place: Place, *, language: str) -> None:
        """A new quote in a new card; the card of the last one keeps its text and loses its buttons."""
        before = self._dialogues.load(place)
        self._show(place, Dialogue(id=self._new_id(), owner=place.user_id, language=language))
        if before is not None:
            self._retire(place, before)

    def quote(self, place: Place, line: str, *, language: str, name: str) -> None:
        """A quote out of one line, in a new card; a line that is none is told why."""
        before = self._dialogues.load(place)
        fresh = Dialogue(id=self._new_id(), owner=place.user_id, language=language, name=name)
        try:
            after = self._quick.read(fresh, line)
        except (LineError, NumberError) as error:
            no_line = isinstance(error, LineError) and error.missing is Missing.ALL
            said = Texts(language)("idle") if no_line else sentence(error, fresh)
            self._cards.send(place, without_buttons(said))
            return
        self._advance(place, fresh, after)
        if before is not None:
            self._retire(place, before)

    def cancel(self, place: Place, *, language: str) -> None:
        """Ends the quote, a fetch under way included: what arrives later finds nobody waiting."""
        cancelled = Texts(language)("cancelled")
        dialogue = self._dialogues.load(place)
        self._dialogues.forget(place)
        if dialogue is None or dialogue.card is None:
            self._cards.send(place, without_buttons(Texts(language)("nothing_to_cancel")))
        elif dialogue.step == steps.RESULT:
            said = self._render(place, dialogue).text
            self._cards.show(place, without_buttons(f"{said}\n\n{cancelled}"), card=dialogue.card)
        else:
            self._cards.show(place, without_buttons(cancelled), card=dialogue.card)

    def type(self, place: Place, text: str, *, language: str, name: str) -> None:
        """In a group a result and the question why are left to the buttons: people talk there among themselves.

        In a private chat a whole request is a new quote, at whichever step but that of a decision.
        """
        dialogue = self._dialogues.load(place)
        if dialogue is None or (place.is_private and self._quick.is_request(dialogue, text)):
            self.quote(place, text, language=language, name=name)
        elif place.is_private or not (dialogue.step == steps.RESULT or dialogue.decision is Decision.ANYWAY):
            self._ask_again_if_forgotten(place, dialogue)
            below = replace(dialogue, language=language, name=name, typed=dialogue.typed + 1)
            if below.decision is not None:
                after = self._stepped(below, lambda now: self._deciding.said(now, text))
            else:
                objection = self._quick.objection(below, text) if place.is_private else None
                after = self._stepped(
                    below,
                    lambda now: (
                        self._quick.meant(steps.typed(now, text, self._desk))
                        if objection is None
                        else steps.noted(now, sentence(objection, now))
                    ),
                )
            self._advance(place, below, after)

    def press(self, place: Place, press: Press, *, message_id: int, language: str, name: str) -> None:
        """A press counts when its button is on the screen as it stands; any other only shows how things stand."""
        dialogue = self._dialogues.load(place)
        if dialogue is None or dialogue.id != press.dialogue or dialogue.card != message_id:
            if not self._giving.is_card(place, message_id):
                self._cards.strip(place.chat_id, message_id)
            return
        if (dialogue.language, dialogue.name) != (language, name):
            dialogue = replace(dialogue, language=language, name=name)
        if press.encode() not in self._render(place, dialogue).presses():
            self._ask_again_if_forgotten(place, dialogue)
            self._show(place, dialogue)
        elif press.verb == "cancel":
            self.cancel(place, language=language)
        elif press.verb == "new":
            self.open(place, language=language)
        elif press.verb == "client" and as_of_now(dialogue, self._margins) is dialogue:
            self._hand_over(place, dialogue)
        elif press.verb in ("ask", "unask"):
            self._ask_approval(place, dialogue, press.verb)
        else:
            if press.verb in ("amount", "margin"):
                self._quick.learn(dialogue, press.arg)
            after = self._stepped(dialogue, lambda now: self._on[press.verb](now, press.arg))
            self._advance(place, dialogue, after, asks=press.verb != "sure_amount")

    def rate_arrived(self, place: Place, waiting: Dialogue, outcome: Outcome) -> None:
        """What a fetch brought, for the screen that waits for it; a screen that moved on meanwhile stays as it is."""
        self._under_way.discard((place, waiting.id, waiting.screen))
        dialogue = self._dialogues.load(place)
        if dialogue is None or (dialogue.id, dialogue.screen) != (waiting.id, waiting.screen) or not dialogue.fetching:
            return
        if isinstance(outcome, NoUsableRate):
            self._show(place, steps.rate_failed(dialogue, outcome))
        else:
            after = self._stepped(dialogue, lambda now: steps.rate_arrived(now, outcome))
            self._show(place, self._quick.settled(after))

    def card_moved(self, place: Place, gone: int, anew: int) -> None:
        """The card was deleted while its last edit had to wait, and is there again below."""
        dialogue = self._dialogues.load(place)
        if dialogue is not None and dialogue.card == gone:
            self._dialogues.save(place, replace(dialogue, card=anew, typed=0))

    def covered(self, place: Place) -> None:
        """A screen of another part stands below the card: what is typed next is answered below, a press still on it."""
        dialogue = self._dialogues.load(place) if place.is_private else None
        if dialogue is not None and dialogue.typed < CARD_IS_FAR_UP - 1:
            self._dialogues.save(place, replace(dialogue, typed=CARD_IS_FAR_UP - 1))

    def decided(self, place: Place, dialogue_id: str) -> None:
        """Shows a card anew that waited for a second person; nothing where the operator has gone on to another."""
        dialogue = self._dialogues.load(place)
        if dialogue is not None and dialogue.id == dialogue_id and dialogue.step == steps.RESULT:
            self._show(place, dialogue.turn(fetching=dialogue.fetching))

    def step(self, place: Place) -> str | None:
        """Where the quote under way stands; None without one."""
        return self._dialogues.step(place)

    def is_closed(self, place: Place) -> bool:
        """Whether no quote is under way."""
        return self._dialogues.load(place) is None

    def expects_words(self, place: Place) -> bool:
        """Whether a question is open that is answered in words, and not by a number."""
        dialogue = self._dialogues.load(place)
        return dialogue is not None and dialogue.decision is Decision.ANYWAY

    def is_worn(self, place: Place, press: Press) -> bool:
        """Whether a press is surely of an older screen of the dialogue under way: then nothing will come of it."""
        dialogue = self._dialogues.load(place)
        return dialogue is not None and dialogue.id == press.dialogue and press.screen < dialogue.screen

    def _ask_approval(self, place: Place, dialogue: Dialogue, verb: str) -> None:
        if verb == "ask":
            self._approving.ask(place, dialogue)
        else:
            self._approving.take_back(dialogue)
        self._show(place, dialogue.turn())

    def _hand_over(self, place: Place, dialogue: Dialogue) -> None:
        """The client's card as a message of its own; never with a rate that moved on while the result stood there."""
        screen = dialogue.screen
        if not self._giving.has_begun(place, dialogue):
            if not self._desk.is_current(steps.offer_of(dialogue)):
                renewed = steps.take_rate(dialogue, self._desk)
                if renewed.step != steps.RESULT or not steps.is_the_same(renewed, dialogue):
                    self._advance(place, dialogue, renewed)
                    return
                dialogue = renewed
            if not self._approving.use(dialogue):
                self._show(place, dialogue.turn())
                return
        given = self._giving.give(place, dialogue, screen=screen)
        handed_over = self._giving.hand_over(place, dialogue, given)
        if handed_over.card is None:
            self._dialogues.save(place, handed_over)
            return
        try:
            self._show(place, handed_over)
        except (TransportError, ApiTelegramException) as error:
            # The client's card is out: whatever becomes of this one, a second press must not send another.
            log.warning("card not redrawn after the client's: %s", error)
            self._dialogues.save(place, handed_over)

    def _advance(self, place: Place, before: Dialogue, after: Dialogue, *, asks: bool = True) -> None:
        """Shows the next screen, remembers a margin that was chosen, and asks for a rate that is wanted.

        Unless it `asks`, an amount unlike the usual ones is meant; what this update remembers is kept at its end.
        """
        after = self._quick.settled(after) if asks else after
        by_hand = after.tariff is None and agreed_rate(after) is None
        if by_hand and after.margin is not None and after.margin != before.margin and after.direction is not None:
            self._memory.remember_margin(place.user_id, after.direction, after.margin)
        self._show(place, after)
        if after.fetching and after.screen != before.screen:
            self._ask(place, after)

    def _stepped(self, dialogue: Dialogue, step: Callable[[Dialogue], Dialogue]) -> Dialogue:
        """The next screen, made with what stands now of the margins that were chosen, and with a word on a change."""
        now = as_of_now(dialogue, self._margins)
        is_lost = dialogue.tariff is not None and now.tariff is None and now.step in (steps.AMOUNT, steps.RESULT)
        return told(dialogue, now, steps.take_rate(now, self._desk) if is_lost else step(now))

    def _choose_tariff(self, dialogue: Dialogue, whose: Whose) -> Dialogue:
        """The desk's margins, or the operator's own, as they stand; the same screen where they are gone meanwhile."""
        tariff = None
        if dialogue.direction is not None:
            tariff = self._margins.tariff(whose, dialogue.owner, dialogue.direction)
        return dialogue.turn() if tariff is None else steps.choose_margin(dialogue, tariff, self._desk)

    def _ask(self, place: Place, waiting: Dialogue) -> None:
        direction = waiting.direction
        if direction is not None:
            self._under_way.add((place, waiting.id, waiting.screen))
            self._rates.request(
                place,
                direction,
                again=waiting.base is not None,
                language=waiting.language,
                then=lambda outcome: self.rate_arrived(place, waiting, outcome),
            )

    def _ask_again_if_forgotten(self, place: Place, dialogue: Dialogue) -> None:
        """A fetch that ended with the process, or whose outcome could not be shown, is begun anew."""
        if dialogue.fetching and (place, dialogue.id, dialogue.screen) not in self._under_way:
            self._ask(place, dialogue)

    def _render(self, place: Place, dialogue: Dialogue) -> screens.Screen:
        view = screens.View(
            self._clock.utcnow(),
            self._margins,
            user_id=place.user_id,
            standing=self._approving.standing,
            zone=self._clock.zone,
        )
        return screens.render(dialogue, view)

    def _show(self, place: Place, dialogue: Dialogue) -> None:
        screen = self._render(place, dialogue)
        far_up = dialogue.card if dialogue.typed >= CARD_IS_FAR_UP else None
        if far_up is None:
            card = self._cards.show(place, screen, card=dialogue.card)
            shown = dialogue if card == dialogue.card else replace(dialogue, card=card)
        else:
            shown = replace(dialogue, card=self._cards.send(place, screen), typed=0)
            self._put_away(place, far_up, Texts(dialogue.language)("replaced"))
        self._dialogues.save(place, shown)

    def _retire(self, place: Place, dialogue: Dialogue) -> None:
        """A result stays to be read; a question nobody will answer says that it is closed."""
        said = None if dialogue.step == steps.RESULT else Texts(dialogue.language)("closed")
        if dialogue.card is not None:
            self._put_away(place, dialogue.card, said)

    def _put_away(self, place: Place, card: int, said: str | None) -> None:
        """An old card without buttons; the new one is out already, so a failure here is not the operator's trouble."""
        try:
            if said is None:
                self._cards.strip(place.chat_id, card)
            else:
                self._cards.edit(place.chat_id, card, without_buttons(said))
        except (TransportError, ApiTelegramException) as error:
            log.warning("old card not put away: %s", error)
