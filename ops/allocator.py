"""How the C library keeps memory that Python gave back: as little of it as it can.

glibc gives each thread that is in the way of another one a heap of its own, up to eight for each core, and once a block
of megabytes was freed it takes the next ones from those heaps, too, where they cannot be given back. So each thread
that ever drew a chart or packed a copy of the database kept as much as that took.
"""

import ctypes
from collections.abc import Callable

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # as malloc.h names them
LARGE = 128 * 1024
"""glibc's own first bound; said by somebody it stays. A block from there on is the system's again when it is freed."""
HEAPS = 2


def keep_little() -> bool:
    """To be called before the threads that work. False where the C library is another one, which this is nothing to."""
    mallopt = _of_glibc("mallopt")
    if mallopt is None:
        return False
    taken = [mallopt(*each) for each in ((_TRIM_THRESHOLD, LARGE), (_MMAP_THRESHOLD, LARGE), (_ARENA_MAX, HEAPS))]
    return all(taken)


def give_back() -> None:
    """The pages that are free between blocks at work: by itself glibc gives back only what is free at the end.

    A start that had to compile the program leaves 10 MB of them, and the largest minute of each day some.
    """
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Callable[..., int] | None:
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
    return found
