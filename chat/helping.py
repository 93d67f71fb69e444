"""/start and /help, made from the tables of commands and directions, so that they are true."""

from collections.abc import Callable

from calc.directions import DIRECTIONS, TARGETS
from chat.cards import Cards, without_buttons
from chat.commands import help_lines
from chat.features import Feature, Said
from desk.access import Access, Role


class Help:
    def __init__(self, cards: Cards, access: Access, username: Callable[[], str | None]) -> None:
        self._cards = cards
        self._access = access
        self._username = username

    @property
    def feature(self) -> Feature:
        return Feature({"start": self.start, "help": self.help})

    def start(self, said: Said) -> None:
        self._say(said, said.texts("start", count=len(DIRECTIONS)), "", *self._commands(said))

    def help(self, said: Said) -> None:
        texts = said.texts
        directions = [f"{pays} → {', '.join(targets)}" for pays, targets in TARGETS.items()]
        lines = [*self._commands(said), ""]
        if self._role(said) >= Role.OPERATOR:
            inline = texts("help.inline", name=self._username() or "…")
            for hint in (texts("help.typed"), texts("help.line"), texts("help.given"), inline):
                lines += [hint, ""]
        self._say(said, texts("help.title"), *lines, texts("help.directions"), *directions)

    def _commands(self, said: Said) -> list[str]:
        return help_lines(said.texts, self._role(said))

    def _role(self, said: Said) -> Role:
        return self._access.role(said.place.user_id) or Role.VIEWER

    def _say(self, said: Said, *lines: str) -> None:
        self._cards.send(said.place, without_buttons("\n".join(lines)))
