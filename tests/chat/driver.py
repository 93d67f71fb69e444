"""A chat as an operator has it, without a network: the real TeleBot, handlers and states, and a Telegram in memory."""

import itertools
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from telebot import TeleBot

from calc.base import Price
from calc.directions import DIRECTIONS, Cross, Direction
from calc.floors import Floor, Policy
from calc.margins import Margin
from calc.quotes import Author
from chat.backups import Backups, Copy
from chat.cards import Cards
from chat.client_screens import ClientCards
from chat.clock import WallClock
from chat.debug import Debug, Tools
from chat.dialogue import Place
from chat.front import Front, Sources
from chat.languages import language_for
from chat.office import Office
from chat.status_screen import Report
from chat.stores import Stores
from chat.texts import MOSCOW
from chat.updates import Addressee, Updates
from chat.ways import Ways
from desk.access import Access
from desk.quote_book import VALID_FOR
from desk.quoting import Desk
from desk.typed_rates import TypedRates
from storage.afterwards import Afterwards
from storage.alerts import AlertModes, KeptAlerts
from storage.approvals import Approvals as KeptApprovals
from storage.audit import Audit
from storage.boards import PinnedBoards
from storage.database import open_database
from storage.decisions import Decisions
from storage.dialogue_memory import DialogueMemory
from storage.history import History
from storage.inbox import Inbox
from storage.inline_offers import InlineOffers
from storage.margins import KeptMargins
from storage.members import Members
from storage.operators import Operators
from storage.quote_cards import QuoteCards
from storage.quote_lists import QuoteLists
from storage.quote_warnings import QuoteWarnings
from storage.quotes import Quotes
from storage.sent_copies import SentCopies
from storage.states import StateStorage
from storage.totals import DayTotals
from tests.chat.book import FIAT, NOW, USDT_RUB, Book
from tests.chat.habits import Habits
from tests.chat.telegram import NBSP, Choices, Message, Telegram, installed

OPERATOR, COLLEAGUE, STRANGER = 1001, 1002, 2001
GROUP = -100500


@dataclass
class Counted:
    """What a cache has counted."""

    hits: int = 0
    misses: int = 0
    loads: int = 0
    failures: int = 0
    evictions: int = 0
    entries: int = 0
    bytes: int = 0


