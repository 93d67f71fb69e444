"""`python -m tests.load soak`: the traffic of days in minutes, and whether anything in the bot grows with it.

Operators make quotes one after the other and check each; beside them somebody wanders through all commands and buttons,
operators come who never come again, strangers knock, and calls of Telegram and of the sources fail now and then.
"""

import json
import random
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from chat.commands import COMMANDS
from chat.presses import decode
from sandbox.faults import Faults, Kind
from sandbox.sources import NAMES, Sources
from tests.load.crowd import Crowd
from tests.load.fast_people import Person, Shown
from tests.load.fast_telegram import TOKEN, FastTelegram
from tests.load.figures import Figures
from tests.load.operators import Operator
from tests.load.program import ROOT, Program, Running
from tests.load.told import rates_on
from tests.load.trend import grown, sentence, trend
from tests.load.wire import Connection, Request, written

FIRST_OPERATOR, WANDERER, FIRST_PASSER_BY, FIRST_STRANGER = 10_001, 9_001, 100_001, 1_000_001
LEAST = 20
"""What has grown by less is not worth a line."""
WARM_UP = 0.25
"""The share of the run after which what a bot keeps by design should be there: by then all of the team have come once,
of whom it keeps name and language. Strangers go on coming, each another one."""
_PATIENCE_S = 120.0
_NOTHING_COMES_AFTER = 20
"""So many quotes of others later a press has changed nothing."""
_LOOKS_WITHIN_S = 120.0
_LOOKS_EVERY_S = 0.1
_TROUBLED = ("sendMessage", "editMessageText", "editMessageReplyMarkup", "answerCallbackQuery", "getUpdates")
_UNTOUCHED = {"team", "margins", "debug"}
"""Rooms whose buttons change what operators are asked for: they are looked at, and their buttons left alone."""
_LINES = (
    "/q 1000 rub usdt 2",
    "100к руб usdt",
    "1000 usdt idr 1,5",
    "нужно 5000 usdt за рубли",
    "чепуха",
    "/нет_такой",
)
_ARGUMENTS = {"alert": "usdt > 500", "chart": "usdt 7d", "q": "1000 rub usdt 2", "audit": "quotes", "debug": "cache"}
_BUSY = written(
    b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":1}}', status=429
)
_BROKEN = written(b"<html>502 Bad Gateway</html>", status=502, kind=b"text/html")


@dataclass(frozen=True, slots=True)
class Soak:
    """`chance` is the share of calls that fail; the bot is looked at so many times on the way, and started with
    `settings` beside its own.
    """

    quotes: int = 100_000
    operators: int = 50
    chance: float = 0.002
    looks: int = 20
    is_traced: bool = False
    seed: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)


class FaultyTelegram(FastTelegram):
    """Calls fail before anything is done, so that no answer is lost and no card may be there twice."""

    def __init__(self, saw: Callable[[Shown], object], *, chance: float, seed: int) -> None:
        super().__init__(saw)
        self.failed = 0
        self._chance = chance
        self._random = random.Random(seed)
        faults = Faults({name: frozenset({Kind("500"), Kind("429"), Kind("garbage")}) for name in ("sources", *NAMES)})
        for kind in ("500", "garbage"):
            faults.add("sources", kind, chance=20 * chance)
        self._sources = Sources(self.market, faults=faults, journal=self.journal, halt=threading.Event())
        self._methods |= dict.fromkeys(("sendPhoto", "sendDocument"), self._send_file)
        self._methods |= dict.fromkeys(("editMessageMedia", "editMessageCaption"), self._edit_file)

    def _route(self, request: Request, connection: Connection) -> bytes | None:
        method = request.path.rpartition("/")[2]
        if method in _TROUBLED and self._random.random() < self._chance:
            self.failed += 1
            return self._random.choice((_BUSY, _BROKEN))
        return super()._route(request, connection)

    def _send_file(self, asked: Mapping[str, Any]) -> str:
        person = self._person(asked)
        return self._show(
            person, self.next_message_id(), {**asked, "text": asked.get("caption") or "a file"}, before=None
        )

    def _edit_file(self, asked: Mapping[str, Any]) -> str:
        person, before = self._edited(asked)
        return self._show(person, before.id, {**asked, "text": f"a file of {time.monotonic()}"}, before=before)


