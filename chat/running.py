"""How the bot itself is, as the lines of /status: polling, queue, memory, disk, version, what is switched off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Protocol

from calc.typed import TypedRate
from chat import formats
from chat.texts import Texts

SILENT = timedelta(seconds=60)
"""A poll ends within 25 s, so whoever has not heard of Telegram for longer is in trouble."""


class Redis(Protocol):
    """`trouble` is why it is away, None while it is here."""

    @property
    def trouble(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """`heard` is how long ago Telegram last answered a poll, None before it has; sizes are bytes."""

    version: str
    uptime: timedelta
    heard: timedelta | None
    trouble: str | None
    has_rival: bool
    waiting: int
    working: int
    workers: int
    memory: int
    database: int
    free: int
    switched_off: Sequence[str]
    redis: Redis | None = None
    """None where none is used."""


def typed_lines(typed: Sequence[TypedRate], texts: Texts, *, now: datetime) -> Iterator[str]:
    for each in typed:
        yield texts(
            "status.typed",
            rate=f"{formats.number(each.value, texts)} {each.pair.of}",
            per=each.pair.per,
            name=escape(each.name),
            until=formats.moment(each.until, now=now, zone=texts.zone),
        )


def running_lines(running: Running, texts: Texts) -> Iterator[str]:
    yield texts("status.up", span=formats.span(running.uptime, texts), version=escape(running.version))
    yield _polling(running, texts)
    yield texts(
        "status.queue",
        waiting=formats.count(running.waiting),
        working=formats.count(running.working),
        workers=formats.count(running.workers),
    )
    sizes = {"memory": running.memory, "database": running.database, "free": running.free}
    yield texts("status.sizes", **{name: formats.in_bytes(size, texts) for name, size in sizes.items()})
    if running.redis is not None:
        trouble = running.redis.trouble
        yield texts("status.redis") if trouble is None else texts("status.redis_away", trouble=escape(trouble))
    if running.switched_off:
        yield texts("status.off", flags=", ".join(running.switched_off))


def _polling(running: Running, texts: Texts) -> str:
    if running.has_rival:
        return texts("status.rival")
    if running.heard is None:
        return texts("status.unheard")
    age = formats.ago(running.heard, texts)
    if running.heard < SILENT:
        return texts("status.heard", age=age)
    return texts("status.silent", age=age, trouble=escape(running.trouble or ""))
