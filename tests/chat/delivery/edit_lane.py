"""A lane in which edits of cards go out when the test lets them, and the shelf on which those that may not are kept."""

import json
from collections.abc import Callable, Hashable
from typing import Any

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.late_edits import LateEdits, Owner, card_of
from storage.database import Database
from storage.late_edits import KeptEdits

ANNA, CARD, ANEW = 42, 7, 9
OWNER = Owner(ANNA)
GONE = "Bad Request: message to edit not found"


def refusal(description: str) -> Answer:
    return Answer(400, "", "", {"ok": False, "error_code": 400, "description": description})


class Shelf(KeptEdits):
    """The database, and something that happens just before an edit is kept in it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.before: Callable[[], object] = lambda: None

    def keep(self, place: int, message: int, *, version: int, body: str) -> None:
        before, self.before = self.before, lambda: None
        before()
        super().keep(place, message, version=version, body=body)


class Lane:
    """Telegram that can hold an edit back, and a dispatcher that runs jobs when it is told to."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.held = False
        self.wait_s = 10.0
        self.outcome: Answer | BaseException | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        self.shown: list[dict[str, Any]] = []
        self.jobs: list[Callable[[], None]] = []
        self.give_up: Callable[[], object] = lambda: None
        self.stopping = False
        self.sent: dict[str, dict[str, Any]] = {}
        self.sending: Answer | BaseException | None = None
        self.moves: list[tuple[int, Owner, int, int]] = []
        self.moving: Callable[[], object] = lambda: None
        self.keys: list[Hashable] = []
        self.start()

    def start(self) -> None:
        self.jobs.clear()
        self.effects = Effects()
        self.shelf = Shelf(self.database)
        self.edits = LateEdits(
            self._send,
            self.shelf,
            self.effects,
            url=lambda method: f"x/{method}",
            submit=self._submit,
            send_anew=self._send_anew,
            moved=self._moved,
        )

    def edit(self, text: str, **more: Any) -> Answer:
        return self.call("editMessageText", text=text, **more)

    def show(self, text: str, *, owner: Owner = OWNER) -> Answer:
        with card_of(owner):
            return self.edit(text, reply_markup="{...}", parse_mode="HTML")

    def call(self, method: str, *, origin: str | None = "update 7", **params: Any) -> Answer:
        params = {"chat_id": ANNA, "message_id": CARD} | params
        if origin is None:
            return self.edits("post", f"x/{method}", params=params)
        with self.effects.of(origin):
            return self.edits("post", f"x/{method}", params=params)

    def release(self) -> None:
        self.held = False
        while self.jobs:
            self.jobs.pop(0)()

    @property
    def texts(self) -> list[str]:
        return [params["text"] for params in self.shown]

    def _send_anew(self, origin: str, params: dict[str, Any]) -> Answer:
        if isinstance(self.sending, BaseException):
            raise self.sending
        if self.sending is not None:
            return self.sending
        self.sent.setdefault(origin, params)
        return Answer(200, "OK", "", {"ok": True, "result": {"message_id": ANEW}})

    def _moved(self, *move: Any) -> None:
        moving, self.moving = self.moving, lambda: None
        moving()
        self.moves.append(move)

    def _submit(self, key: Hashable, job: Callable[[], None], *, on_given_up: Callable[[str], object] = str) -> None:
        if self.stopping:
            raise RuntimeError("stopping")
        self.keys.append(key)
        self.jobs.append(job)
        self.give_up = lambda: on_given_up("a1b2c3")

    def _send(self, _verb: str, url: str, *, params: dict[str, Any]) -> Answer:
        if self.held:
            raise Postponed(self.wait_s)
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        self.shown.append({"method": url.removeprefix("x/")} | params)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return self.outcome or Answer(200, "OK", "", {"ok": True, "result": {"message_id": CARD}})


def kept(database: Database) -> list[str]:
    return [json.loads(body)[1]["text"] for *_, body in KeptEdits(database).all()]
