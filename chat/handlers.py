"""Which update goes where: strangers first, then commands, buttons and typed text, each to the method that answers."""

from collections.abc import Callable, Sequence
from typing import Any

from telebot.types import ChosenInlineResult

from calc.errors import NotNow
from chat.cards import Cards, without_buttons
from chat.commands import COMMANDS
from chat.conversation import Conversation
from chat.delivery.acknowledger import Toast
from chat.dialogue import Place, Quoting
from chat.features import Feature, Pressed, Said
from chat.heard import Heard, Kind, Sender, Tapped, thread_of
from chat.helping import Help
from chat.inline import Inline, line_of
from chat.languages import Languages, language_for
from chat.presses import EVERYBODY, Press, decode
from chat.team import TeamRoom
from chat.texts import Texts, language_of
from desk.access import PAIR, Access, Role
from desk.team import JOIN

_STATES = Quoting.state_list()  # type: ignore[no-untyped-call]  # inherited from telebot
STEPS: frozenset[str] = frozenset(state.name for state in _STATES)
ASKED = STEPS - {Quoting.SHOWING_RESULT.name}
"""Where a picture in a group may be meant for the bot."""


class Handlers:
    """Reads an update, lets the conversation answer. Who presses or writes is checked before anything else."""

    def __init__(
        self,
        conversation: Conversation,
        cards: Cards,
        *,
        access: Access,
        languages: Languages,
        features: Sequence[Feature],
        inline: Inline,
        team: TeamRoom,
        username: Callable[[], str | None],
        paired: Callable[[int], None],
    ) -> None:
        """`features` are all parts but the dialogue and the help; `username` is the bot's own, None while not known.

        `paired` is called with the one who became the owner.
        """
        self._paired = paired
        self._conversation = conversation
        self._cards = cards
        self._access = access
        self._languages = languages
        self._team = team
        self._username = username
        self._inline = inline
        self._help = Help(cards, access, username)
        dialogue = Feature({"new": self.open, "admin_bot": self.open, "q": self.quick, "cancel": self.cancel})
        self._dialogues_own = frozenset(dialogue.commands)
        parts = [dialogue, self._help.feature, *features]
        self._commands = {name: answer for part in parts for name, answer in part.commands.items()}
        self._presses = {verb: (answer, part.least) for part in parts for verb, answer in part.presses.items()}
        self._everybodys = {verb for part in parts if part.is_everybodys for verb in part.presses}
        self._typed = [part.typed for part in parts if part.typed is not None]
        self._least = {command.name: command.least for command in COMMANDS}

    def answer(self, update: dict[str, Any]) -> None:
        """A raw update, which is left unanswered where nothing here is meant."""
        if (message := update.get("message")) is not None:
            self._hear(Heard.of(message))
        elif (query := update.get("callback_query")) is not None:
            self._press(Tapped.of(query))
        elif (chosen := update.get("chosen_inline_result")) is not None:
            self._inline.chosen(ChosenInlineResult.de_json(chosen))

    def _hear(self, heard: Heard) -> None:
        """Strangers first, then commands, and typed text last."""
        sender, command = heard.sender, heard.command
        if sender is None or heard.kind is Kind.UNKNOWN or self._is_not_for_us(heard, sender):
            return
        said = self._said(heard, sender)
        link = said.arguments if command == "start" and heard.is_private else ""
        if link.startswith((PAIR, JOIN)):
            self.pair(said)
        elif not self._access.allows(sender.id):
            self.stranger(said)
        elif link and line_of(link) is not None:
            self._answer(said, Role.OPERATOR, self.begin)
        elif command in self._least:
            self._answer(said, self._least[command], self._commands[command])
            if command not in self._dialogues_own:
                self._conversation.covered(said.place)
        elif command is not None and heard.is_private:
            self._help.help(said)
            self._conversation.covered(said.place)
        elif heard.kind is Kind.TEXT:
            self._take_in(heard, said)
        elif heard.kind is Kind.MEDIA and (heard.is_private or self._step(said) in ASKED):
            self.unread(said)

    def _take_in(self, heard: Heard, said: Said) -> None:
        """What was typed, and is no command."""
        meant = next((typed for typed in self._typed if typed.is_meant(said)), None)
        if meant is not None:
            self._answer(said, Role.OPERATOR, meant.answer)
            self._conversation.covered(said.place)
        elif heard.is_private or self._step(said) in STEPS:
            self._answer(said, Role.OPERATOR, self.typed)

    def toast(self, query: dict[str, Any]) -> Toast:
        """What a raw callback query is answered with on receipt, beside ending the button's spinner."""
        try:
            return self._toast(query)
        except NotNow:  # what there would be to say is in the database
            return Toast()

    def _toast(self, query: dict[str, Any]) -> Toast:
        user_id, language_code = query["from"]["id"], query["from"].get("language_code")
        if not self._access.allows(user_id):
            return Toast(Texts(language_of(language_code))("stranger", user_id=user_id), alert=True)
        press, message = decode(query.get("data")), query.get("message")
        if press is None or message is None or not self._belongs_to(press, user_id):
            return Toast()
        place, texts = Place(message["chat"]["id"], user_id, thread_of(message)), self._texts(user_id, language_code)
        if press.verb in self._everybodys and not self._has(user_id, self._presses[press.verb][1]):
            return Toast(texts("only.operator"))
        if press.verb not in self._presses and self._conversation.is_closed(place) and place.is_private:
            return Toast(texts("closed"))
        return Toast(texts("worn")) if self._conversation.is_worn(place, press) else Toast()

    def open(self, said: Said) -> None:
        self._conversation.open(said.place, language=said.language)

    def begin(self, said: Said) -> None:
        """A line that was typed in another chat, and goes on here."""
        self._conversation.quote(said.place, line_of(said.arguments) or "", language=said.language, name=said.name)

    def quick(self, said: Said) -> None:
        """A quote out of the line; without a line it is asked for, step by step."""
        if said.arguments:
            self._conversation.quote(said.place, said.arguments, language=said.language, name=said.name)
        else:
            self.open(said)

    def cancel(self, said: Said) -> None:
        self._conversation.cancel(said.place, language=said.language)

    def typed(self, said: Said) -> None:
        self._conversation.type(said.place, said.text, language=said.language, name=said.name)

    def unread(self, said: Said) -> None:
        """A picture, a voice, a file: one line, and the quote stays as it is."""
        self._say(said, said.texts("text_only"))

    def may_pair(self, text: str) -> bool:
        """Whether a stranger's text may be what lets them in."""
        command, _, code = text.partition(" ")
        if command != "/start":
            return False
        return self._team.expects(code) or (self._access.pairing_code is not None and code.startswith(PAIR))

    def pair(self, said: Said) -> None:
        """The bearer of the pairing code becomes the owner, that of a link what the link is for.

        An owner who comes through it again is told the same: the answer may have had to wait.
        """
        user_id = said.place.user_id
        if said.arguments.startswith(JOIN):
            self._team.join(said)
        elif self._access.pair(user_id, said.arguments, name=said.name) or self._access.is_paired(user_id):
            self._say(said, said.texts("paired"))
            self._paired(user_id)
        elif self._access.allows(user_id):
            self._help.start(said)
        else:
            self.stranger(said)

    def stranger(self, said: Said) -> None:
        """One polite line; a group is not bothered with it unless somebody called the bot."""
        if said.place.is_private or said.text.startswith("/"):
            self._say(said, said.texts("stranger", user_id=said.place.user_id))

    def _press(self, tapped: Tapped | None) -> None:
        press = None if tapped is None else decode(tapped.data)
        if tapped is None or press is None:
            return
        sender = tapped.sender
        is_meant = self._access.allows(sender.id) and self._belongs_to(press, sender.id)
        if not is_meant or _is_anothers(tapped.buttons, sender.id):
            return
        place = Place(tapped.chat_id, sender.id, tapped.thread_id)
        language, answers = self._language(sender), self._presses.get(press.verb)
        self._team.met(sender.id, sender.name, language)
        if answers is not None:
            answer, least = answers
            if self._has(sender.id, least):
                answer(Pressed(place, sender.name, language, message_id=tapped.message_id, arg=press.arg))
        elif (place.is_private or not tapped.is_old) and self._has(sender.id, Role.OPERATOR):
            self._conversation.press(place, press, message_id=tapped.message_id, language=language, name=sender.name)

    def _said(self, heard: Heard, sender: Sender) -> Said:
        place = Place(heard.chat_id, sender.id, heard.thread_id)
        return Said(place, sender.name, self._language(sender), heard.text, heard.reply_to)

    def _answer(self, said: Said, least: Role, answer: Callable[[Said], None]) -> None:
        """`answer` for those who have the role, and a sentence for all others who were let in."""
        if self._has(said.place.user_id, least):
            self._team.met(said.place.user_id, said.name, said.language)
            answer(said)
        else:
            self._say(said, said.texts(f"only.{least.name.lower()}"))

    def _is_not_for_us(self, heard: Heard, sender: Sender) -> bool:
        """A bot's (ours, when it pins), sent through one, or for another one.

        A card that was sent through us comes back as what its operator said.
        """
        if sender.is_bot or heard.is_through_a_bot:
            return True
        named, own = heard.called, self._username()
        return bool(named) and own is not None and named.lower() != own.lower()

    def _step(self, said: Said) -> str | None:
        return self._conversation.step(said.place)

    def _has(self, user_id: int, least: Role) -> bool:
        role = self._access.role(user_id)
        return role is not None and role >= least

    def _belongs_to(self, press: Press, user_id: int) -> bool:
        return press.owner == user_id or (press.owner == EVERYBODY and press.verb in self._everybodys)

    def _language(self, sender: Sender) -> str:
        return language_for(self._languages, sender.id, sender.language_code)

    def _texts(self, user_id: int, language_code: str | None) -> Texts:
        return Texts(language_for(self._languages, user_id, language_code))

    def _say(self, said: Said, *lines: str) -> None:
        self._cards.send(said.place, without_buttons("\n".join(lines)))


def _is_anothers(buttons: Sequence[str], user_id: int) -> bool:
    """Whether buttons are somebody else's: then the press is forged, and the card is not the presser's to strip."""
    own = ([f"{user_id:x}"], [f"{EVERYBODY:x}"])
    others = [each for each in buttons if each.split(":", 3)[2:3] not in own]
    return any(press.owner not in (user_id, EVERYBODY) for each in others if (press := decode(each)) is not None)
