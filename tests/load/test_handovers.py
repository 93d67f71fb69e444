"""Operators in mid-quote before two bots, of which the serving one is killed, stopped and frozen at random moments."""

import sys

from tests.load.figures import NEVER
from tests.load.handovers import ENDINGS, Handovers
from tests.load.stage import Plan, stage
from tests.postgres import PostgresServer

TAKEOVER_S = 10.0


def test_every_quote_ends_with_one_right_result_whoever_serves(postgres: PostgresServer) -> None:
    plan = Plan(operators=8, quotes=2, seed=7)
    with stage(plan, DATABASE_URL=postgres.database()) as made:
        handovers = Handovers(made, times=2)
        handovers.start()
        report = made.run()
        handovers.join()
    took = {ending: [round(each, 1) for each in took_s] for ending, took_s in handovers.took_s.items()}
    sys.stdout.write(f"seed={plan.seed} take-overs in seconds: {took}\n")
    counted = {name: report.get(name, 0) for name in NEVER}
    assert counted == dict.fromkeys(counted, 0), report["examples"]
    assert report["quotes"] == sum(operator.made for operator in made.operators) >= 16
    assert report["handovers"] == 2 * len(ENDINGS)
    assert report["bot_exit"] == 0
    assert max(max(each) for each in took.values()) < TAKEOVER_S
