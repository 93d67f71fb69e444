"""The bot, which writes at each SIGUSR2 what it holds into `holds.jsonl`; with `traced` also where that was made."""

import ctypes
import gc
import json
import signal
import sys
import threading
import tracemalloc
from collections import Counter, deque
from collections.abc import Iterator, Sized
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

IS_TRACED = sys.argv.pop() == "traced" if len(sys.argv) > 1 else False
if IS_TRACED:
    tracemalloc.start()

import bot  # noqa: E402  # what it makes is traced from its first line on

ROOMS = {"calc", "rates", "storage", "desk", "chat", "ops", "joints", "telebot", "requests", "urllib3", "waitress"}
TYPES, LINES = 25, 60
TABLES = (dict, list, set, deque)
LEAST = 20
"""Tables of fewer entries are not worth a line."""


def held() -> dict[str, Any]:
    """Garbage is collected before, so what is counted is what somebody still knows."""
    gc.collect()
    objects = gc.get_objects()
    types = Counter(type(each).__qualname__ for each in objects)
    found: dict[str, Any] = {
        "resident_mb": resident_mb(),
        "allocated_mb": allocated_mb(),
        "objects": len(objects),
        "types": dict(types.most_common(TYPES)),
        "threads": threading.active_count(),
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "tables": tables(objects),
        "blocks": sys.getallocatedblocks(),
    }
    del objects
    if IS_TRACED:
        found["traced_mb"] = tracemalloc.get_traced_memory()[0] / 1e6
        lines = tracemalloc.take_snapshot().statistics("lineno")[:LINES]
        found["lines"] = {f"{each.traceback[0].filename}:{each.traceback[0].lineno}": each.size for each in lines}
    return found


class Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keep",
        )
    ]


def allocated_mb() -> float:
    """What the C library has handed out to Python, SQLite and all others; 0 where it is another one than glibc."""
    mallinfo2 = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo2 is None:
        return 0.0
    mallinfo2.restype = Mallinfo
    found = mallinfo2()
    return float(found.uordblks + found.hblkhd) / 1e6


def tables(objects: list[Any]) -> dict[str, int]:
    """The longest of what each class of ours keeps in a dict, set, list or queue, by class and attribute.

    Tables in a table count together, as `class.attribute.*`.
    """
    longest: dict[str, int] = {}
    for each in objects:
        if type(each).__module__.partition(".")[0] in ROOMS:
            for name, value in attributes(each):
                if isinstance(value, Sized) and not isinstance(value, (str, bytes)):
                    key = f"{type(each).__module__}.{type(each).__qualname__}.{name}"
                    longest[key] = max(longest.get(key, 0), len(value))
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ROOMS and isinstance(module, ModuleType):
            for attribute, value in list(vars(module).items()):
                if isinstance(value, (dict, set, list)) and not attribute.startswith("__"):
                    longest[f"{name}.{attribute}"] = len(value)
                elif hasattr(value, "cache_info"):
                    longest[f"{name}.{attribute}()"] = value.cache_info().currsize
    return {name: length for name, length in longest.items() if length >= LEAST}


def attributes(of: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(of, type):
        return
    found = dict(getattr(of, "__dict__", {}))
    for each in type(of).__mro__:
        found |= {name: getattr(of, name) for name in getattr(each, "__slots__", ()) if hasattr(of, name)}
    for name, value in found.items():
        yield name, value
        if isinstance(value, dict):
            yield f"{name}.*", range(sum(len(each) for each in list(value.values()) if isinstance(each, TABLES)))


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def tell() -> None:
    while True:
        asked.acquire()
        found = None
        while found is None:
            with suppress(RuntimeError):  # a table changed while it was looked at
                found = held()
        with Path("holds.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(found) + "\n")


asked = threading.Semaphore(0)

if __name__ == "__main__":
    threading.Thread(target=tell, name="told", daemon=True).start()
    signal.signal(signal.SIGUSR2, lambda *_: asked.release())
    sys.exit(bot.main())
