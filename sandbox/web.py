"""The chat page and what it talks to: its files, the state, live events, and what a person on it does."""

import json
import queue
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

from sandbox.chats import Chats
from sandbox.faults import Faults
from sandbox.messages import User
from sandbox.people import Person
from sandbox.server import Request, Response
from sandbox.views import choices_view, event_view, fault_view, message_view, person_view

_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/app.js": ("app.js", "text/javascript; charset=utf-8"),
    "/bubble.js": ("bubble.js", "text/javascript; charset=utf-8"),
    "/composer.js": ("composer.js", "text/javascript; charset=utf-8"),
    "/drawer.js": ("drawer.js", "text/javascript; charset=utf-8"),
    "/inline.js": ("inline.js", "text/javascript; charset=utf-8"),
    "/people.js": ("people.js", "text/javascript; charset=utf-8"),
    "/rooms.js": ("rooms.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_FOLDER = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
_MEDIA = "/sandbox/files/"
_PICTURES = {"image/png", "image/jpeg"}
_JSON = "application/json"
_OFFERS_WITHIN_S = 10.0

Body = Mapping[str, Any]


class Page:
    """Answers everything that is neither the Bot API nor a source; any thread may call."""

    def __init__(
        self,
        bot: User,
        *,
        people: Callable[[], list[Person]],
        chats: Chats,
        faults: Faults,
        still_here_s: float = 15.0,
    ) -> None:
        self._bot = bot
        self._people = people
        self._chats = chats
        self._faults = faults
        self._still_here_s = still_here_s
        self._streams: set[queue.SimpleQueue[dict[str, Any] | None]] = set()
        self._actions: dict[tuple[str, str], Callable[[Body], Any]] = {
            ("GET", "/sandbox/state"): self._state,
            ("POST", "/sandbox/send"): self._send,
            ("POST", "/sandbox/press"): self._press,
            ("POST", "/sandbox/inline"): self._ask_inline,
            ("POST", "/sandbox/choose"): self._choose,
            ("GET", "/sandbox/faults"): self._list_faults,
            ("POST", "/sandbox/faults"): self._add_fault,
            ("DELETE", "/sandbox/faults"): self._clear_faults,
        }

    def close(self) -> None:
        """End the live events."""
        for stream in list(self._streams):
            stream.put(None)

    def handle(self, request: Request) -> Response:
        if request.method == "GET" and request.path in _FILES:
            name, kind = _FILES[request.path]
            return Response((_FOLDER / name).read_bytes(), 200, kind, _HEADERS)
        if request.method == "GET" and request.path == "/sandbox/events":
            return Response(content_type="text/event-stream", headers=_HEADERS, chunks=self._events())
        if request.method == "GET" and request.path.startswith(_MEDIA):
            return self._file(request.path.removeprefix(_MEDIA))
        action = self._actions.get((request.method, request.path))
        if action is None:
            return _answer({"error": "there is no such thing here"}, 404)
        if request.method != "GET" and not _is_from_page(request):
            return _answer({"error": "only the page itself may ask for this, and in JSON"}, 403)
        try:
            body = json.loads(request.body) if request.body else {}
            return _answer(action(body))
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            return _answer({"error": f"{type(error).__name__}: {error}"}, 400)

    def _state(self, _: Body) -> Any:
        with self._chats.lock:
            people = self._people()
            return {
                "bot": {"name": self._bot.first_name, "username": self._bot.username},
                "people": [person_view(person, self._chats, people) for person in people],
            }

    def _send(self, body: Body) -> Any:
        message = self._person(body).send(str(body["text"]), reply_to=body.get("reply_to"), chat_id=body.get("chat"))
        return {"message": message_view(message, self._chats)}

    def _press(self, body: Body) -> Any:
        return {"query": self._person(body).press_data(int(body["message"]), str(body["data"])).id}

    def _ask_inline(self, body: Body) -> Any:
        """Waits for what the bot offers: a browser asks again with the next letter."""
        asked = self._person(body).ask_inline(str(body["text"]))
        return {"query": asked.id, **choices_view(asked.wait_answer(timeout_s=_OFFERS_WITHIN_S))}

    def _choose(self, body: Body) -> Any:
        person = self._person(body)
        sent = person.choose(person.asked(str(body["query"])), str(body["result"]), chat_id=body.get("chat"))
        return {"message": message_view(sent, self._chats)}

    def _list_faults(self, _: Body) -> Any:
        return {
            "on": [fault_view(fault, left) for fault, left in self._faults.active()],
            "targets": {target: sorted(kinds) for target, kinds in self._faults.kinds.items()},
        }

    def _add_fault(self, body: Body) -> Any:
        wanted = dict(body)
        fault = self._faults.add(str(wanted.pop("target")), str(wanted.pop("kind")), **wanted)
        return {"fault": fault_view(fault, fault.count)}

    def _clear_faults(self, body: Body) -> Any:
        return {"cleared": self._faults.clear(body.get("target"), fault_id=body.get("id"))}

    def _person(self, body: Body) -> Person:
        wanted = int(body["person"])
        for person in self._people():
            if person.id == wanted:
                return person
        raise ValueError(f"nobody here has the id {wanted}")

    def _file(self, rest: str) -> Response:
        """A picture is shown; any other file is only ever saved, since a bot may send what it likes."""
        chat_id, _, message_id = rest.partition("/")
        with self._chats.lock:
            chat = self._chats.chats.get(int(chat_id)) if chat_id.isdigit() else None
            message = chat.messages.get(int(message_id)) if chat is not None and message_id.isdigit() else None
        if message is None or message.media is None:
            return _answer({"error": "there is no such file"}, 404)
        if message.media.content_type in _PICTURES:
            return Response(message.media.content, 200, message.media.content_type, _HEADERS)
        headers = (*_HEADERS, ("Content-Disposition", "attachment"))
        return Response(message.media.content, 200, "application/octet-stream", headers)

    def _events(self) -> Generator[bytes, None, None]:
        """What happens from now on, as server-sent events, until the page goes or the stand stops."""
        events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._streams.add(events)
        unwatch = self._chats.watch(events.put)
        try:
            yield b"retry: 500\n\n"
            while True:
                try:
                    event = events.get(timeout=self._still_here_s)
                except queue.Empty:
                    yield b": still here\n\n"
                    continue
                if event is None:
                    return
                yield f"data: {json.dumps(event_view(event, self._chats, self._people()))}\n\n".encode()
        finally:
            unwatch()
            self._streams.discard(events)


def _is_from_page(request: Request) -> bool:
    """Whether it comes from our own page or from a program, not from a page elsewhere that a browser has open."""
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    return origin in {None, f"http://{host}"} and (kind == _JSON or not request.body)


def _answer(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body).encode(), status, _JSON, _HEADERS)
