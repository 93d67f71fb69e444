"""What the chat page gets to see of messages, people, events and faults."""

from collections.abc import Mapping
from typing import Any

from sandbox.chats import Chats
from sandbox.faults import Fault
from sandbox.keyboards import reply_rows
from sandbox.messages import Message
from sandbox.people import Person
from sandbox.queries import Answer, Query

_QUOTED = 80


def message_view(message: Message, chats: Chats) -> dict[str, Any]:
    """`html` is safe to be put into a page; all else is text."""
    view: dict[str, Any] = {
        "id": message.id,
        "chat": message.chat_id,
        "out": not message.by_bot,
        "sender": message.sender.id,
        "via": message.extra.get("via_bot", {}).get("username"),
        "name": message.sender.first_name,
        "html": message.html,
        "date": message.date,
        "edited": message.edit_date is not None,
        "rows": [
            [{"text": each.text, "action": each.action, "value": each.value, "style": each.style} for each in row]
            for row in message.rows
        ],
    }
    if message.markup is not None and "inline_keyboard" not in message.markup:
        view["keyboard"] = reply_rows(message.markup)
    if message.reply_to is not None:
        replied = chats.chats[message.chat_id].messages.get(message.reply_to)
        view["reply"] = None if replied is None else {"name": replied.sender.first_name, "text": replied.text[:_QUOTED]}
    if message.media is not None:
        view["media"] = {
            "kind": message.media.field,
            "url": f"/sandbox/files/{message.chat_id}/{message.id}",
            "name": message.media.file_name,
            "size": len(message.media.content),
        }
    return view


def choices_view(answer: Answer) -> dict[str, Any]:
    """What a bot offers where somebody writes `@bot ...`."""
    return {
        "results": [{"id": each.id, "title": each.title, "about": each.description} for each in answer.choices],
        "start": None if answer.start is None else {"text": answer.start.text, "parameter": answer.start.parameter},
    }


def person_view(person: Person, chats: Chats, people: list[Person]) -> dict[str, Any]:
    """`messages` are those of the chat with the bot, `rooms` the chats with one other person each."""
    names = {each.id: each.user.first_name for each in people}
    return {
        "id": person.id,
        "name": person.user.first_name,
        "language": person.user.language_code,
        "commands": person.commands(),
        "messages": [message_view(message, chats) for message in person.chat()],
        "rooms": [
            {
                "id": room.id,
                "name": next(names[member] for member in room.members if member != person.id),
                "messages": [message_view(message, chats) for message in person.chat(room.id)],
            }
            for room in person.rooms()
        ],
    }


def event_view(event: Mapping[str, Any], chats: Chats, people: list[Person]) -> dict[str, Any]:
    """An event of the chats as the page is told of it."""
    view = dict(event)
    if isinstance(message := view.get("message"), Message):
        view["message"] = message_view(message, chats)
    if isinstance(query := view.pop("query", None), Query):
        view["query"] = query.id
        view["person"] = query.user_id
    if view["kind"] == "commands":
        view["menus"] = {person.id: person.commands() for person in people}
    if isinstance(answer := view.pop("answer", None), Answer):
        view["text"] = answer.text
        view["alert"] = answer.show_alert
    return view


def fault_view(fault: Fault, left: int | None) -> dict[str, Any]:
    return {"id": fault.id, "target": fault.target, "kind": fault.kind, "left": left, "delay_s": fault.delay_s}
