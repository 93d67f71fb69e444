"""What a part of the bot brings along: the commands that it answers and the buttons of screens without a dialogue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from telebot.util import extract_arguments

from chat.dialogue import Place
from chat.texts import Texts
from desk.access import Role


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody called `name` wrote: where, in which language to answer, and the text ("" for a picture)."""

    place: Place
    name: str
    language: str
    text: str

    @property
    def texts(self) -> Texts:
        return Texts(self.language)

    @property
    def arguments(self) -> str:
        """What stands behind the command."""
        return (extract_arguments(self.text) or "").strip()


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button under the message `message_id`, pressed by the one it belongs to; `arg` is what it carries."""

    place: Place
    name: str
    language: str
    message_id: int
    arg: str

    @property
    def texts(self) -> Texts:
        return Texts(self.language)


@dataclass(frozen=True, slots=True)
class Feature:
    """`commands` by name, as in `chat.commands`, which says who may send them; `presses` by the verb of the button.

    `least` is the role that may press.
    """

    commands: Mapping[str, Callable[[Said], None]] = field(default_factory=dict)
    presses: Mapping[str, Callable[[Pressed], None]] = field(default_factory=dict)
    least: Role = Role.OPERATOR
