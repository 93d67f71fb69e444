"""The bots beside ours: the same flow with what others build such bots with, each started by a Python of its own."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.load.program import ROOT, Program

PYTHON = ROOT / "build/peers/bin/python"
"""Made by make; nothing of it is in the bot's own environment."""

_MODULES = {
    "aiogram 3, uvloop": ("aiogram_bot", "--uvloop"),
    "aiogram 3": ("aiogram_bot",),
    "TeleBot": ("telebot_bot",),
    "python-telegram-bot 22": ("ptb_bot",),
}
NAMES = tuple(_MODULES)


def peer(name: str, *, python: Path = PYTHON, settings: Mapping[str, str] | None = None) -> Program:
    module, *options = _MODULES[name]
    command = (str(python), "-m", f"tests.load.peers.{module}", *options)
    return Program(name, command, {"PYTHONPATH": str(ROOT), **(settings or {})})


def bare() -> Program:
    """The flow on bare sockets; it needs no package."""
    return Program("bare sockets", (sys.executable, "-m", "tests.load.peers.bare_bot"), {"PYTHONPATH": str(ROOT)})
