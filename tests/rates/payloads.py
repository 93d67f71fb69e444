"""What sources really send, from the fixtures, put behind their addresses."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import responses

FOLDER = Path(__file__).parent.parent / "fixtures" / "sources"

URLS = {
    "rapira": "https://api.rapira.net/open/market/rates",
    "rapira book": "https://api.rapira.net/market/exchange-plate-mini",
    "coingecko": "https://api.coingecko.com/api/v3/simple/price",
    "apilayer": "https://api.apilayer.com/exchangerates_data/latest",
    "apilayer past": "https://api.apilayer.com/exchangerates_data/timeseries",
    "cbr": "https://www.cbr.ru/scripts/XML_daily.asp",
    "exchangerate-api": "https://open.er-api.com/v6/latest/USD",
}


def body(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def parsed(name: str) -> Any:
    return json.loads(body(name))


def cases(name: str) -> dict[str, dict[str, Any]]:
    """Name of the case -> status, headers and body of the answer."""
    found: dict[str, dict[str, Any]] = parsed(name)
    return found


def tell(source: str, sent: object, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
    """The source answers this from now on; bytes and text as they are, anything else as JSON."""
    raw = sent if isinstance(sent, bytes | str) else json.dumps(sent)
    others = dict(headers or {})
    kind = others.pop("Content-Type", "application/json")
    responses.add(responses.GET, URLS[source], body=raw, status=status, headers=others, content_type=kind)


def tell_case(source: str, case: dict[str, Any]) -> None:
    tell(source, case["body"], status=case["status"], headers=case["headers"])


def asked() -> list[dict[str, str]]:
    """The parameters of each call."""
    return [dict(parse_qsl(urlsplit(call.request.url or "").query)) for call in responses.calls]
