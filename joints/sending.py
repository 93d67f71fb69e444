"""The way to Telegram: two pools of connections, the sender on them, and everything that stands before it."""

from collections.abc import Callable

from chat.delivery.connections import KeptConnections
from chat.delivery.late_edits import Owner
from chat.delivery.sender import TelegramSender
from chat.delivery.sending import Sending
from chat.dialogue import Place
from joints.keeping import Kept
from joints.run import Run
from rates.http import Posts, pooled_session


def sending_of(run: Run, kept: Kept, *, moved: Callable[[Place, int, int], object]) -> Sending:
    """All of telebot's calls go this way from now on; `moved` is told of a card that is there again elsewhere."""
    settings, process, tenure = run.settings, run.process, run.tenure
    calls, polls = (
        process.enter(
            KeptConnections(
                settings.telegram_api_url,
                Posts(process.enter(pooled_session(pools=1, per_host=32))),
                serves=lambda: tenure.held,
            )
        )
        for _ in range(2)
    )
    sender = TelegramSender(calls, polls, stop=process.stopping, may_send=run.chats.check, serves=lambda: tenure.held)

    def card_moved(chat_id: int, owner: Owner, gone: int, anew: int) -> None:
        moved(Place(chat_id, owner.user_id, owner.thread_id), gone, anew)

    sending = Sending(
        run.observing.telegram(run.inside.timing("telegram", sender)),
        journal=kept.journal,
        late_edits=kept.late_edits,
        server=settings.telegram_api_url,
        token=run.token,
        submit=run.chats.submit,
        stop=process.stopping,
        moved=card_moved,
        is_limited=settings.send_limits_enabled,
    )
    sending.install()
    return sending
