"""Short runs of what `python -m tests.load crash` does at length: the bot ends while operators are in mid-quote."""

import pytest

from tests.load.crashes import Crashes
from tests.load.figures import NEVER
from tests.load.stage import Plan, stage

WORKERS = 16


@pytest.mark.parametrize("wiped", [False, True], ids=["lasting", "wiped"])
@pytest.mark.parametrize(("ending", "times"), [("kill", 5), ("term", 3)])
def test_every_quote_ends_with_one_right_result_however_often_the_bot_ends(
    ending: str, times: int, wiped: bool
) -> None:
    """Where the disk is wiped a quote under way is gone, and its operator begins it anew."""
    plan = Plan(operators=8, quotes=2, seed=20)
    with stage(plan, INBOX="telegram" if wiped else "database") as made:
        made.bot.start()
        crashes = Crashes(made, ending=ending, times=times, wiped=wiped)
        crashes.start()
        report = made.run()
        crashes.join()
    counted = {name: report.get(name, 0) for name in (*NEVER, *(() if wiped else ("begun_again", "ambiguous")))}
    assert counted == dict.fromkeys(counted, 0), report["examples"]
    assert report["quotes"] == sum(operator.made for operator in made.operators) >= 16
    assert report["restarts"] == times
    assert report["incidents_logged"] == report["bot_exit"] == 0


@pytest.mark.parametrize("wiped", [False, True], ids=["lasting", "wiped"])
def test_more_operators_than_workers_who_never_think_get_one_right_result_each_through_kills(wiped: bool) -> None:
    """Their first cards come in bursts beyond Telegram's limits, so that some wait for a place when the bot dies."""
    plan = Plan(operators=2 * WORKERS, quotes=1, seed=24)
    with stage(plan, WORKERS=str(WORKERS), INBOX="telegram" if wiped else "database") as made:
        made.bot.start()
        crashes = Crashes(made, ending="kill", times=4, wiped=wiped)
        crashes.start()
        report = made.run()
        crashes.join()
    counted = {name: report.get(name, 0) for name in (*NEVER, *(() if wiped else ("begun_again",)))}
    assert counted == dict.fromkeys(counted, 0), report["examples"]
    assert wiped or report.get("ambiguous", 0) <= 1, "a card whose answer was lost may come twice, and that is rare"
    assert report["quotes"] == sum(operator.made for operator in made.operators) >= plan.operators
    assert report["incidents_logged"] == report["bot_exit"] == 0
