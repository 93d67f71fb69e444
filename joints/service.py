"""What serves the desk, put together: the parts that others look at, watch over, and end."""

from dataclasses import dataclass

from chat.alarms import Alarms
from chat.delivery.acknowledger import Acknowledger
from chat.delivery.receiving import Receiving
from chat.front import Front
from chat.telegram import Telegram
from desk.quoting import Desk
from joints.keeping import Kept
from rates.feeds import Feeds
from storage.afterwards import Afterwards


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Service:
    database: Afterwards
    kept: Kept
    feeds: Feeds
    desk: Desk
    front: Front
    alarms: Alarms
    telegram: Telegram
    receiving: Receiving
    acknowledger: Acknowledger
