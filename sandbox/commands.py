"""The menu of commands: kept per scope and language, and the one that a person sees in a chat."""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.errors import ApiError

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST = 100
_LONGEST_DESCRIPTION = 256
_LANGUAGE = re.compile(r"[a-z]{2}")
_SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}

Command = dict[str, str]
Key = tuple[str, int | None, int | None, str]


class Commands:
    """The menus; any thread may call. `told` is called after each change, `reachable` refuses a chat that is not."""

    def __init__(self, *, reachable: Callable[[int | str], Any], told: Callable[[], None]) -> None:
        self._reachable = reachable
        self._told = told
        self._lock = threading.Lock()
        self._menus: dict[Key, list[Command]] = {}

    def set(self, parameters: Mapping[str, Any]) -> bool:
        key = self._key(parameters)
        commands = [_command(each) for each in parameters["commands"]]
        if len(commands) > _MOST:
            raise ApiError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        with self._lock:
            self._menus[key] = commands
        self._told()
        return True

    def get(self, parameters: Mapping[str, Any]) -> list[Command]:
        key = self._key(parameters)
        with self._lock:
            return self._menus.get(key, [])

    def delete(self, parameters: Mapping[str, Any]) -> bool:
        key = self._key(parameters)
        with self._lock:
            self._menus.pop(key, None)
        self._told()
        return True

    def seen(self, user_id: int, *, language: str, chat_id: int) -> list[Command]:
        """The menu that a person sees: the narrowest scope first, in it the person's language first."""
        narrow: list[tuple[str, int | None, int | None]]
        if chat_id == user_id:
            narrow = [("chat", chat_id, None), ("all_private_chats", None, None)]
        else:
            narrow = [("chat_member", chat_id, user_id), ("chat", chat_id, None), ("all_group_chats", None, None)]
        with self._lock:
            for scope in [*narrow, ("default", None, None)]:
                for code in (language, ""):
                    if menu := self._menus.get((*scope, code)):
                        return menu
        return []

    def _key(self, parameters: Mapping[str, Any]) -> Key:
        scope = parameters.get("scope", {"type": "default"})
        language = parameters.get("language_code", "")
        needed = _SCOPES.get(scope.get("type"))
        if needed is None or set(scope) != {"type", *needed}:
            raise ApiError(400, f"Bad Request: can't parse BotCommandScope: {scope}")
        if language and not _LANGUAGE.fullmatch(language):
            raise ApiError(400, "Bad Request: invalid language code specified")
        if "chat_id" in needed:
            self._reachable(_id(scope["chat_id"]))
        ids = [_id(scope[name]) if name in needed else None for name in ("chat_id", "user_id")]
        return scope["type"], ids[0], ids[1], language


def _id(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise ApiError(400, "Bad Request: chat not found") from error


def _command(given: Any) -> Command:
    if not isinstance(given, dict) or set(given) != {"command", "description"}:
        raise ApiError(400, f"Bad Request: can't parse BotCommand: {given}")
    if not _COMMAND.fullmatch(str(given["command"]).removeprefix("/")):
        raise ApiError(400, "Bad Request: BOT_COMMAND_INVALID")
    if not 1 <= len(given["description"]) <= _LONGEST_DESCRIPTION:
        raise ApiError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": given["command"].removeprefix("/"), "description": given["description"]}
