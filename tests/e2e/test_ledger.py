"""Charts on the real bot, by sending and pressing as an operator would."""

from collections.abc import Callable

from sandbox.messages import Media
from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator


def media_of(anna: Operator, part: str) -> Media:
    """What came with the message that says this."""
    message = anna.wait_for(part)
    found = message.media or next(each.media for each in anna.person.chat() if each.media)
    assert found is not None
    return found


def test_a_chart_is_a_picture_of_what_the_bot_has_seen(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(PRELOAD_INTERVAL="1").start()
    sandbox.journal.wait("rapira", count=2)
    anna.open("/chart")
    anna.person.press(anna.card, "USDT/RUB")
    picture = media_of(anna, "мин 81,65, макс 81,65, сейчас 81,65")
    assert (picture.field, picture.content_type) == ("photo", "image/png")
    anna.person.press(anna.card, "90 д")
    anna.wait_for("USDT/RUB, 90 д")
    assert "ERROR" not in bot.text
