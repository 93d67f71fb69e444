"""One run of the bot: what lives from its start to its end, and whatever is built on that."""

from dataclasses import dataclass

from chat.delivery.dispatcher import Dispatcher
from joints.sharing import Sharing
from ops.inside import Inside
from ops.observing import Observing
from ops.process import Process
from ops.settings import Settings
from storage.tenure import Tenure
from storage.timed import Observe


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Run:
    """`chats` do the work of people, one at a time for each; `tenure` says whether this process serves the desk.

    It has the token, so it is never printed.
    """

    settings: Settings
    token: str
    process: Process
    inside: Inside
    observing: Observing
    chats: Dispatcher
    sharing: Sharing
    tenure: Tenure

    @property
    def observe(self) -> Observe:
        """For the database: how long each statement takes."""
        return self.inside.query(self.observing.query)
