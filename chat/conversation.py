"""What happens in a chat: an operator opens a quote, presses, types and cancels, and one card follows along."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from calc.directions import Currency, Direction
from calc.margins import Margin
from chat import screens, steps
from chat.cards import Cards, without_buttons
from chat.dialogue import Dialogue, Place
from chat.dialogues import Dialogues
from chat.presses import Press
from chat.rate_requests import Outcome, RateRequests
from chat.texts import Texts
from desk.quoting import Desk, NoUsableRate

CARD_IS_FAR_UP = 4
"""With so many typed messages under it a card is out of sight on a phone; it is sent anew below them."""


class Margins(Protocol):
    """The margin each operator gave last, by direction."""

    def last_margin(self, user_id: int, direction: Direction, /) -> Margin | None: ...
    def remember_margin(self, user_id: int, direction: Direction, margin: Margin, /) -> None: ...


class Conversation:
    """Called for one update of a chat at a time. Each method shows one screen."""

    def __init__(
        self,
        dialogues: Dialogues,
        cards: Cards,
        *,
        desk: Desk,
        margins: Margins,
        rates: RateRequests,
        utcnow: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._dialogues = dialogues
        self._cards = cards
        self._desk = desk
        self._margins = margins
        self._rates = rates
        self._utcnow = utcnow
        self._new_id = new_id
        self._on: dict[str, Callable[[Place, Dialogue, str], Dialogue]] = {
            "source": lambda _, dialogue, arg: steps.choose_source(dialogue, Currency(arg)),
            "target": lambda _, dialogue, arg: steps.choose_target(dialogue, Currency(arg), desk),
            "margin": lambda _, dialogue, arg: steps.choose_margin(dialogue, Margin.parse(arg), desk),
            "amount": lambda _, dialogue, arg: steps.choose_amount(dialogue, Decimal(arg), desk),
            "retry": lambda _, dialogue, __: steps.take_rate(dialogue, desk),
            "re_amount": lambda _, dialogue, __: steps.other_amount(dialogue),
            "re_margin": lambda _, dialogue, __: steps.other_margin(dialogue),
            "refresh": lambda _, dialogue, __: steps.refresh(dialogue),
            "back": lambda _, dialogue, __: steps.back(dialogue),
            "client": lambda place, dialogue, _: self._hand_over(place, dialogue),
        }

    def open(self, place: Place, *, language: str) -> None:
        """A new quote in a new card; the card of the last one keeps its text and loses its buttons."""
        before = self._dialogues.load(place)
        fresh = Dialogue(id=self._new_id(), owner=place.user_id, language=language)
        self._show(place, fresh)
        if before is not None:
            self._retire(place, before)

    def cancel(self, place: Place, *, language: str) -> None:
        """Ends the quote, a fetch under way included: what arrives later finds nobody waiting."""
        texts = Texts(language)
        dialogue = self._dialogues.load(place)
        self._dialogues.forget(place)
        if dialogue is None:
            self._cards.send(place, without_buttons(texts("nothing_to_cancel")))
        else:
            self._cards.show(place, without_buttons(texts("cancelled")), card=dialogue.card)

    def type(self, place: Place, text: str, *, language: str) -> None:
        dialogue = self._dialogues.load(place)
        if dialogue is None:
            self._cards.send(place, without_buttons(Texts(language)("idle")))
            return
        below = replace(dialogue, language=language, typed=dialogue.typed + 1)
        self._advance(place, below, steps.typed(below, text, self._desk))

    def press(self, place: Place, press: Press, *, message_id: int, said: str, language: str) -> None:
        """A press counts when its button is on the screen as it stands; any other only shows how things stand.

        A card that no dialogue knows any more keeps what it `said`, as HTML, and loses its buttons.
        """
        dialogue = self._dialogues.load(place)
        if dialogue is None or dialogue.id != press.dialogue or dialogue.card != message_id:
            closed = Texts(language)("closed")
            self._cards.edit(place.chat_id, message_id, without_buttons(f"{said}\n\n{closed}" if said else closed))
            return
        dialogue = replace(dialogue, language=language)
        if press.encode() not in self._render(place, dialogue).presses():
            self._show(place, dialogue)
        elif press.verb == "cancel":
            self.cancel(place, language=language)
        elif press.verb == "new":
            self.open(place, language=language)
        else:
            self._advance(place, dialogue, self._on[press.verb](place, dialogue, press.arg))

    def rate_arrived(self, place: Place, waiting: Dialogue, outcome: Outcome) -> None:
        """What a fetch brought, for the screen that waits for it; a screen that moved on meanwhile stays as it is."""
        dialogue = self._dialogues.load(place)
        if dialogue is None or (dialogue.id, dialogue.screen) != (waiting.id, waiting.screen) or not dialogue.fetching:
            return
        if isinstance(outcome, NoUsableRate):
            self._show(place, steps.rate_failed(dialogue, outcome))
        else:
            self._show(place, steps.rate_arrived(dialogue, outcome))

    def is_worn(self, place: Place, press: Press) -> bool:
        """Whether a press is surely of an older screen of the dialogue under way: then nothing will come of it."""
        dialogue = self._dialogues.load(place)
        return dialogue is not None and dialogue.id == press.dialogue and press.screen < dialogue.screen

    def _hand_over(self, place: Place, dialogue: Dialogue) -> Dialogue:
        """The client's card as a message of its own; never with a rate that moved on while the result stood there."""
        if not self._desk.is_current(steps.base_of(dialogue)):
            renewed = steps.take_rate(dialogue, self._desk)
            if renewed.base is None or renewed.base.value != steps.base_of(dialogue).value:
                return renewed
            dialogue = renewed
        card = screens.client_card(steps.quote_of(dialogue), Texts(dialogue.language))
        self._cards.send(place, without_buttons(card))
        return replace(dialogue, client_card=True).turn()

    def _advance(self, place: Place, before: Dialogue, after: Dialogue) -> None:
        """Shows the next screen, remembers a margin that was chosen, and asks for a rate that is wanted."""
        if after.margin is not None and after.margin != before.margin and after.direction is not None:
            self._margins.remember_margin(place.user_id, after.direction, after.margin)
        self._show(place, after)
        if after.fetching and after.direction is not None and after.screen != before.screen:
            self._rates.request(
                place,
                after.direction,
                again=after.base is not None,
                then=lambda outcome: self.rate_arrived(place, after, outcome),
            )

    def _render(self, place: Place, dialogue: Dialogue) -> screens.Screen:
        view = screens.View(self._utcnow(), last_margin=lambda d: self._margins.last_margin(place.user_id, d))
        return screens.render(dialogue, view)

    def _show(self, place: Place, dialogue: Dialogue) -> None:
        screen = self._render(place, dialogue)
        far_up = dialogue.card if dialogue.typed >= CARD_IS_FAR_UP else None
        if far_up is None:
            shown = replace(dialogue, card=self._cards.show(place, screen, card=dialogue.card))
        else:
            shown = replace(dialogue, card=self._cards.send(place, screen), typed=0)
            self._cards.edit(place.chat_id, far_up, without_buttons(Texts(dialogue.language)("replaced")))
        self._dialogues.save(place, shown)

    def _retire(self, place: Place, dialogue: Dialogue) -> None:
        """A result stays to be read; a question nobody will answer says that it is closed."""
        if dialogue.card is None:
            return
        if dialogue.step == steps.RESULT:
            self._cards.strip(place.chat_id, dialogue.card)
        else:
            self._cards.edit(place.chat_id, dialogue.card, without_buttons(Texts(dialogue.language)("closed")))
