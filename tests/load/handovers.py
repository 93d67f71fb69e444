"""Two bots on one database: whoever serves is ended or frozen, the servers go away and come back, and they go on."""

import itertools
import random
import signal
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sandbox.messages import Message
from tests.e2e.bot_process import Bot
from tests.load.stage import Plan, Stage, stage
from tests.postgres import PostgresServer, postgres_server
from tests.redis_server import RedisServer, redis_server

OF_BOTS = ("kill", "term", "freeze")
OF_POSTGRES = ("postgres-restart", "postgres-crash")
OF_REDIS = ("redis-restart", "redis-stale", "redis-empty", "redis-freeze")
TAKES_S = 120.0
FROZEN_S = 30.0
DOWN_S = (0.2, 3.0)


@dataclass(frozen=True, slots=True)
class Trouble:
    """How a server goes away, how it comes back, and whether the bots have to do without it meanwhile."""

    away: Callable[[], object]
    back: Callable[[], object]
    is_needed: bool = False


def of_postgres(server: PostgresServer) -> dict[str, Trouble]:
    return {
        "postgres-restart": Trouble(lambda: server.stop(mode="fast"), server.start, is_needed=True),
        "postgres-crash": Trouble(lambda: server.stop(mode="immediate"), server.start, is_needed=True),
    }


def of_redis(server: RedisServer) -> dict[str, Trouble]:
    """It comes back with all it had, with what it had at its last saving, with nothing, or after it had hung."""

    def empty() -> None:
        server.say("FLUSHALL")
        server.save()
        server.kill()

    def end() -> None:
        server.save()
        server.kill()

    return {
        "redis-restart": Trouble(end, server.start),
        "redis-stale": Trouble(server.kill, server.start),
        "redis-empty": Trouble(empty, server.start),
        "redis-freeze": Trouble(server.freeze, server.wake),
    }


