"""What a thread is at work on, known to every line that it logs meanwhile."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_at_work_on: ContextVar[Mapping[str, object] | None] = ContextVar("at_work_on", default=None)


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Within the block the lines of this thread carry these fields; what is None is left out."""
    before = _at_work_on.get() or {}
    token = _at_work_on.set({**before, **{name: value for name, value in fields.items() if value is not None}})
    try:
        yield
    finally:
        _at_work_on.reset(token)


def current() -> Mapping[str, object]:
    """Empty outside of every block."""
    return _at_work_on.get() or {}
