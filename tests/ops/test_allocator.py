"""Memory that threads gave back is the system's again."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORK = """
import sys, threading
from pathlib import Path
from ops.allocator import keep_little

def resident_mb():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024

assert keep_little()

def work():
    bytearray(16 << 20)
    large = [bytearray(1 << 20) for _ in range(8)]
    kept.append(bytearray(1000))
    del large
    done.wait()

kept, done, before = [], threading.Barrier(8), resident_mb()
threads = [threading.Thread(target=work) for _ in range(8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
print(resident_mb() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells, and glibc is Linux's")
def test_what_threads_have_freed_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], cwd=ROOT, capture_output=True, encoding="ascii", check=False)
    if "assert keep_little()" in done.stderr:
        pytest.skip("another C library")
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 16  # 64 where each keeps what it took


HOLES = """
from pathlib import Path
from ops.allocator import give_back

def resident_mb():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024

blocks = [bytearray(8192) for _ in range(4000)]
kept = blocks[::20] + blocks[-1:]
blocks.clear()
before = resident_mb()
give_back()
print(before - resident_mb())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells, and glibc is Linux's")
def test_what_is_free_between_what_is_kept_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", HOLES], cwd=ROOT, capture_output=True, encoding="ascii", check=True)
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("another C library")
    assert float(done.stdout) > 16  # of 30 that lie between blocks which are kept
