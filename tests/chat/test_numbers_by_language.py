"""An English reader sees decimal points, whatever is looked at."""

import re
from decimal import Decimal

from calc.snapshots import UsdtRub
from tests.chat.book import NOW
from tests.chat.driver import OPERATOR, Chat, Person

COMMA = re.compile(r"\d,\d")
WALK = (
    "/rates",
    "/margins rub usdt <100k 3%, <1m 2%, 1.2%",
    "/margins floor 1.5 warn",
    "/margins buttons 0.5 1.5",
    "/margins",
    "100k rub usdt 0.5%",
    "10k 50k 123456.78 rub usdt",
    "need 5000.50 usdt for rub",
    "1000 usdt thb +0.5",
    "+10000/87.5",
    "100k rub usdt 60.55%",
    "/alert usdt/rub > 90.5",
    "/alert",
    "/chart usdt/rub 7d",
    "/quotes",
    "/report",
    "/audit",
    "/team",
    "/status",
    "/help",
)


def test_no_screen_of_an_english_operator_has_a_decimal_comma(chat: Chat) -> None:
    anna = Person(chat, OPERATOR, language="en")
    chat.history.keep(UsdtRub(Decimal("81.65"), "rapira", NOW))
    for line in WALK:
        anna.send(line)
        if "Card for the client" in anna.card.buttons:
            anna.click("Card for the client")
    choices = anna.ask_inline("100k rub usdt")
    told = [*choices.notes, *choices.titles, *choices.texts]
    told += [part for message in anna.messages for part in (message.plain, str(message.rows))]
    assert len([each for each in told if "copy_text" in each and re.search(r"\d\.\d\d USDT", each)]) > 1
    assert [each for each in told if COMMA.search(each)] == []
