"""Updates from Telegram on their way to the chat: who is let in, what is answered at once, and the rest in its turn."""

from calc.errors import NotNow
from chat.delivery.acknowledger import Acknowledger
from chat.delivery.head_start import Fetch
from chat.delivery.passing import Passing
from chat.delivery.receiving import Receiving
from chat.delivery.turnstile import Turnstile
from chat.front import Front
from chat.step_names import step_of
from chat.telegram import Telegram
from joints.keeping import Kept
from joints.run import Run
from storage.afterwards import Afterwards


def receiving_of(
    run: Run,
    kept: Kept,
    front: Front,
    *,
    database: Afterwards,
    telegram: Telegram,
    acknowledger: Acknowledger,
    fetch: Fetch,
) -> Receiving:
    """`fetch` polls once, from the start on."""
    allows, updates, tell = front.access.allows, telegram.updates, telegram.turns.tell
    turnstile = Turnstile(
        allows,
        may_pair=front.handlers.may_pair,
        answer=acknowledger.submit,
        tell=lambda update: tell(lambda: updates.slow_down(update)),
        windows=run.sharing.windows(),
    )
    return Receiving(
        fetch,
        run.observing.handling(run.inside.handling(updates.handle, step_of), is_operator=allows),
        inbox=kept.taking,
        kept_by=run.settings.inbox,
        chats=run.chats,
        handler_timeout_s=run.settings.handler_timeout,
        exclusively=database.write,
        acknowledge=acknowledger.submit,
        tell=lambda update, incident: tell(lambda: updates.apologise(update, incident)),
        turnstile=turnstile,
        pass_on=Passing(front.requests.inline.answer, run.chats.submit).take,
        came=telegram.sending.came,
        late=telegram.sending.late_updates,
        process=run.process,
        lasts=lambda: database.is_home,
        comes_back=lambda error: isinstance(error, NotNow),
        rival_seen=run.sharing.rival_seen,
    )
