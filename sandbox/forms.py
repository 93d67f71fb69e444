"""The parameters of a request as Telegram takes them: in the query, a form, a multipart form with files, or JSON."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sandbox.errors import ApiError
from sandbox.server import Request

_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?')
_NAME = re.compile(r'\bname="([^"]*)"')
_FILE_NAME = re.compile(r'\bfilename="([^"]*)"')
_PART_TYPE = re.compile(r"(?im)^content-type:\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came along."""

    file_name: str
    content_type: str
    content: bytes


def read(request: Request) -> dict[str, Any]:
    """Parameters by name: text, uploads, and whatever JSON holds; of a name that comes twice the last."""
    parameters: dict[str, Any] = dict(parse_qsl(request.query, keep_blank_values=True))
    if not request.body:
        return parameters
    kind, _, options = request.headers.get("content-type", "").partition(";")
    match kind.strip().lower():
        case "application/x-www-form-urlencoded":
            parameters.update(parse_qsl(_text(request.body), keep_blank_values=True))
        case "application/json":
            parameters.update(_object(request.body))
        case "multipart/form-data" if boundary := _BOUNDARY.search(options):
            parameters.update(_multipart(request.body, b"--" + boundary.group(1).encode()))
        case other:
            raise ApiError(400, f"Bad Request: unsupported content type {other!r}")
    return parameters


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ApiError(400, "Bad Request: strings must be encoded in UTF-8") from error


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise ApiError(400, "Bad Request: can't parse JSON body") from error
    if not isinstance(parsed, dict):
        raise ApiError(400, "Bad Request: the JSON body must be an object")
    return parsed


def _multipart(body: bytes, delimiter: bytes) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for part in body.split(delimiter)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        described = _text(head)
        name = _NAME.search(described)
        if name is None:
            raise ApiError(400, "Bad Request: a part of the form has no name")
        content = content.removesuffix(b"\r\n")
        file_name = _FILE_NAME.search(described)
        if file_name is None:
            parameters[name.group(1)] = _text(content)
        else:
            kind = _PART_TYPE.search(described)
            parameters[name.group(1)] = Upload(
                file_name.group(1), kind.group(1) if kind else "application/octet-stream", content
            )
    return parameters
