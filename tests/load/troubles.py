"""Telegram and the sources fail in every way by turns, some calls of many, as long as they are let."""

from dataclasses import dataclass

from sandbox.stand import Sandbox


@dataclass(frozen=True, slots=True)
class Trouble:
    """`chance` is the share of the calls that meet it."""

    target: str
    kind: str
    chance: float
    delay_s: float = 1.0


CALLS = ("sendMessage", "editMessageText", "editMessageReplyMarkup", "answerCallbackQuery")

TROUBLES = (
    *(Trouble(call, kind, 0.02) for call in CALLS for kind in ("429", "502", "500", "reset_before", "reset_after")),
    *(Trouble(call, kind, 0.02) for call in CALLS for kind in ("garbage", "html")),
    *(Trouble(call, "delay", 0.02, delay_s=0.7) for call in CALLS),
    *(Trouble("getUpdates", kind, 0.03) for kind in ("429", "502", "409", "reset_before", "reset_after", "garbage")),
    *(Trouble("sources", kind, 0.08) for kind in ("500", "429", "reset_before", "garbage", "html")),
    Trouble("sources", "delay", 0.08, delay_s=1.5),
)


def add_all(sandbox: Sandbox, *, share: float = 1.0) -> None:
    """`share` of them: with all, every seventh edit fails, and two thirds of the rates have to be asked for again."""
    for each in TROUBLES:
        sandbox.faults.add(each.target, each.kind, chance=share * each.chance, delay_s=each.delay_s)
