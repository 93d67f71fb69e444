"""Threads that a process starts, watches and ends."""

from ops.on_signal import OnSignal
from ops.process import Process
from ops.server import WebServer
from rates.periodic import Periodic

THREADS_MAY_TAKE_S = 0.3
"""How long a stop waits for a thread of its own; one that hangs on a source is left to the end of the process."""


def keep_going(thread: Periodic | OnSignal | WebServer, process: Process) -> None:
    thread.start()
    process.at_end(thread.stop, at_most_s=THREADS_MAY_TAKE_S)
    process.expect_alive(lambda: [thread.thread])
