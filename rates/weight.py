"""How much memory a value takes, so that the cache can say what it holds."""

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass


def weight(value: object) -> int:
    """Bytes of a value and of all it holds, each thing once. An estimate: what others share is counted as well."""
    seen: set[int] = set()
    rest = [value]
    total = 0
    while rest:
        each = rest.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        rest.extend(_parts(each))
    return total


def _parts(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return [*value]
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    return []
