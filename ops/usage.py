"""What the process takes of the machine; 0 where the system does not say."""

import os
import threading
import time
from pathlib import Path

STATM, FILES = Path("/proc/self/statm"), Path("/proc/self/fd")


def memory_bytes() -> int:
    """Resident, in pages of the system's size."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def open_files() -> int:
    try:
        return sum(1 for _ in FILES.iterdir())
    except OSError:
        return 0


def cpu_s() -> float:
    return time.process_time()


def threads() -> int:
    return threading.active_count()
