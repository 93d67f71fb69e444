"""The pages about the bot as a WSGI application: its health for anybody, everything else for those who may look."""

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from ops.entrance import Entrance
from ops.http import Request, Response, said, written

log = logging.getLogger(__name__)

Answer = Callable[[Request], Response]

ALLOWED = ("GET", "HEAD")
_SHUT = "Only with the token: as ?token=... once, or in an Authorization: Bearer header."
_NEEDS_SETTING = "Set OPS_TOKEN to look from elsewhere than the machine itself."


class Web:
    """Any thread may call it. `open_to_all` and `guarded` are the pages by their paths."""

    def __init__(
        self,
        entrance: Entrance,
        *,
        open_to_all: Mapping[str, Answer],
        guarded: Mapping[str, Answer],
        may_zip: bool = True,
    ) -> None:
        self._entrance = entrance
        self._open = open_to_all
        self._guarded = guarded
        self._may_zip = may_zip

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        request = Request.of(environ)
        try:
            response = self._answer(request)
        except Exception:  # the edge of a request
            log.exception("page failed path=%s", request.path[:100])
            response = said(HTTPStatus.INTERNAL_SERVER_ERROR, "It failed; the log says why.")
        return written(response, request, start_response, may_zip=self._may_zip)

    def _answer(self, request: Request) -> Response:
        if request.method not in ALLOWED:
            return said(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD.", Allow=", ".join(ALLOWED))
        if (page := self._open.get(request.path)) is not None:
            return page(request)
        if (page := self._guarded.get(request.path)) is None:
            return said(HTTPStatus.NOT_FOUND, "There is no such page.")
        if (token := request.parameter("token")) is not None:
            return self._let_in(request, token)
        return page(request) if self._entrance.admits(request) else self._shut()

    def _let_in(self, request: Request, token: str) -> Response:
        """The address with the token in it is left at once: it would stay in the history and be told to others."""
        if not self._entrance.knows(token):
            return self._shut()
        return said(
            HTTPStatus.SEE_OTHER,
            "Come in.",
            Location=request.without("token"),
            Set_Cookie=self._entrance.cookie(request),
        )

    def _shut(self) -> Response:
        if not self._entrance.has_token:
            return said(HTTPStatus.FORBIDDEN, _NEEDS_SETTING)
        return said(HTTPStatus.UNAUTHORIZED, _SHUT, WWW_Authenticate="Bearer")
