"""The messages that show a quote, as far as they have to be found again."""

from dataclasses import dataclass
from enum import StrEnum


class CardKind(StrEnum):
    CARD = "card"  # all of the quote, redrawn as its life goes on
    WARNING = "warning"  # that its margin falls; its buttons go when the quote is over


class Page(StrEnum):
    """What a card asks beside showing the quote."""

    QUOTE = ""
    CLIENT = "client"  # for the name of the client


@dataclass(frozen=True, slots=True)
class QuoteCard:
    chat_id: int
    message_id: int
    number: int
    language: str
    kind: CardKind = CardKind.CARD
    page: Page = Page.QUOTE
