"""The methods by which a bot speaks: send, edit, delete, act."""

import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox import keyboards
from sandbox.chats import Chat, Chats
from sandbox.errors import ApiError
from sandbox.formatted import Formatted, plain
from sandbox.forms import Upload
from sandbox.markup import parse
from sandbox.messages import Media, Message, User

_LONGEST_TEXT = 4096
_LONGEST_CAPTION = 1024
_PHOTO_BYTES = 10 * 1024 * 1024
_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_UNTOLD = "application/octet-stream"
_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
_NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)

Parameters = Mapping[str, Any]


class Sending:
    """What the bot says lands in the chats; any thread may call."""

    def __init__(self, chats: Chats, bot: User) -> None:
        self._chats = chats
        self._bot = bot

    def methods(self) -> dict[str, Callable[[Parameters], Any]]:
        return {
            "sendMessage": self.send_message,
            "sendPhoto": self.send_photo,
            "sendDocument": self.send_document,
            "editMessageText": self.edit_text,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete,
            "pinChatMessage": self.pin,
            "unpinChatMessage": self.unpin,
            "sendChatAction": self.act,
            "getChat": self.get_chat,
        }

    def send_message(self, parameters: Parameters) -> dict[str, Any]:
        said = _said(parameters, "text", longest=_LONGEST_TEXT)
        if not said.text:
            raise ApiError(400, "Bad Request: message text is empty")
        return self._send(parameters, said)

    def send_photo(self, parameters: Parameters) -> dict[str, Any]:
        return self._send_media(parameters, "photo")

    def send_document(self, parameters: Parameters) -> dict[str, Any]:
        return self._send_media(parameters, "document")

    def _send_media(self, parameters: Parameters, field: str) -> dict[str, Any]:
        file = parameters[field]
        if not isinstance(file, Upload):
            raise ApiError(400, f"Bad Request: the stand-in takes a {field} as an uploaded file only")
        if not file.content or (field == "photo" and len(file.content) > _PHOTO_BYTES):
            raise ApiError(400, "Bad Request: file must be non-empty" if not file.content else "Bad Request: too big")
        if field == "photo":
            file = replace(file, content_type=_picture_type(file.content))
        elif file.content_type == _UNTOLD:
            file = replace(file, content_type=mimetypes.guess_type(file.file_name)[0] or _UNTOLD)
        said = _said(parameters, "caption", longest=_LONGEST_CAPTION)
        return self._send(parameters, said, field=field, file=file)

    def _send(
        self, parameters: Parameters, said: Formatted, *, field: str = "", file: Upload | None = None
    ) -> dict[str, Any]:
        markup = keyboards.check(parameters.get("reply_markup"))
        with self._chats.lock:
            chat = self._chats.reachable(parameters["chat_id"])
            reply_to = self._reply_to(chat, parameters.get("reply_parameters"))
            media = None
            if file is not None:
                file_id = f"{field}{chat.id}x{len(chat.messages)}x{len(file.content)}"
                media = Media(field, file_id, file.file_name, file.content_type, file.content)
            message = self._chats.post(chat, self._bot, said=said, markup=markup, reply_to=reply_to, media=media)
            return self._chats.message_json(chat, message)

    def edit_text(self, parameters: Parameters) -> dict[str, Any] | bool:
        said = _said(parameters, "text", longest=_LONGEST_TEXT)
        if not said.text:
            raise ApiError(400, "Bad Request: message text is empty")
        return self._edit(parameters, said)

    def edit_markup(self, parameters: Parameters) -> dict[str, Any] | bool:
        return self._edit(parameters, None)

    def _edit(self, parameters: Parameters, said: Formatted | None) -> dict[str, Any] | bool:
        markup = keyboards.check(parameters.get("reply_markup"), edited=True)
        with self._chats.lock:
            is_inline = "inline_message_id" in parameters
            chat, message = self._sent_through(parameters) if is_inline else self._own(parameters, "edit")
            if said is not None and message.media is not None:
                raise ApiError(400, "Bad Request: there is no text in the message to edit")
            same_text = said is None or (said.text == message.text and said.entities == message.entities)
            if same_text and markup == message.markup:
                raise ApiError(400, _NOT_MODIFIED)
            changed = self._chats.change(chat, message, said=None if same_text else said, markup=markup)
            return True if is_inline else self._chats.message_json(chat, changed)

    def delete(self, parameters: Parameters) -> bool:
        with self._chats.lock:
            chat = self._chats.reachable(parameters["chat_id"])
            if parameters["message_id"] not in chat.messages:
                raise ApiError(400, "Bad Request: message to delete not found")
            self._chats.remove(chat, parameters["message_id"])
            return True

    def pin(self, parameters: Parameters) -> bool:
        with self._chats.lock:
            chat, message_id = self._chats.reachable(parameters["chat_id"]), parameters["message_id"]
            if message_id not in chat.messages:
                raise ApiError(400, "Bad Request: message to pin not found")
            if message_id not in chat.pinned:
                chat.pinned.append(message_id)
            return True

    def unpin(self, parameters: Parameters) -> bool:
        """The one that is named, or the one pinned last."""
        with self._chats.lock:
            chat = self._chats.reachable(parameters["chat_id"])
            message_id = parameters.get("message_id", chat.pinned[-1] if chat.pinned else None)
            if message_id not in chat.pinned:
                raise ApiError(400, "Bad Request: message to unpin not found")
            chat.pinned.remove(message_id)
            return True

    def act(self, parameters: Parameters) -> bool:
        if parameters["action"] not in _ACTIONS:
            raise ApiError(400, "Bad Request: wrong parameter action in request")
        with self._chats.lock:
            self._chats.act(self._chats.reachable(parameters["chat_id"]), parameters["action"])
            return True

    def get_chat(self, parameters: Parameters) -> dict[str, Any]:
        with self._chats.lock:
            return self._chats.reachable(parameters["chat_id"]).json()

    def _sent_through(self, parameters: Parameters) -> tuple[Chat, Message]:
        """A message that a person sent through the bot."""
        place = self._chats.inline.get(parameters["inline_message_id"])
        chat = self._chats.chats[place[0]] if place is not None else None
        message = chat.messages.get(place[1]) if chat is not None and place is not None else None
        if chat is None or message is None:
            raise ApiError(400, "Bad Request: MESSAGE_ID_INVALID")
        return chat, message

    def _own(self, parameters: Parameters, what: str) -> tuple[Chat, Message]:
        """The message of the bot's that is meant."""
        if "chat_id" not in parameters or "message_id" not in parameters:
            raise ApiError(400, "Bad Request: message identifier is not specified")
        chat = self._chats.reachable(parameters["chat_id"])
        message = chat.messages.get(parameters["message_id"])
        if message is None:
            raise ApiError(400, f"Bad Request: message to {what} not found")
        if not message.by_bot:
            raise ApiError(400, f"Bad Request: message can't be {what}ed")
        return chat, message

    @staticmethod
    def _reply_to(chat: Chat, wanted: Mapping[str, Any] | None) -> int | None:
        if wanted is None:
            return None
        message_id = wanted.get("message_id")
        if message_id in chat.messages:
            return int(message_id)
        if wanted.get("allow_sending_without_reply"):
            return None
        raise ApiError(400, "Bad Request: message to be replied not found")


def _picture_type(content: bytes) -> str:
    """By its first bytes, as Telegram has it: what a bot says of its picture does not count."""
    for begin, content_type in _PICTURES.items():
        if content.startswith(begin):
            return content_type
    raise ApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")


def _said(parameters: Parameters, name: str, *, longest: int) -> Formatted:
    if "entities" in parameters or "caption_entities" in parameters:
        raise ApiError(400, "Bad Request: the stand-in takes formats by parse_mode only")
    source = parameters.get(name, "")
    match parameters.get("parse_mode", "").upper():
        case "":
            said = plain(source)
        case "HTML":
            said = parse(source)
        case mode:
            raise ApiError(400, f"Bad Request: the stand-in reads HTML, not parse_mode {mode}")
    if len(said.text) > longest:
        raise ApiError(400, f"Bad Request: {'message' if name == 'text' else 'message caption'} is too long")
    return said
