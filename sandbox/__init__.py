"""Stand-ins for Telegram and the rate sources on 127.0.0.1, driven by tests or by a person on a chat page."""

from sandbox.faults import Fault, Kind
from sandbox.journal import Call
from sandbox.keyboards import Button
from sandbox.market import SAMPLE, Prices
from sandbox.messages import Media, Message
from sandbox.people import Person, Press
from sandbox.queries import Answer, Query
from sandbox.stand import Sandbox

__all__ = [
    "SAMPLE",
    "Answer",
    "Button",
    "Call",
    "Fault",
    "Kind",
    "Media",
    "Message",
    "Person",
    "Press",
    "Prices",
    "Query",
    "Sandbox",
]
