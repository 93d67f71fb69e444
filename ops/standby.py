"""What a process says of itself while another one serves the desk: that it is well, and only waits."""

from collections.abc import Callable
from http import HTTPStatus

from ops.entrance import Entrance
from ops.http import Request, Response, as_json
from ops.server import WebServer
from ops.web import Web


def standing_by(*, host: str, port: int, trouble: Callable[[], str | None]) -> WebServer:
    """Not started. It answers whoever starts one process before it ends another; None as `trouble` is none."""

    def answer(_: Request) -> Response:
        if (reason := trouble()) is None:
            return as_json(HTTPStatus.OK, {"status": "standby"})
        return as_json(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "unwell", "reasons": {"lease": reason}})

    return WebServer(
        lambda: Web(Entrance(None), open_to_all={"/health": answer, "/ready": answer}, guarded={}),
        host=host,
        port=port,
    )