class Handovers:
    """A thread of its own from `start` to `join`; who has ended is started again, and stands by.

    A `freeze` is a SIGSTOP until the other one polls, and for `frozen_s` at least; who wakes then has to end by itself,
    with code 1. A server is away for a moment of `DOWN_S`; a process that another one followed meanwhile ends as well.
    `took_s` holds for each kind how long no operator saw a screen change: from the end of the one that served, from the
    return of a server that is needed, and from the moment at which any other one went away.
    """

    def __init__(
        self,
        stage: Stage,
        endings: Sequence[str],
        *,
        servers: Mapping[str, Trouble] | None = None,
        longest_s: float = 1.0,
        frozen_s: float = 0.0,
        down_s: tuple[float, float] = DOWN_S,
    ) -> None:
        """All `endings`, in an order that the seed of the plan decides; `servers` are what is no end of a bot."""
        self._stage, self._longest_s, self._frozen_s = stage, longest_s, frozen_s
        self._servers = servers or {}
        self._down_s = down_s
        self._bots = [stage.bot, stage.bot.twin()]
        self._other = self._bots[1]
        self._random = random.Random(stage.plan.seed)
        self._endings = list(endings)
        self._random.shuffle(self._endings)
        self._never = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="handovers")
        self._changed = threading.Condition()
        self._screen_at = float("-inf")
        self._moments: list[float] = []
        self.took_s: dict[str, list[float]] = defaultdict(list)

    def start(self) -> None:
        self._unwatch = self._stage.sandbox.chats.watch(self._heard)
        self._stage.bot.start()
        self._stand_by()
        self._thread.start()

    def join(self) -> None:
        """Raises what went wrong."""
        self._thread.join()
        self._unwatch()
        code = self._other.stop()
        if self._failure is not None:
            raise self._failure
        assert code == 0 or _was_followed(self._other), f"the standby ended with {code} after SIGTERM"

    def report(self) -> dict[str, Any]:
        """Of both processes.

        Telegram takes one answer to a press. A second one comes from a process that cannot know of the first, or when a
        batch that a server held up is kept at last.
        """
        lines = [line for bot in self._bots for line in bot.lines("")]
        return {
            "took_s": {
                ending: {
                    "times": len(took_s),
                    "median": _rounded(statistics.median(took_s)),
                    "longest": _rounded(max(took_s)),
                }
                for ending, took_s in sorted(self.took_s.items())
            },
            "answered_twice_by_one": self._answered_twice_by_one(),
            "tracebacks": sum("Traceback" in line for line in lines),
            "errors_logged": sum(" ERROR " in line or " CRITICAL " in line for line in lines),
            "incidents_logged": sum("incident=" in line for line in lines),
        }

    def _answered_twice_by_one(self) -> int:
        queries = self._stage.sandbox.queries
        answers = [queries.answers(number) for operator in self._stage.operators for number in operator.callbacks]
        pairs = [(one.at, other.at) for each in answers for one, other in itertools.pairwise(each)]
        return sum(not any(one <= moment <= other for moment in self._moments) for one, other in pairs)

    def _run(self) -> None:
        try:
            for ending in self._endings:
                self._never.wait(self._random.uniform(0.0, self._longest_s))
                if ending in self._servers:
                    self._go_without(ending)
                else:
                    self._hand_over(ending)
                self._stage.figures.counts["handovers"] += 1
        except BaseException as failure:  # noqa: BLE001 - the edge of a thread; `join` raises it
            self._failure = failure
        finally:
            self._stage.enough_time.set()

    def _hand_over(self, ending: str) -> None:
        self._replace_who_has_ended()
        old, new = self._stage.bot, self._other
        polled, begun = len(new.lines("polling workers=")), time.monotonic()
        if ending == "term":
            code = old.stop()
            assert code == 0 or _was_followed(old), f"ended with {code} after SIGTERM"
        else:
            self._stage.cut_at.append(begun)
            if ending == "kill":
                old.kill()
            else:
                old.signal(signal.SIGSTOP)
        new.wait_for("polling workers=", count=polled + 1, timeout_s=TAKES_S)
        self._goes_on(ending, after=time.monotonic(), since=begun)
        if ending == "freeze":
            self._never.wait(begun + self._frozen_s - time.monotonic())
            old.signal(signal.SIGCONT)
            self._ends_by_itself(old)
        self._stage.bot, self._other = new, old
        self._stand_by()

    def _go_without(self, server: str) -> None:
        trouble = self._servers[server]
        self._moments.append(time.monotonic())
        trouble.away()
        begun = time.monotonic()
        if not trouble.is_needed:
            self._goes_on(server, after=begun, since=begun)
        self._never.wait(self._random.uniform(*self._down_s))
        trouble.back()
        if trouble.is_needed:
            begun = time.monotonic()
            self._goes_on(server, after=begun, since=begun)
        self._replace_who_has_ended()

    def _replace_who_has_ended(self) -> None:
        """By itself, as one does that a busy machine kept from renewing its lease."""
        for over in [bot for bot in self._bots if bot.is_over(within_s=0)]:
            self._ends_by_itself(over)
            self._stage.figures.count("followed while awake")
            self._other = over
            self._stage.bot = next(bot for bot in self._bots if bot is not over)
            self._stand_by()

    def _goes_on(self, ending: str, *, after: float, since: float) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._screen_at >= after, TAKES_S), f"nothing after {ending}"
            self.took_s[ending].append(self._screen_at - since)
        self._moments += [since, time.monotonic()]

    def _stand_by(self) -> None:
        waits = len(self._other.lines("standby: "))
        self._other.run()
        self._other.wait_for("standby: ", count=waits + 1, timeout_s=TAKES_S)

    def _heard(self, event: dict[str, Any]) -> None:
        """Called by the stand's threads."""
        message = event.get("message")
        if event["kind"] == "message" and isinstance(message, Message) and message.by_bot:
            with self._changed:
                self._screen_at = time.monotonic()
                self._changed.notify_all()

    @staticmethod
    def _ends_by_itself(bot: Bot) -> None:
        code = bot.wait_over()
        assert code == 1, f"ended with {code} when another one served"


def between_two(
    plan: Plan, servers: Collection[str], *, endings: Sequence[str], times: int, longest_s: float
) -> dict[str, Any]:
    """The report of a run on servers of its own, of the kinds that are named; no `endings` are all that there are.

    Without PostgreSQL both bots are on one file, with Redis between them.
    """
    with ExitStack() as stack:
        settings: dict[str, str] = {}
        troubles: dict[str, Trouble] = {}
        if "postgres" in servers:
            postgres = stack.enter_context(postgres_server())
            settings["DATABASE_URL"] = postgres.database()
            troubles |= of_postgres(postgres)
        if "redis" in servers:
            redis = stack.enter_context(redis_server())
            settings["REDIS_URL"] = redis.url
            troubles |= of_redis(redis)
        made = stack.enter_context(stage(plan, **settings))
        every = [*(endings or (*OF_BOTS, *troubles))] * times
        handovers = Handovers(made, every, servers=troubles, longest_s=longest_s, frozen_s=FROZEN_S)
        handovers.start()
        report = made.run()
        handovers.join()
        return report | handovers.report()


def _was_followed(bot: Bot) -> bool:
    return "another process serves the desk now" in bot.output[-1]


def _rounded(seconds: float) -> float:
    return round(seconds, 2)
