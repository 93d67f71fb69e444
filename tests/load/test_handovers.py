"""Operators in mid-quote before two bots: the serving one ends or freezes, servers go away, at random moments."""

import sys

from tests.load.figures import NEVER
from tests.load.handovers import OF_BOTS, OF_POSTGRES, OF_REDIS, Handovers, of_postgres, of_redis
from tests.load.stage import Plan, stage
from tests.postgres import PostgresServer, postgres_server
from tests.redis_server import RedisServer

TAKEOVER_S = 90.0
"""Ten are promised; a crowded machine may take much longer, a program that is wrong takes for ever."""


def test_every_quote_ends_with_one_right_result_whoever_serves(
    postgres: PostgresServer, redis_of_its_own: RedisServer
) -> None:
    """`postgres` says whether there is one to be had; this one has to be stopped."""
    plan = Plan(operators=8, quotes=2, think_s=0.2, patience_s=90.0, seed=7)
    endings = [*OF_BOTS, *OF_POSTGRES, *OF_REDIS]
    redis = redis_of_its_own
    with postgres_server() as server, stage(plan, DATABASE_URL=server.database(), REDIS_URL=redis.url) as made:
        handovers = Handovers(
            made, endings, servers=of_postgres(server) | of_redis(redis), longest_s=0.5, down_s=(0.2, 1.0)
        )
        handovers.start()
        report = made.run()
        handovers.join()
    report |= handovers.report()
    sys.stdout.write(f"seed={plan.seed} take-overs: {report['took_s']}\n")
    counted = {name: report.get(name, 0) for name in NEVER}
    assert counted == dict.fromkeys(counted, 0), report["examples"]
    assert report["quotes"] == sum(operator.made for operator in made.operators) >= 16
    assert report["handovers"] == len(endings)
    assert report["bot_exit"] == 0
    assert max(max(handovers.took_s[each]) for each in OF_BOTS) < TAKEOVER_S
