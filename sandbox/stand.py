"""The whole stand: one server with the Bot API, the rate sources and the chat page, and people to drive."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from sandbox.chats import Chats
from sandbox.commands import Commands
from sandbox.failures import SOURCE_KINDS, TELEGRAM_KINDS, telegram_error
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.market import Market
from sandbox.messages import User
from sandbox.parameters import METHODS
from sandbox.people import Person
from sandbox.queries import Answer, Queries, Query
from sandbox.screens import Telegram
from sandbox.server import Request, Response, Server
from sandbox.sources import NAMES, PREFIXES, Sources
from sandbox.telegram import BotApi
from sandbox.updates import UpdateQueue
from sandbox.web import Page

TOKEN = "4201337:AAE-sandbox-token-of-no-real-bot-00"  # noqa: S105 - opens nothing but this stand
BOT = User(4_201_337, "Quote Desk", username="quote_desk_bot", is_bot=True)
_OWN_NAMES = {"127.0.0.1", "localhost"}
"""A page elsewhere whose name was made to resolve to this machine comes with its own name."""


class Sandbox:
    """Runs inside `with`; leaving it raises what went wrong in the stand-in itself.

    Ids of updates and messages rise from the given ones. `clock` is a monotonic clock in seconds, `wall` the time.
    """

    def __init__(
        self,
        port: int = 0,
        drift: bool = False,
        *,
        seed: int = 0,
        token: str = TOKEN,
        first_update_id: int = 100_000_001,
        first_message_id: int = 1,
        callback_age_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.journal = Journal(clock=clock)
        kinds = {
            "telegram": TELEGRAM_KINDS,
            "sources": SOURCE_KINDS,
            **dict.fromkeys(METHODS, TELEGRAM_KINDS),
            **dict.fromkeys(NAMES, SOURCE_KINDS),
        }
        self.faults = Faults(kinds, clock=clock, seed=seed)
        self.market = Market(drift=drift, seed=seed, clock=clock)
        self.chats = Chats(clock=clock, wall=wall, first_message_id=first_message_id)
        self.updates = UpdateQueue(first_id=first_update_id)
        self.queries = Queries(age_s=callback_age_s, clock=clock, told=self._tell_answer)
        self.commands = Commands(reachable=self.chats.reachable, told=self._tell_commands)
        self._people: dict[int, Person] = {}
        self._server = Server(self._route, port=port)
        halt = self._server.halt
        self.sources = Sources(self.market, faults=self.faults, journal=self.journal, halt=halt)
        self._api = BotApi(
            BOT,
            token=token,
            chats=self.chats,
            updates=self.updates,
            queries=self.queries,
            commands=self.commands,
            faults=self.faults,
            journal=self.journal,
            halt=halt,
        )
        self._page = Page(
            BOT,
            people=lambda: self.people,
            chats=self.chats,
            faults=self.faults,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None and self._server.failures:
            raise self._server.failures[0]

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self.updates.close()
        self._page.close()
        self._server.stop()

    @property
    def url(self) -> str:
        """Where the chat page is."""
        return self._server.url

    @property
    def telegram_url(self) -> str:
        """What TELEGRAM_API_URL has to be."""
        return self._server.url

    @property
    def source_urls(self) -> dict[str, str]:
        """The settings that point the bot to the sources here, by name."""
        return {name: self._server.url + prefix for name, prefix in PREFIXES.items()}

    @property
    def settings(self) -> dict[str, str]:
        """What the bot needs in its environment to live here: its token and all addresses."""
        return {"BOT_TOKEN": self.token, "TELEGRAM_API_URL": self.telegram_url, **self.source_urls}

    def person(
        self,
        user_id: int,
        *,
        name: str | None = None,
        language: str | None = None,
        last_name: str | None = None,
        username: str | None = None,
    ) -> Person:
        """Somebody with that id: made when first asked for (Russian unless said otherwise), the same one after."""
        with self.chats.lock:
            person = self._people.get(user_id)
            if person is None:
                user = User(user_id, name or f"Person {user_id}", language or "ru", last_name, username)
                self.chats.add_user(user)
                telegram = Telegram(BOT, self.chats, self.updates, self.queries, self.commands)
                person = self._people[user_id] = Person(user, telegram)
            return person

    @property
    def people(self) -> list[Person]:
        with self.chats.lock:
            return list(self._people.values())

    def group(self, chat_id: int, *people: Person, title: str = "Group", kind: str = "supergroup") -> int:
        """A group with the bot and these people in it; its id is what a person's methods take as `chat_id`."""
        return self.chats.add_group(chat_id, title=title, kind=kind, members={person.id for person in people}).id

    def pair(self, one: Person, other: Person) -> int:
        """The chat of two people, without the bot; its id is what a person's methods take as `chat_id`."""
        return self.chats.add_pair(one.user, other.user).id

    def inject(self, kind: str, payload: Mapping[str, Any]) -> int | None:
        """Put any update in the queue, one that Telegram would never send too; its id, None if not asked for."""
        return self.updates.push(kind, payload)

    def answered(self, callback_id: str) -> Answer | None:
        """What the bot answered to a press; None while it has not."""
        return self.queries.answer(callback_id)

    def unanswered(self) -> list[Query]:
        """Presses and inline queries that the bot has left without any answer; a test ends with none."""
        return self.queries.unanswered()

    def _route(self, request: Request) -> Response:
        if request.headers.get("host", "").rpartition(":")[0] not in _OWN_NAMES:
            return Response(b"this host is not served here", 403, "text/plain")
        if request.path.startswith("/bot"):
            return self._api.handle(request)
        if request.path.startswith(tuple(f"{prefix}/" for prefix in PREFIXES.values())):
            return self.sources.handle(request)
        if request.path.startswith("/file/"):
            return telegram_error(404, "Not Found")
        return self._page.handle(request)

    def _tell_answer(self, query: Query, answer: Answer) -> None:
        if query.chat_id is not None:
            self.chats.tell("answer", query.chat_id, query=query, answer=answer)

    def _tell_commands(self) -> None:
        self.chats.tell("commands", 0)
