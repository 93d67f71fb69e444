"""The dialogue of one operator in one chat: what is known so far, and how it is written down."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from telebot.states import State, StatesGroup

from calc.base import BaseRate
from calc.directions import Currency, Direction
from calc.margins import Margin
from calc.snapshots import Feed
from calc.typed import Pair
from chat.asking import Asking, Line, asking_from_data, asking_to_data, line_from_data, line_to_data
from chat.kept_offers import offer_from_data, offer_to_data
from desk.margins import Tariff
from desk.offers import Offer


class Quoting(StatesGroup):
    WAITING_FOR_SOURCE_CURRENCY = State()
    WAITING_FOR_TARGET_CURRENCY = State()
    WAITING_FOR_MARGIN = State()
    WAITING_FOR_AMOUNT = State()
    SHOWING_RESULT = State()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dialogue is held: an operator has one per chat, and one per topic of a forum."""

    chat_id: int
    user_id: int
    thread_id: int | None = None

    @property
    def is_private(self) -> bool:
        """Telegram gives a private chat the number of the person in it."""
        return self.chat_id == self.user_id


@dataclass(frozen=True, slots=True)
class Question:
    """A typed number with more than one reading, and what each reading would be as a button's argument."""

    typed: str
    options: tuple[str, ...]


class Decision(StrEnum):
    """What an operator is about to do where a rate is refused or doubted."""

    ANYWAY = "anyway"  # the screen asks why
    TYPE = "type"  # the screen asks for a rate of `Dialogue.pair`


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One quote in the making; `name` is what its owner is called.

    `step` is the name of a state; `screen` counts the screens shown, so that a button of an older one is known;
    `card` is the message that is edited from step to step; `typed` counts the messages under it. `offer` is what the
    quote is made from; `refused` one that the gate does not let through, while the operator decides what to do;
    `lacking` are the feeds it fails for, or that there is no snapshot of.
    `tariff` is what was chosen instead of one margin; `margin` is then what it gives for the amount.
    The amount is what the client pays, or with `reverse` what the client gets. `line` is what the quote was asked for
    in one line, `asking` a question that lies over the step.
    `client_card` is whether the client's card of just this is out, `given` the quotes on it where they are several.
    `pair` is what a rate is typed for, `known` what it was last, `doubted` one that was typed and is far from that.
    """

    id: str
    owner: int
    language: str
    name: str = ""
    step: str = Quoting.WAITING_FOR_SOURCE_CURRENCY.name
    screen: int = 0
    card: int | None = None
    typed: int = 0
    pays: Currency | None = None
    gets: Currency | None = None
    offer: Offer | None = None
    margin: Margin | None = None
    tariff: Tariff | None = None
    amount: Decimal | None = None
    reverse: bool = False
    line: Line | None = None
    fetching: bool = False
    causes: tuple[tuple[str, str], ...] | None = None
    refused: Offer | None = None
    lacking: tuple[Feed, ...] = ()
    decision: Decision | None = None
    pair: Pair | None = None
    known: Decimal | None = None
    doubted: Decimal | None = None
    question: Question | None = None
    asking: Asking | None = None
    notice: str = ""
    client_card: bool = False
    given: tuple[int, ...] = ()

    @property
    def base(self) -> BaseRate | None:
        return None if self.offer is None else self.offer.base

    @property
    def direction(self) -> Direction | None:
        return None if self.pays is None or self.gets is None else Direction(self.pays, self.gets)

    def turn(self, **changes: Any) -> "Dialogue":
        """The next screen: what belonged to the last one alone (a notice, a question, a failed fetch) is gone."""
        passing: dict[str, Any] = {"fetching": False, "causes": None, "question": None, "asking": None, "notice": ""}
        passing |= dict.fromkeys(("refused", "decision", "pair", "known", "doubted")) | {"lacking": ()}
        return replace(self, screen=self.screen + 1, **(passing | changes))


def to_data(dialogue: Dialogue) -> dict[str, Any]:
    """As the state storage keeps it: JSON's types, Decimals and moments; the step is the state itself."""
    return {
        "id": dialogue.id,
        "owner": dialogue.owner,
        "language": dialogue.language,
        "name": dialogue.name,
        "screen": dialogue.screen,
        "card": dialogue.card,
        "typed": dialogue.typed,
        "pays": _text(dialogue.pays),
        "gets": _text(dialogue.gets),
        "offer": None if dialogue.offer is None else offer_to_data(dialogue.offer),
        "margin": _text(dialogue.margin),
        "tariff": None if dialogue.tariff is None else dialogue.tariff.to_data(),
        "amount": dialogue.amount,
        "reverse": dialogue.reverse,
        "line": None if dialogue.line is None else line_to_data(dialogue.line),
        "fetching": dialogue.fetching,
        "causes": None if dialogue.causes is None else [list(cause) for cause in dialogue.causes],
        "refused": None if dialogue.refused is None else offer_to_data(dialogue.refused),
        "lacking": [str(feed) for feed in dialogue.lacking],
        "decision": _text(dialogue.decision),
        "pair": _text(dialogue.pair),
        "known": dialogue.known,
        "doubted": dialogue.doubted,
        "question": None if dialogue.question is None else [dialogue.question.typed, *dialogue.question.options],
        "asking": None if dialogue.asking is None else asking_to_data(dialogue.asking),
        "notice": dialogue.notice,
        "client_card": dialogue.client_card,
        "given": list(dialogue.given),
    }


def from_data(step: str, data: dict[str, Any]) -> Dialogue:
    """What `to_data` wrote."""
    margin, causes, question = data["margin"], data["causes"], data["question"]
    line, asking = data.get("line"), data.get("asking")  # a dialogue of before an update has none
    tariff = data.get("tariff")
    return Dialogue(
        **{
            **data,
            "step": step,
            "pays": None if data["pays"] is None else Currency(data["pays"]),
            "gets": None if data["gets"] is None else Currency(data["gets"]),
            "offer": None if data["offer"] is None else offer_from_data(data["offer"]),
            "refused": None if data["refused"] is None else offer_from_data(data["refused"]),
            "lacking": tuple(map(Feed, data["lacking"])),
            "decision": None if data["decision"] is None else Decision(data["decision"]),
            "pair": None if data["pair"] is None else Pair.parse(data["pair"]),
            "margin": None if margin is None else Margin.parse(margin),
            "tariff": None if tariff is None else Tariff.from_data(tariff),
            "causes": None if causes is None else tuple((source, trouble) for source, trouble in causes),
            "question": None if question is None else Question(question[0], tuple(question[1:])),
            "line": None if line is None else line_from_data(line),
            "asking": None if asking is None else asking_from_data(asking),
            "given": tuple(data.get("given", ())),
        }
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
