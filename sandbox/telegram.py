"""The Bot API of the stand-in: one bot, its token, its methods, strict about every parameter."""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import forms, parameters
from sandbox.chats import Chats
from sandbox.commands import Commands
from sandbox.errors import ApiError
from sandbox.failures import fail, telegram_error, telegram_page
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.messages import User
from sandbox.queries import Queries
from sandbox.sending import Sending
from sandbox.server import Request, Response
from sandbox.updates import UpdateQueue

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class BotApi:
    """Answers `/bot<token>/<method>`; any thread may call."""

    def __init__(
        self,
        bot: User,
        *,
        token: str,
        chats: Chats,
        updates: UpdateQueue,
        queries: Queries,
        commands: Commands,
        faults: Faults,
        journal: Journal,
        halt: threading.Event,
    ) -> None:
        self._bot = bot
        self._prefix = f"/bot{token}/"
        self._updates = updates
        self._faults = faults
        self._journal = journal
        self._halt = halt
        self._methods: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "getMe": self._get_me,
            "getUpdates": updates.get,
            "deleteWebhook": self._delete_webhook,
            "setMyCommands": commands.set,
            "getMyCommands": commands.get,
            "deleteMyCommands": commands.delete,
            "answerCallbackQuery": queries.answer_callback,
            "answerInlineQuery": queries.answer_inline,
            **Sending(chats, bot).methods(),
        }

    def handle(self, request: Request) -> Response:
        at = self._journal.clock()
        if not request.path.startswith(self._prefix):
            return telegram_error(401, "Unauthorized")
        method = request.path.removeprefix(self._prefix)
        given: Mapping[str, Any] = {}
        response = None
        try:
            given = forms.read(request)
            response = self._answer(method, given)
        except ApiError as error:
            response = telegram_error(error.status, error.description)
        finally:
            self._journal.record(method, given, at=at, response=response)
        return response

    def _answer(self, method: str, given: Mapping[str, Any]) -> Response:
        if method not in self._methods:
            raise ApiError(404, "Not Found")
        fault = self._faults.take("telegram", method, chat_id=_chat_id(given))
        if fault is None:
            return self._call(method, given)
        return fail(fault, lambda: self._call(method, given), page=telegram_page, halt=self._halt)

    def _call(self, method: str, given: Mapping[str, Any]) -> Response:
        try:
            result = self._methods[method](parameters.check(method, given))
        except ApiError as error:
            return telegram_error(error.status, error.description)
        return Response(_write({"ok": True, "result": result}).encode())

    def _get_me(self, _: Mapping[str, Any]) -> dict[str, Any]:
        abilities = {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        return {**self._bot.json(), **abilities}

    def _delete_webhook(self, given: Mapping[str, Any]) -> bool:
        if given.get("drop_pending_updates"):
            self._updates.drop()
        return True


def _chat_id(given: Mapping[str, Any]) -> int | None:
    try:
        return int(given["chat_id"])
    except (KeyError, TypeError, ValueError):
        return None
