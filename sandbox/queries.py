"""What a bot has to answer: presses on inline buttons and inline queries, each once and within its age."""

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import ApiError
from sandbox.inline import Choice, Start, choices, start

_FIRST_ID = 4_382_511_073_920_000_001
_LONGEST_TEXT = 200
_TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot answered, when by the monotonic clock, and whether Telegram took it (it was late or the second)."""

    at: float
    text: str = ""
    show_alert: bool = False
    url: str | None = None
    results: tuple[Mapping[str, Any], ...] = ()
    choices: tuple[Choice, ...] = ()
    start: Start | None = None
    is_personal: bool = False
    cache_time: int = 300
    taken: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """A press (with `data` and a message) or an inline query (with `data` as its text)."""

    id: str
    at: float
    user_id: int
    chat_id: int | None
    message_id: int | None
    data: str


class Queries:
    """The queries that were asked and the answers they got; any thread may call."""

    def __init__(
        self,
        *,
        age_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        told: Callable[[Query, Answer], None],
    ) -> None:
        self.age_s = age_s
        self._clock = clock
        self._told = told
        self._changed = threading.Condition()
        self._ids = itertools.count(_FIRST_ID)
        self._asked: dict[str, Query] = {}
        self._answers: dict[str, list[Answer]] = {}

    def ask(self, user_id: int, data: str, *, chat_id: int | None = None, message_id: int | None = None) -> Query:
        with self._changed:
            query = Query(str(next(self._ids)), self._clock(), user_id, chat_id, message_id, data)
            self._asked[query.id] = query
            self._answers[query.id] = []
            return query

    def asked(self, query_id: str) -> Query:
        """KeyError for one that nobody asked."""
        with self._changed:
            return self._asked[query_id]

    def answer_callback(self, parameters: Mapping[str, Any]) -> bool:
        text = parameters.get("text", "")
        if len(text) > _LONGEST_TEXT:
            raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
        self._answer(
            parameters["callback_query_id"],
            text=text,
            show_alert=parameters.get("show_alert", False),
            url=parameters.get("url"),
        )
        return True

    def answer_inline(self, parameters: Mapping[str, Any]) -> bool:
        results = parameters["results"]
        self._answer(
            parameters["inline_query_id"],
            results=tuple(results),
            choices=choices(results),
            start=start(parameters.get("button")),
            is_personal=parameters.get("is_personal", False),
            cache_time=parameters.get("cache_time", 300),
        )
        return True

    def answer(self, query_id: str) -> Answer | None:
        """The answer that Telegram took, else the first that came; None while there is none."""
        with self._changed:
            answers = self._answers[query_id]
        return next((answer for answer in answers if answer.taken), answers[0] if answers else None)

    def answers(self, query_id: str) -> list[Answer]:
        """All that came for a query, those that were refused too."""
        with self._changed:
            return list(self._answers[query_id])

    def unanswered(self) -> list[Query]:
        """The queries for which no answer came at all."""
        with self._changed:
            return [query for query in self._asked.values() if not self._answers[query.id]]

    def wait_answered(self, query_id: str, *, timeout_s: float = 120.0) -> Answer:
        """The answer as soon as there is one; AssertionError after the time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._answers[query_id], timeout_s):
                raise AssertionError(f"no answer after {timeout_s} s: {self._asked[query_id]}")
        answer = self.answer(query_id)
        assert answer is not None  # noqa: S101 - just waited for
        return answer

    def _answer(self, query_id: str, **what: Any) -> None:
        with self._changed:
            query = self._asked.get(query_id)
            if query is None:
                raise ApiError(400, _TOO_OLD)
            now = self._clock()
            taken = not self._answers[query_id] and now - query.at <= self.age_s
            answer = Answer(now, **what, taken=taken)
            self._answers[query_id].append(answer)
            self._changed.notify_all()
        if not taken:
            raise ApiError(400, _TOO_OLD)
        self._told(query, answer)
