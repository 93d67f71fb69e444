"""The dashboard: one page, put together from the files beside it, that asks nobody but the bot."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from ops.http import Request, Response

FOLDER = Path(__file__).parent / "page"


@dataclass(frozen=True, slots=True)
class Page:
    """What is served; `policy` lets run what stands in it and nothing else, and talk to where it came from."""

    html: bytes
    policy: str

    def __call__(self, _: Request) -> Response:
        return Response(HTTPStatus.OK, self.html, "text/html; charset=utf-8", {"Content-Security-Policy": self.policy})


def load_page(folder: Path = FOLDER) -> Page:
    html, css, js = ((folder / f"page.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    policy = (
        f"default-src 'none'; script-src '{_hash(js)}'; style-src '{_hash(css)}'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html.replace("/*css*/", css).replace("/*js*/", js).encode(), policy)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
