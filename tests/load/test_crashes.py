"""Short runs of what `python -m tests.load crash` does at length: the bot ends while operators are in mid-quote."""

import pytest

from tests.load.crashes import Crashes
from tests.load.stage import Plan, stage


@pytest.mark.parametrize(("ending", "times"), [("kill", 5), ("term", 3)])
def test_every_quote_ends_with_one_right_result_however_often_the_bot_ends(ending: str, times: int) -> None:
    plan = Plan(operators=8, quotes=2, seed=20)
    with stage(plan) as made:
        made.bot.start()
        crashes = Crashes(made, ending=ending, times=times)
        crashes.start()
        report = made.run()
        crashes.join()
    told = {name: report.get(name, 0) for name in ("lost", "wrong", "out_of_order", "doubled", "begun_again")}
    assert told == dict.fromkeys(told, 0), report["examples"]
    assert report["quotes"] == sum(operator.made for operator in made.operators) >= 16
    assert report["restarts"] == times
    assert report["incidents_logged"] == report["bot_exit"] == 0
