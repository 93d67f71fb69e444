"""How the data of a dialogue becomes JSON and comes back exactly as it was, type by type."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from storage.errors import NotKept

DECIMAL = "$decimal"
MOMENT = "$moment"


def pack(value: Any, where: str = "data") -> Any:
    """A tree of JSON's own types, sharing nothing with `value`.

    Decimals and aware datetimes are tagged. Raises NotKept, naming the place, for what JSON would silently turn into
    something else (a tuple into a list, an enum into its text, a key into a string), and for floats: money is Decimal.
    """
    try:
        return _packed(value)
    except _Unfit:
        raise _trouble(value, where) from None


class _Unfit(Exception):
    """Somewhere in a tree; where, is looked for then."""


_PLAIN = frozenset({type(None), bool, int, str})


def _packed(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Decimal:
        return {DECIMAL: str(value)}
    if kind is dict:
        if DECIMAL in value or MOMENT in value:
            raise _Unfit
        for key in value:
            if type(key) is not str:
                raise _Unfit
        return {key: item if type(item) in _PLAIN else _packed(item) for key, item in value.items()}
    if kind is list:
        return [item if type(item) in _PLAIN else _packed(item) for item in value]
    if kind is datetime and value.tzinfo is not None:
        return {MOMENT: value.isoformat()}
    raise _Unfit


def _trouble(value: Any, where: str) -> NotKept:
    """The first place in an unfit tree that cannot be kept."""
    if type(value) is dict:
        for key in value:
            if type(key) is not str:
                return NotKept(where, what=f"a key that is a {type(key).__name__}")
            if key in (DECIMAL, MOMENT):
                return NotKept(where, what=f"the key {key!r}, which is a tag")
        key, item = next((key, item) for key, item in value.items() if _is_unfit(item))
        return _trouble(item, f"{where}[{key!r}]")
    if type(value) is list:
        place, item = next((place, item) for place, item in enumerate(value) if _is_unfit(item))
        return _trouble(item, f"{where}[{place}]")
    return NotKept(where, what="a moment without a zone" if type(value) is datetime else f"a {type(value).__name__}")


def _is_unfit(value: Any) -> bool:
    try:
        _packed(value)
    except _Unfit:
        return True
    return False


def unpack(tree: Any) -> Any:
    """What `pack` was given, made anew."""
    if type(tree) is list:
        return [unpack(item) for item in tree]
    if type(tree) is not dict:
        return tree
    if DECIMAL in tree:
        return Decimal(tree[DECIMAL])
    if MOMENT in tree:
        return datetime.fromisoformat(tree[MOMENT])
    return {key: unpack(item) for key, item in tree.items()}


def to_json(tree: Any) -> str:
    """In ASCII: half of a surrogate pair, which Telegram can send, is refused by the database otherwise."""
    return _ENCODER.encode(tree)


_ENCODER = json.JSONEncoder(separators=(",", ":"))
