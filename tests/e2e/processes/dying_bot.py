"""The bot, one thread of which dies at SIGUSR2: `DIES` says how its name begins."""

import ctypes
import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

import bot


def kill() -> None:
    """By SystemExit, with which a thread ends in silence; it comes when the thread runs Python again."""
    [victim, *_] = [each for each in threading.enumerate() if each.name.startswith(os.environ["DIES"])]
    while victim.is_alive():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(victim.ident or 0), ctypes.py_object(SystemExit))
        victim.join(1.0)  # while it dies of the first one, another would hide what of


if __name__ == "__main__":
    signal.signal(signal.SIGUSR2, lambda *_: threading.Thread(target=kill, daemon=True).start())
    sys.exit(bot.main())
