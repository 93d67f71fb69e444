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
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is Decimal:
        return {DECIMAL: str(value)}
    if kind is datetime and value.tzinfo is not None:
        return {MOMENT: value.isoformat()}
    if kind is list:
        return [pack(item, f"{where}[{place}]") for place, item in enumerate(value)]
    if kind is dict:
        return {_key(key, where): pack(item, f"{where}[{key!r}]") for key, item in value.items()}
    what = "a moment without a zone" if kind is datetime else f"a {kind.__name__}"
    raise NotKept(where, what=what)


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
    return json.dumps(tree, separators=(",", ":"))


def _key(key: Any, where: str) -> str:
    if type(key) is not str:
        raise NotKept(where, what=f"a key that is a {type(key).__name__}")
    if key in (DECIMAL, MOMENT):
        raise NotKept(where, what=f"the key {key!r}, which is a tag")
    return key
