"""What a part of the bot brings along: the commands that it answers and the buttons of screens without a dialogue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from telebot.util import extract_arguments

from chat.dialogue import Place
from chat.texts import Texts
from desk.access import Role


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody called `name` wrote: where, in which language to answer, and the text ("" for a picture).

    `reply_to` is the message of the bot that it answers.
    """

    place: Place
    name: str
    language: str
    text: str
    reply_to: int | None = None

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
class Typed:
    """Text that is no command and belongs to no dialogue: whether it is meant for this part, and its answer."""

    is_meant: Callable[[Said], bool]
    answer: Callable[[Said], None]


@dataclass(frozen=True, slots=True)
class Feature:
    """`commands` by name, as in `chat.commands`, which says who may send them; `presses` by the verb of the button.

    `least` is the role that may press, `is_everybodys` whether not only the one to whom the button was shown.
    """

    commands: Mapping[str, Callable[[Said], None]] = field(default_factory=dict)
    presses: Mapping[str, Callable[[Pressed], None]] = field(default_factory=dict)
    typed: Typed | None = None
    least: Role = Role.OPERATOR
    is_everybodys: bool = False
