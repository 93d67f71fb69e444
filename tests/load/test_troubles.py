"""A short run of what `python -m tests.load troubles` does for ten minutes: Telegram and the sources fail by turns."""

import threading

from tests.load.figures import NEVER
from tests.load.stage import Plan, stage
from tests.load.troubles import add_all

LASTS_S = 15.0


def test_operators_get_their_quotes_while_telegram_and_the_sources_fail_by_turns() -> None:
    plan = Plan(operators=6, quotes=2, think_s=0.1, seed=41)
    with stage(plan, PRELOAD_INTERVAL="5", FIAT_REFRESH_INTERVAL="60") as made:
        made.bot.start()
        add_all(made.sandbox, share=0.3)
        over = threading.Timer(LASTS_S, made.enough_time.set)
        over.start()
        report = made.run()
        over.join()
    assert {name: report[name] for name in NEVER} == dict.fromkeys(NEVER, 0), report["examples"]
    assert report["quotes"] == sum(operator.made for operator in made.operators) >= 12
    assert report["bot_exit"] == 0
