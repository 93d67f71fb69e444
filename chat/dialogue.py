"""The dialogue of one operator in one chat: what is known so far, and how it is written down."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from telebot.states import State, StatesGroup

from calc.base import BaseRate, Cross, Leg, Side
from calc.directions import Currency, Direction
from calc.margins import Margin
from calc.snapshots import Feed, Level


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


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One quote in the making.

    `step` is the name of a state; `screen` counts the screens shown, so that a button of an older one is known;
    `card` is the message that is edited from step to step; `typed` counts the messages under it.
    """

    id: str
    owner: int
    language: str
    step: str = Quoting.WAITING_FOR_SOURCE_CURRENCY.name
    screen: int = 0
    card: int | None = None
    typed: int = 0
    pays: Currency | None = None
    gets: Currency | None = None
    base: BaseRate | None = None
    margin: Margin | None = None
    amount: Decimal | None = None
    fetching: bool = False
    causes: tuple[tuple[str, str], ...] | None = None
    question: Question | None = None
    notice: str = ""
    client_card: bool = False

    @property
    def direction(self) -> Direction | None:
        return None if self.pays is None or self.gets is None else Direction(self.pays, self.gets)

    def turn(self, **changes: Any) -> "Dialogue":
        """The next screen: what belonged to the last one alone (a notice, a question, a failed fetch) is gone."""
        passing: dict[str, Any] = {"fetching": False, "causes": None, "question": None, "notice": ""}
        return replace(self, screen=self.screen + 1, **(passing | changes))


def to_data(dialogue: Dialogue) -> dict[str, Any]:
    """As the state storage keeps it: JSON's types, Decimals and moments; the step is the state itself."""
    return {
        "id": dialogue.id,
        "owner": dialogue.owner,
        "language": dialogue.language,
        "screen": dialogue.screen,
        "card": dialogue.card,
        "typed": dialogue.typed,
        "pays": _text(dialogue.pays),
        "gets": _text(dialogue.gets),
        "base": None if dialogue.base is None else _base_to_data(dialogue.base),
        "margin": _text(dialogue.margin),
        "amount": dialogue.amount,
        "fetching": dialogue.fetching,
        "causes": None if dialogue.causes is None else [list(cause) for cause in dialogue.causes],
        "question": None if dialogue.question is None else [dialogue.question.typed, *dialogue.question.options],
        "notice": dialogue.notice,
        "client_card": dialogue.client_card,
    }


def from_data(step: str, data: dict[str, Any]) -> Dialogue:
    """What `to_data` wrote."""
    base, margin, causes, question = data["base"], data["margin"], data["causes"], data["question"]
    return Dialogue(
        **{
            **data,
            "step": step,
            "pays": None if data["pays"] is None else Currency(data["pays"]),
            "gets": None if data["gets"] is None else Currency(data["gets"]),
            "base": None if base is None else _base_from_data(base),
            "margin": None if margin is None else Margin.parse(margin),
            "causes": None if causes is None else tuple((source, trouble) for source, trouble in causes),
            "question": None if question is None else Question(question[0], tuple(question[1:])),
        }
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _base_to_data(base: BaseRate) -> dict[str, Any]:
    return {
        "direction": str(base.direction),
        "value": base.value,
        "legs": [[str(leg.feed), leg.source, leg.fetched_at, leg.as_of, _text(leg.side)] for leg in base.legs],
        "cross": _text(base.cross),
        "peg": base.peg,
        "bid": base.rub_per_usdt_bid,
        "ask": base.rub_per_usdt_ask,
        "levels": [[level.price, level.amount] for level in base.levels],
    }


def _base_from_data(data: dict[str, Any]) -> BaseRate:
    return BaseRate(
        direction=Direction.parse(data["direction"]),
        value=data["value"],
        legs=tuple(
            Leg(
                feed=Feed(feed),
                source=source,
                fetched_at=fetched_at,
                as_of=as_of,
                side=None if side is None else Side(side),
            )
            for feed, source, fetched_at, as_of, side in data["legs"]
        ),
        cross=None if data["cross"] is None else Cross(data["cross"]),
        peg=data["peg"],
        rub_per_usdt_bid=data["bid"],
        rub_per_usdt_ask=data["ask"],
        # A dialogue of before an update has none.
        levels=tuple(Level(price, amount) for price, amount in data.get("levels", ())),
    )
