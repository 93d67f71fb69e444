import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox import Media, Person, Sandbox
from sandbox.server import Request
from sandbox.stand import BOT
from sandbox.web import Page
from tests.sandbox.hands import Api

SCRIPTS = ["/app.js", "/bubble.js", "/composer.js", "/drawer.js", "/people.js"]
KEYBOARD = {"inline_keyboard": [[{"text": "RUB", "callback_data": "pays:RUB"}]]}


class Events:
    """The live events as the page reads them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=60)
        self._connection.request("GET", "/sandbox/events")
        self._response = self._connection.getresponse()
        assert self._response.readline() == b"retry: 500\n"

    def next(self) -> dict[str, Any]:
        while line := self._response.readline():
            if line.startswith(b"data: "):
                event: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                return event
        raise AssertionError("the events have ended")

    def close(self) -> None:
        self._response.close()
        self._connection.close()


@pytest.fixture
def events(sandbox: Sandbox, anna: Person) -> Iterator[Events]:
    events = Events(sandbox)
    yield events
    events.close()


def post(api: Api, path: str, *, method: str = "POST", **body: Any) -> tuple[int, dict[str, Any]]:
    status, answer = api.raw(path, json.dumps(body).encode(), kind="application/json", method=method)
    return status, json.loads(answer)


def get(api: Api, path: str) -> dict[str, Any]:
    status, body = api.raw(path, method="GET")
    assert status == 200
    answer: dict[str, Any] = json.loads(body)
    return answer


@pytest.mark.parametrize("path", ["/", "/style.css", "/icon.svg", *SCRIPTS])
def test_the_page_is_served_under_a_strict_policy(api: Api, path: str) -> None:
    status, body, headers = api.whole(path)
    assert (status, bool(body)) == (200, True)
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert b"//cdn" not in body
    assert b"<style" not in body
    assert b"onclick=" not in body


@pytest.mark.parametrize("host", ["evil.example:8090", "127.0.0.1.evil.example", "192.168.0.7:8090", ""])
@pytest.mark.parametrize("path", ["/", "/sandbox/state", "/rapira/open/market/rates"])
def test_a_foreign_host_is_refused(api: Api, host: str, path: str) -> None:
    assert api.whole(path, headers={"Host": host})[0] == 403


def test_the_machine_itself_may_be_called_localhost(api: Api) -> None:
    assert api.whole("/", headers={"Host": "localhost:8090"})[0] == 200


def test_a_page_elsewhere_cannot_make_the_browser_act(api: Api, anna: Person) -> None:
    body = json.dumps({"person": 1001, "text": "x"}).encode()
    for kind, origin in (
        ("application/json", "http://evil.example"),
        ("text/plain", None),
        ("application/json", "null"),
    ):
        headers = {"Origin": origin} if origin else {}
        assert api.raw("/sandbox/send", body, kind=kind, headers=headers)[0] == 403
    assert len(anna.chat()) == 1


def test_the_state_holds_people_menus_and_chats(api: Api, anna: Person) -> None:
    api.call("setMyCommands", commands=[{"command": "new", "description": "New quote"}])
    api.call("sendMessage", chat_id=1001, text="<b>1</b> &lt;", parse_mode="HTML", reply_markup=KEYBOARD)
    state = get(api, "/sandbox/state")
    (person,) = state["people"]
    assert state["bot"]["username"] == "quote_desk_bot"
    assert (person["name"], person["language"]) == ("Анна", "ru")
    assert person["commands"] == [{"command": "new", "description": "New quote"}]
    said, answered = person["messages"]
    assert (said["html"], said["out"], answered["out"]) == ("/start", True, False)
    assert answered["html"] == "<b>1</b> &lt;"
    assert answered["rows"] == [
        [{"text": "RUB", "action": "callback_data", "value": "pays:RUB", "style": None}],
    ]


def test_a_person_writes_and_presses_on_the_page(sandbox: Sandbox, api: Api, anna: Person) -> None:
    status, answer = post(api, "/sandbox/send", person=1001, text="<b>hi</b>")
    assert (status, answer["message"]["html"]) == (200, "&lt;b&gt;hi&lt;/b&gt;")
    sent = api.call("sendMessage", chat_id=1001, text="x", reply_markup=KEYBOARD)
    status, answer = post(api, "/sandbox/press", person=1001, message=sent["message_id"], data="pays:RUB")
    assert [query.id for query in sandbox.unanswered()] == [answer["query"]]
    assert [list(update)[1] for update in api.call("getUpdates")] == ["message", "callback_query"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sandbox/send", {"person": 7, "text": "x"}),
        ("/sandbox/send", {"person": 1001}),
        ("/sandbox/press", {"person": 1001, "message": "x", "data": "y"}),
        ("/sandbox/faults", {"target": "telegram", "kind": "tired"}),
        ("/sandbox/faults", {"target": "telegram", "kind": "502", "cuont": 1}),
    ],
)
def test_what_cannot_be_done_is_said(api: Api, anna: Person, path: str, body: dict[str, Any]) -> None:
    status, answer = post(api, path, **body)
    assert status == 400
    assert answer["error"]


def test_other_addresses_are_not_there(api: Api) -> None:
    for path in ("/sandbox/nothing", "/../bot.py", "/stand.py", "/sandbox/files/1001/1", "/sandbox/files/x/y"):
        assert api.whole(path)[0] == 404


def test_what_happens_is_told_as_it_happens(api: Api, anna: Person, events: Events) -> None:
    sent = api.call("sendMessage", chat_id=1001, text="x", reply_markup=KEYBOARD)["message_id"]
    assert (event := events.next())["kind"] == "message"
    assert event["message"]["rows"][0][0]["text"] == "RUB"
    press = anna.press(sent, "RUB")
    api.call("answerCallbackQuery", callback_query_id=press.id, text="Taken", show_alert=True)
    assert events.next() == {
        "kind": "answer",
        "chat": 1001,
        "query": press.id,
        "person": 1001,
        "text": "Taken",
        "alert": True,
    }
    api.call("sendChatAction", chat_id=1001, action="typing")
    assert events.next() == {"kind": "action", "chat": 1001, "action": "typing"}
    api.call("editMessageText", chat_id=1001, message_id=sent, text="y")
    assert (event := events.next())["message"]["edited"]
    api.call("deleteMessage", chat_id=1001, message_id=sent)
    assert events.next() == {"kind": "deleted", "chat": 1001, "message_id": sent}
    api.call("setMyCommands", commands=[{"command": "new", "description": "New"}])
    assert events.next()["menus"]["1001"] == [{"command": "new", "description": "New"}]


def test_a_page_that_is_gone_is_forgotten(sandbox: Sandbox, api: Api, anna: Person, events: Events) -> None:
    other = Events(sandbox)
    other.close()
    for text in ("a", "b", "c"):
        anna.send(text)
    assert [events.next()["message"]["html"] for _ in range(3)] == ["a", "b", "c"]


def test_a_quiet_stream_shows_that_it_lives(sandbox: Sandbox) -> None:
    page = Page(BOT, people=list, chats=sandbox.chats, faults=sandbox.faults, still_here_s=0.001)
    stream = page.handle(Request("GET", "/sandbox/events", "", {}, b"")).chunks
    assert stream is not None
    assert [next(stream), next(stream)] == [b"retry: 500\n\n", b": still here\n\n"]
    page.close()
    assert b"data" not in b"".join(stream)


def test_faults_are_told_by_http(sandbox: Sandbox, api: Api) -> None:
    status, answer = post(api, "/sandbox/faults", target="sendMessage", kind="429", count=2, retry_after=3)
    assert (status, answer["fault"]["left"]) == (200, 2)
    listed = get(api, "/sandbox/faults")
    assert [fault["target"] for fault in listed["on"]] == ["sendMessage"]
    assert "451" in listed["targets"]["rapira"]
    assert "451" not in listed["targets"]["telegram"]
    status, answer = post(api, "/sandbox/faults", method="DELETE", id=listed["on"][0]["id"])
    assert answer == {"cleared": 1}
    assert sandbox.faults.active() == []


def test_only_pictures_are_shown(api: Api, anna: Person) -> None:
    picture = anna.send_media(Media("photo", "1", "p.png", "image/png", b"png"), caption="look")
    page = anna.send_media(Media("document", "2", "x.html", "text/html", b"<script>alert(1)</script>"))
    assert api.whole(f"/sandbox/files/1001/{picture.id}")[2]["Content-Type"] == "image/png"
    _, body, headers = api.whole(f"/sandbox/files/1001/{page.id}")
    assert body == b"<script>alert(1)</script>"
    assert (headers["Content-Type"], headers["Content-Disposition"]) == ("application/octet-stream", "attachment")
    shown = get(api, "/sandbox/state")["people"][0]["messages"]
    assert shown[1]["media"] == {
        "kind": "photo",
        "url": f"/sandbox/files/1001/{picture.id}",
        "name": "p.png",
        "size": 3,
    }


def test_replies_and_reply_keyboards_are_shown(api: Api, anna: Person) -> None:
    api.call(
        "sendMessage", chat_id=1001, text="x", reply_parameters={"message_id": 1}, reply_markup={"keyboard": [["a"]]}
    )
    anna.delete(1)
    api.call("sendMessage", chat_id=1001, text="y", reply_markup={"remove_keyboard": True})
    first, second = get(api, "/sandbox/state")["people"][0]["messages"]
    assert (first["keyboard"], first["reply"]) == ([["a"]], None)
    assert second["keyboard"] == []


def test_what_is_offered_and_chosen_is_told_by_http(sandbox: Sandbox, api: Api, anna: Person) -> None:
    there = sandbox.pair(anna, sandbox.person(3001, name="Игорь"))
    asked: list[dict[str, Any]] = []
    other = Api(sandbox)
    asking = threading.Thread(target=lambda: asked.append(post(other, "/sandbox/inline", person=1001, text="1")[1]))
    asking.start()
    query = api.call("getUpdates", timeout=10)[0]["inline_query"]
    content = {"message_text": "<b>card</b>", "parse_mode": "HTML"}
    article = {"type": "article", "id": "r", "title": "T", "description": "D", "input_message_content": content}
    button = {"text": "Go", "start_parameter": "x"}
    api.call("answerInlineQuery", inline_query_id=query["id"], results=[article], button=button)
    asking.join(30)
    other.close()
    offered = asked[0]
    assert offered["results"] == [{"id": "r", "title": "T", "about": "D"}]
    assert offered["start"] == {"text": "Go", "parameter": "x"}
    chosen = {"chat": there, "query": offered["query"], "result": "r"}
    assert post(api, "/sandbox/choose", person=3001, **chosen)[0] == 400
    assert post(api, "/sandbox/choose", person=1001, **{**chosen, "query": "7"})[0] == 400
    status, answer = post(api, "/sandbox/choose", person=1001, **chosen)
    assert (status, answer["message"]["via"], answer["message"]["sender"]) == (200, "quote_desk_bot", 1001)
    post(api, "/sandbox/send", person=3001, chat=there, text="thanks")
    rooms = [person["rooms"] for person in get(api, "/sandbox/state")["people"]]
    assert [(room["id"], room["name"], len(room["messages"])) for (room,) in rooms] == [
        (there, "Игорь", 2),
        (there, "Анна", 2),
    ]