class Wanderer:
    """Sends every command there is, and presses whatever stands on the screens that come."""

    def __init__(self, person: Person, *, seed: int) -> None:
        self._person = person
        self._random = random.Random(seed)
        self._commands = [f"/{each.name} {_ARGUMENTS.get(each.name, '')}".strip() for each in COMMANDS]
        self._next = 0
        self._waits = 0

    def saw(self) -> None:
        self._waits = 0

    def act(self) -> None:
        """Unless nothing has come of what it did before: more than the bot can show would only make a queue."""
        self._waits -= 1
        if self._waits > 0:
            return
        self._waits = _NOTHING_COMES_AFTER
        pressable = self._pressable()
        if pressable and self._random.random() < 0.6:
            message, label = self._random.choice(pressable)
            self._person.press(message, label)
        elif self._random.random() < 0.3:
            self._person.send(self._random.choice(_LINES))
        else:
            self._person.send(self._commands[self._next % len(self._commands)])
            self._next += 1

    def _pressable(self) -> list[tuple[Shown, str]]:
        newest = list(self._person.messages.values())[-3:]
        buttons = [(message, button) for message in newest for row in message.rows for button in row]
        return [
            (message, button.text)
            for message, button in buttons
            if (press := decode(button.value)) is not None and press.verb not in _UNTOUCHED
        ]


class Soaking:
    """One run; everything here is done on one thread."""

    def __init__(self, plan: Soak, folder: Path) -> None:
        self.plan = plan
        self.figures = Figures()
        self.telegram = FaultyTelegram(self._saw, chance=plan.chance, seed=plan.seed)
        self._folder = folder
        ids = range(FIRST_OPERATOR, FIRST_OPERATOR + plan.operators)
        self._passers_by = range(FIRST_PASSER_BY, FIRST_PASSER_BY + int(WARM_UP * plan.quotes / 20) + 1)
        self._crowd: Crowd[Shown] = Crowd([self._operator(number) for number in ids], patience_s=_PATIENCE_S)
        self._wanderer = Wanderer(self.telegram.person(WANDERER), seed=plan.seed)
        self._owners = [*ids, WANDERER, *self._passers_by]
        self._acted = 0
        self.holds: list[dict[str, Any]] = []

    def run(self) -> dict[str, Any]:
        script = ROOT / "tests" / "load" / "processes" / "soaked_bot.py"
        command = [sys.executable, str(script), *(["traced"] if self.plan.is_traced else [])]
        running = Running(Program("soaked", command, self.plan.settings), self._folder, self._settings())
        try:
            self._until(
                lambda: bool(running.is_over or running.said("polling workers=")), running, within_s=_PATIENCE_S
            )
            began, cpu_s = time.monotonic(), running.cpu_s()
            made = self.figures.counts
            self._crowd.begin(lambda _: made["quotes"] >= self.plan.quotes, apart_s=0.002)
            for look in range(self.plan.looks + 1):
                quotes = self.plan.quotes * look // self.plan.looks
                self._until(partial(_at_least, made, quotes), running, within_s=self.plan.quotes + _PATIENCE_S)
                self._look(running)
            self._until(lambda: not self._crowd.working, running, within_s=2 * _PATIENCE_S)
            took_s, cpu_s = time.monotonic() - began, running.cpu_s() - cpu_s
        finally:
            code = running.stop()
            self.telegram.loop.close()
        report = self.figures.report()
        del report["step_ms_by_screen"]
        return {
            "took_s": round(took_s, 1),
            "cpu_s": round(cpu_s, 1),
            **report,
            "others_did": self._acted,
            "calls_failed": self.telegram.failed,
            "exit": code,
            "errors_logged": len(running.said(" ERROR ")) + len(running.said(" CRITICAL ")),
            "errors": errors(running.log.read_text(encoding="utf-8", errors="replace")),
            **found(self.holds),
        }

    def _operator(self, number: int) -> Operator[Shown]:
        return Operator(
            self.telegram.person(number),
            self.figures,
            seed=self.plan.seed,
            rates=lambda card: rates_on(card.text, self.telegram.market.now()),
        )

    def _settings(self) -> dict[str, str]:
        return {
            "BOT_TOKEN": TOKEN,
            "ADMIN_IDS": ",".join(map(str, self._owners)),
            "TELEGRAM_API_URL": self.telegram.loop.url,
            "DATABASE_URL": f"sqlite:///{self._folder}/desk.db",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "NO_PROXY": "127.0.0.1",
            "HISTORY_BACKFILL_DAYS": "0",
            "PRELOAD_INTERVAL": "2",
            "FIAT_REFRESH_INTERVAL": "10",
            "SEND_LIMITS_ENABLED": "false",
            **self.telegram.source_urls,
        }

    def _until(self, done: Callable[[], bool], running: Running, *, within_s: float) -> None:
        until = time.monotonic() + within_s
        while not done():
            if running.is_over or time.monotonic() > until:
                raise AssertionError(f"it does not go on: {self.figures.report()}\n{running.log.read_text()[-5000:]}")
            self.telegram.loop.step(min(self._crowd.idle_s(), _LOOKS_EVERY_S))
            self._crowd.act()
            self._others()
            self.telegram.flush()

    def _others(self) -> None:
        """One of them does something after each quote."""
        while self._acted < self.figures.counts["quotes"]:
            self._acted += 1
            number = self._acted // 20
            if self._acted % 20 == 1 and number < len(self._passers_by):
                self.telegram.person(self._passers_by[number]).send("/admin_bot")
            elif self._acted % 20 == 2:
                self.telegram.person(FIRST_STRANGER + number).send("/start")
            elif self._acted % 2:
                self._wanderer.act()

    def _look(self, running: Running) -> None:
        """The bot is asked for what it holds, and operators go on meanwhile."""
        file, known = self._folder / "holds.jsonl", len(self.holds)

        def told() -> bool:
            return file.exists() and len(file.read_text(encoding="utf-8").splitlines()) > known

        quotes = self.figures.counts["quotes"]
        running.signal(signal.SIGUSR2)
        self._until(told, running, within_s=_LOOKS_WITHIN_S)
        line = file.read_text(encoding="utf-8").splitlines()[known]
        database = sum(each.stat().st_size for each in self._folder.glob("desk.db*"))
        self.holds.append({"quotes": quotes, **json.loads(line), "database_mb": database / 1e6})
        sys.stderr.write(f"{quotes} quotes, {self.holds[-1]['resident_mb']:.1f} MB\n")

    def _saw(self, message: Shown) -> None:
        self._crowd.heard(message)
        if message.chat_id == WANDERER:
            self._wanderer.saw()


