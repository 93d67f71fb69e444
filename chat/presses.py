"""What a button carries: a verb, its argument, and which screen of whose dialogue it belongs to; never a state."""

from dataclasses import dataclass

EVERYBODY = 0
"""The owner of a button that every colleague may press."""


@dataclass(frozen=True, slots=True)
class Press:
    """`owner` may press it, nobody else; `screen` is the number of the screen it stood on."""

    verb: str
    arg: str
    owner: int
    dialogue: str
    screen: int

    def encode(self) -> str:
        """At most Telegram's 64 bytes: an argument is a currency, a margin or an amount."""
        return f"{self.verb}:{self.arg}:{ending(self.owner, self.dialogue, self.screen)}"


def ending(owner: int, dialogue: str, screen: int) -> str:
    """How the data of all buttons of one screen end."""
    return f"{owner:x}:{dialogue}:{screen}"


def decode(data: str | None) -> Press | None:
    """None for data that is not of this form; whether a screen carries it, the screen knows."""
    match (data or "").split(":"):
        case [verb, arg, owner, dialogue, screen]:
            try:
                return Press(verb, arg, owner=int(owner, 16), dialogue=dialogue, screen=int(screen))
            except ValueError:
                return None
        case _:
            return None
