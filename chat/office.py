"""What every part of the chat works with."""

from dataclasses import dataclass

from telebot import TeleBot

from chat.cards import Cards
from chat.client_screens import ClientCards
from chat.clock import WallClock
from chat.stores import Stores
from chat.ways import Ways
from desk.access import Access
from desk.quoting import Desk


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Office:
    """`cards` go to operators, `client_cards` on to their clients; `access` says who may do what."""

    bot: TeleBot
    cards: Cards
    client_cards: ClientCards
    desk: Desk
    access: Access
    stores: Stores
    ways: Ways
    clock: WallClock