class Memory(Habits):
    """Margins and languages beside the habits, as the operators' table keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.margins: dict[tuple[int, Direction], Margin] = {}
        self.languages: dict[int, str] = {}

    def last_margin(self, user_id: int, direction: Direction) -> Margin | None:
        return self.margins.get((user_id, direction))

    def remember_margin(self, user_id: int, direction: Direction, margin: Margin) -> None:
        self.margins[user_id, direction] = margin

    def language(self, user_id: int) -> str | None:
        return self.languages.get(user_id)

    def set_language(self, user_id: int, language: str) -> None:
        self.languages[user_id] = language


class Chat:
    """The bot and everybody who writes to it. Jobs beside the chat wait until `run_beside`."""

    def __init__(
        self, folder: Path, *, book: Book, admins: tuple[int, ...], memory: Memory | None, cross: Cross
    ) -> None:
        """Without a `memory` habits and updates are kept in the database, too, as the bot itself does it."""
        self.book, self.telegram = book, Telegram()
        self._memory = memory
        self.now, self.zone = NOW, MOSCOW
        self.desk_name = ""
        self.valid_for = VALID_FOR
        self.username: str | None = "desk_bot"
        self.report = Report(book.market(), {}, None)
        self.check: Callable[[], None] = lambda: None
        self.beside: list[Callable[[], None]] = []
        self.in_line: list[Callable[[], None]] = []
        self.is_stopping = self._is_handling = False
        self._in_turns: list[Callable[[], None]] = []
        self.copy: Copy | Exception = Copy(b"packed", size=2_430_000)
        self.failed_copies: list[object] = []
        self.tools = Tools(
            cache=Counted,
            clear=lambda: None,
            steps=list,
            slowest=list,
            slower=list,
            allocations=lambda: None,
            watch=lambda _: None,
            logs=lambda _: [],
        )
        self.is_stopping = False
        self.finished: list[int] = []
        self._ids, self._names, self.queries = itertools.count(1), itertools.count(1), itertools.count(1)
        self._folder, self._admins, self._cross = folder, admins, cross
        self.start()

    def start(self) -> None:
        """Also a restart: everything in memory is new, the database is what it was."""
        self.file = open_database(f"sqlite:///{self._folder}/desk.db")
        self.database = Afterwards(self.file)
        self.beside.clear()
        self.in_line.clear()
        states = StateStorage(self.database, copies=DialogueMemory(self.database))
        self.inbox = Inbox(self.database, now=lambda: self.now)
        self.memory: Any = self._memory or Operators(self.database, also=states.also, now=lambda: self.now)
        self.bot = TeleBot("1:x", threaded=False, parse_mode="HTML", state_storage=states, validate_token=False)
        self.updates = Updates(
            self.bot,
            lambda update: self.handlers.answer(update),  # noqa: PLW0108  # which there are not yet
            collect=states.collect,
            finish=self._finish,
            language=partial(language_for, self.memory),
        )
        decisions = Decisions(self.database)
        self.typed = typed = TypedRates(decisions, utcnow=lambda: self.now)
        self.desk = desk = Desk(
            self.book, typed=typed.standing, price=Price.SIDE, cross=self._cross, utcnow=lambda: self.now
        )
        self.members, self.approvals = Members(self.database, now=lambda: self.now), KeptApprovals(self.database)
        self.access = Access(self._admins, self.members, utcnow=lambda: self.now, new_code=lambda: "secret")
        self.audit, self.kept_margins = Audit(self.database), KeptMargins(self.database)
        self.modes = AlertModes(self.database)
        self.history = History(self.database)
        self.totals = DayTotals(self.database)
        self.totals.use_zone(self.zone)
        office = Office(
            bot=self.bot,
            cards=Cards(self.bot),
            client_cards=ClientCards(self.desk_name, self.zone, shares=lambda: True),
            desk=desk,
            access=self.access,
            stores=self._stores(decisions),
            ways=Ways(self._beside, self._in_turn, self._in_line),
            clock=WallClock(self.zone, lambda: self.now),
        )
        self.backups = Backups(
            office.cards,
            copy=self._copy,
            owners=lambda: self.access.owners,
            languages=self.memory,
            sent=SentCopies(self.database),
            ways=office.ways,
            failed=self.failed_copies.append,
            note=self.audit.note,
            clock=office.clock,
        )
        self.front = front = Front(
            office,
            typed=typed,
            sources=Sources(self.book.market, report=lambda: self.report, check=self._check),
            valid_for=self.valid_for,
            more=[self.backups.feature, Debug(office.cards, self.tools, ways=office.ways).feature],
            new_id=lambda: f"d{next(self._names)}",
            username=lambda: self.username,
        )
        self.boards, self.alerting, self.approving = front.boards, front.alerting, front.approving
        self.quotes, self.team = front.given.book, front.people.team
        self.inline, self.handlers = front.requests.inline, front.handlers

    def _stores(self, decisions: Decisions) -> Stores:
        return Stores(
            operators=self.memory,
            margins=self.kept_margins,
            members=self.members,
            approvals=self.approvals,
            deeds=self.audit,
            decisions=decisions,
            quotes=Quotes(self.database),
            quote_cards=QuoteCards(self.database),
            quote_warnings=QuoteWarnings(self.database),
            inline_offers=InlineOffers(self.database),
            boards=PinnedBoards(self.database),
            alerts=KeptAlerts(self.database),
            modes=self.modes,
            history=self.history,
            book=QuoteLists(self.database),
            totals=self.totals,
            note=self.audit.note,
        )

    def set_floor(self, percent: str, policy: Policy = Policy.WARN) -> None:
        floor = Floor(Decimal(percent), policy)
        self.front.margins.set_floors(DIRECTIONS, lambda _: floor, by=Author(OPERATOR, "Аня"))

    def restart(self) -> None:
        self.database.close()
        self.start()

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)

    def run_beside(self) -> None:
        jobs, self.beside = self.beside, []
        for job in jobs:
            job()

    def look(self) -> None:
        """What the threads do that follow quotes and rates, once."""
        self.front.given.look()
        self.run_in_line()

    def run_in_line(self) -> None:
        jobs, self.in_line = self.in_line, []
        for job in jobs:
            job()

    def handle(self, update: dict[str, Any]) -> None:
        update_id = next(self._ids)
        self._is_handling = True
        self.updates.handle(update_id, {"update_id": update_id} | update)
        self._is_handling = False
        jobs, self._in_turns = self._in_turns, []
        for job in jobs:
            job()

    def _copy(self) -> Copy:
        if isinstance(self.copy, Exception):
            raise self.copy
        return self.copy

    def _check(self) -> None:
        self.check()

    def _in_turn(self, place: Place, language: str, job: Callable[[], None]) -> None:
        """At once, or, where an update is being handled, after it."""

        def run() -> None:
            self.updates.run(job, Addressee(place.chat_id, place.thread_id, language))

        if self._is_handling:
            self._in_turns.append(run)
        else:
            run()

    def _in_line(self, _chat_id: int, job: Callable[[], None]) -> None:
        if self.is_stopping:
            raise RuntimeError("the dispatcher is stopping")
        self.in_line.append(job)

    def _beside(self, _key: Hashable, job: Callable[[], None]) -> None:
        self.beside.append(job)

    def _finish(self, changes: Any, update_id: int, _press: str) -> None:
        with self.database.write() as connection:
            if changes is not None:
                changes.write(connection)
            if self._memory is None:
                self.inbox.mark_done(connection, update_id)
        self.finished.append(update_id)


class Person:
    """Sends and clicks like a person; a button that is not there fails the test."""

    def __init__(
        self,
        chat: Chat,
        user_id: int,
        *,
        language: str = "ru",
        name: str = "Аня",
        chat_id: int | None = None,
        thread_id: int | None = None,
    ) -> None:
        self.chat, self.user_id, self.language, self.name = chat, user_id, language, name
        self.chat_id = chat_id or user_id
        self._thread = {} if thread_id is None else {"message_thread_id": thread_id, "is_topic_message": True}

    def send(self, text: str | None, **more: Any) -> None:
        content = {} if text is None else {"text": text}
        if text and text.startswith("/"):
            more["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        self.chat.handle({"message": self._message(900) | content | more})

    def reply(self, text: str, to: Message) -> None:
        """To a message of the bot."""
        bot = {"id": 1, "is_bot": True, "first_name": "Desk"}
        self.send(text, reply_to_message=self._message(to.id) | {"from": bot, "text": to.text})

    def ask_inline(self, text: str) -> Choices:
        """Types `@bot text` in some other chat."""
        query = {"id": f"{next(self.chat.queries)}", "from": self._user(), "query": text, "offset": ""}
        self.chat.inline.answer(query)
        return Choices(text, self.chat.telegram.named("answerInlineQuery")[-1])

    def choose(self, choices: Choices, place: int = 0) -> Message:
        """Taps one, which sends it; where it has buttons the bot can change it later."""
        result = choices.results[place]
        said = result["input_message_content"]["message_text"]
        message = Message(0, 0, said, result.get("reply_markup", {"inline_keyboard": []})["inline_keyboard"])
        chosen = {"result_id": result["id"], "from": self._user(), "query": choices.query}
        if message.rows:
            chosen["inline_message_id"] = f"inline{result['id']}"
            self.chat.telegram.inline[chosen["inline_message_id"]] = message
        self.chat.handle({"chosen_inline_result": chosen})
        return message

    def click(self, label: str, message: Message | None = None) -> None:
        message = message or self.card
        found = [each for row in message.rows for each in row if each["text"].replace(NBSP, " ") == label]
        assert found, f"no button {label!r} among {message.buttons}"
        self.press(found[0]["callback_data"], message)

    def press(self, data: str, message: Message) -> None:
        self.chat.handle({"callback_query": self.query(data, message)})

    def query(self, data: str, message: Message, *, is_old: bool = False) -> dict[str, Any]:
        """Of a message older than two days Telegram tells only its number."""
        markup = {"inline_keyboard": message.rows}
        shown = self._message(message.id) | {"text": message.text, "reply_markup": markup}
        inaccessible = {"message_id": message.id, "date": 0, "chat": shown["chat"]}
        return {
            "id": "7",
            "from": self._user(),
            "chat_instance": "1",
            "data": data,
            "message": inaccessible if is_old else shown,
        }

    @property
    def messages(self) -> list[Message]:
        return [each for each in self.chat.telegram.sent() if each.chat_id == self.chat_id]

    @property
    def card(self) -> Message:
        """The last message of the bot."""
        return self.messages[-1]

    def _message(self, message_id: int) -> dict[str, Any]:
        kind = "private" if self.chat_id == self.user_id else "supergroup"
        return {
            "message_id": message_id,
            "date": int(NOW.timestamp()),
            "from": self._user(),
            "chat": {"id": self.chat_id, "type": kind},
            **self._thread,
        }

    def _user(self) -> dict[str, Any]:
        return {"id": self.user_id, "is_bot": False, "first_name": self.name, "language_code": self.language}


@contextmanager
def open_chat(
    folder: Path,
    *,
    book: Book | None = None,
    admins: tuple[int, ...] = (OPERATOR, COLLEAGUE),
    cross: Cross = Cross.RUB,
    is_all_kept: bool = False,
) -> Iterator[Chat]:
    memory = None if is_all_kept else Memory()
    chat = Chat(folder, book=book or Book(USDT_RUB, FIAT), admins=admins, memory=memory, cross=cross)
    with installed(chat.telegram):
        try:
            yield chat
        finally:
            chat.database.close()


def at_margin(anya: Person, pays: str = "RUB", gets: str = "USDT") -> None:
    anya.send("/admin_bot")
    anya.click(pays)
    anya.click(gets)


def at_result(anya: Person, margin: str = "2 %", amount: str = "1000") -> None:
    at_margin(anya)
    anya.click(margin)
    anya.send(amount)