def errors(log: str) -> list[str]:
    """The first ones, each with its traceback."""
    first = [place.start() for place in re.finditer(r"^\S+ (?:ERROR|CRITICAL) ", log, re.MULTILINE)][:3]
    return [log[place:].split("\n2", 1)[0][:5_000] for place in first]


def _at_least(made: Mapping[str, int], quotes: int) -> bool:
    return made["quotes"] >= quotes


def found(holds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What grew after the warm-up: slopes per 1000 quotes and whether they are 0, and tables that grew."""
    settled = [each for each in holds if each["quotes"] >= WARM_UP * holds[-1]["quotes"]]
    names = ("resident_mb", "allocated_mb", "objects", "blocks", "threads", "files", "database_mb", "traced_mb")
    first, last = settled[0], settled[-1]
    quotes = [each["quotes"] for each in settled]
    return {
        "slopes": {name: trend(quotes, [each[name] for each in settled]) for name in names if name in first},
        **{what: grown(settled, what, least=LEAST) for what in ("tables", "types", "lines") if what in first},
        "longest": dict(sorted(last["tables"].items(), key=lambda each: -each[1])[:20]),
        "series": [{name: round(each[name], 2) for name in ("quotes", *names) if name in each} for each in holds],
    }


def soak(plan: Soak) -> dict[str, Any]:
    sys.stderr.write(f"seed {plan.seed}\n")
    with tempfile.TemporaryDirectory() as folder:
        report = Soaking(plan, Path(folder)).run()
    for name, slope in report["slopes"].items():
        sys.stderr.write(sentence(name, slope) + "\n")
    return {"seed": plan.seed, **report}
