"""Which update goes where: strangers first, then commands, buttons and typed text, each to the method that answers."""

from collections.abc import Callable, Sequence
from typing import Any

from telebot import TeleBot, custom_filters
from telebot.types import CallbackQuery, MaybeInaccessibleMessage, Message
from telebot.util import content_type_media, content_type_service, extract_arguments, extract_command

from calc.errors import NotNow
from chat.cards import Cards, without_buttons
from chat.commands import COMMANDS
from chat.conversation import Conversation
from chat.delivery.acknowledger import Toast
from chat.dialogue import Place, Quoting
from chat.features import Feature, Pressed, Said, Typed
from chat.helping import Help
from chat.inline import Inline, line_of
from chat.languages import Languages, language_for
from chat.presses import EVERYBODY, Press, decode
from chat.team import TeamRoom
from chat.texts import Texts, language_of
from desk.access import PAIR, Access, Role
from desk.team import JOIN


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
        parts = [dialogue, self._help.feature, *features]
        self._commands = {name: answer for part in parts for name, answer in part.commands.items()}
        self._presses = {verb: (answer, part.least) for part in parts for verb, answer in part.presses.items()}
        self._everybodys = {verb for part in parts if part.is_everybodys for verb in part.presses}
        self._typed = [part.typed for part in parts if part.typed is not None]

    def register(self, bot: TeleBot) -> None:
        """The order matters: TeleBot takes the first handler that matches."""
        bot.add_custom_filter(custom_filters.StateFilter(bot))
        unread = [kind for kind in content_type_media if kind != "text"]
        everything = [*content_type_media, *content_type_service]
        bot.register_message_handler(_ignore, content_types=everything, func=self._is_not_for_us)
        bot.register_message_handler(self._heard(self.pair), commands=["start"], func=_brings_a_code)
        bot.register_message_handler(self._heard(self.stranger), content_types=everything, func=self._is_stranger)
        begun = self._heard(self._for(Role.OPERATOR, self.begin))
        bot.register_message_handler(begun, commands=["start"], func=_brings_a_line)
        for command in COMMANDS:
            answer = self._for(command.least, self._commands[command.name])
            bot.register_message_handler(self._heard(answer), commands=[command.name])
        bot.register_message_handler(self._heard(self._help.help), func=_is_command, chat_types=["private"])
        for typed in self._typed:
            heard = self._heard(self._for(Role.OPERATOR, typed.answer))
            bot.register_message_handler(heard, content_types=["text"], func=self._is_meant_for(typed))
        states = Quoting.state_list()  # type: ignore[no-untyped-call]  # inherited from telebot
        step = self._heard(self._for(Role.OPERATOR, self.typed))
        bot.register_message_handler(step, content_types=["text"], state=states)
        bot.register_message_handler(step, content_types=["text"], chat_types=["private"])
        bot.register_message_handler(self._heard(self.unread), content_types=unread, chat_types=["private"])
        asked = [state for state in states if state.name != Quoting.SHOWING_RESULT.name]
        bot.register_message_handler(self._heard(self.unread), content_types=unread, state=asked)
        bot.register_callback_query_handler(self.press, func=self._may_press)
        bot.register_chosen_inline_handler(self._inline.chosen, func=lambda _: True)

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
        thread_id = message.get("message_thread_id") if message.get("is_topic_message") else None
        place, texts = Place(message["chat"]["id"], user_id, thread_id), self._texts(user_id, language_code)
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
        """The bearer of the pairing code becomes the owner, that of a link what the link is for."""
        if said.arguments.startswith(JOIN):
            self._team.join(said)
        elif self._access.pair(said.place.user_id, said.arguments, name=said.name):
            self._say(said, said.texts("paired"))
            self._paired(said.place.user_id)
        elif self._access.allows(said.place.user_id):
            self._help.start(said)
        else:
            self.stranger(said)

    def stranger(self, said: Said) -> None:
        """One polite line; a group is not bothered with it unless somebody called the bot."""
        if said.place.is_private or extract_command(said.text):
            self._say(said, said.texts("stranger", user_id=said.place.user_id))

    def press(self, query: CallbackQuery) -> None:
        press, message = decode(query.data), query.message
        if press is None or message is None or not self._belongs_to(press, query.from_user.id):
            return
        if _is_anothers(message, query.from_user.id):
            return
        # InaccessibleMessage stands for one older than 48 hours; which topic it is in, it does not tell.
        thread_id = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
        place = Place(message.chat.id, query.from_user.id, thread_id)
        language = language_for(self._languages, place.user_id, query.from_user.language_code)
        name, answers = query.from_user.full_name, self._presses.get(press.verb)
        self._team.met(place.user_id, name, language)
        if answers is not None:
            answer, least = answers
            if self._has(place.user_id, least):
                answer(Pressed(place, name=name, language=language, message_id=message.message_id, arg=press.arg))
        elif (isinstance(message, Message) or place.is_private) and self._has(place.user_id, Role.OPERATOR):
            self._conversation.press(place, press, message_id=message.message_id, language=language, name=name)

    def _heard(self, answer: Callable[[Said], None]) -> Callable[[Message], None]:
        """What `answer` needs of a message; one without a sender was never let this far."""

        def read(message: Message) -> None:
            said = self._said(message)
            if said is not None:
                answer(said)

        return read

    def _said(self, message: Message) -> Said | None:
        sender, answered = message.from_user, message.reply_to_message
        if sender is None:
            return None
        thread_id = message.message_thread_id if message.is_topic_message else None
        place = Place(message.chat.id, sender.id, thread_id)
        language = language_for(self._languages, sender.id, sender.language_code)
        reply_to = None if answered is None else answered.message_id
        return Said(place, name=sender.full_name, language=language, text=message.text or "", reply_to=reply_to)

    def _is_meant_for(self, typed: Typed) -> Callable[[Message], bool]:
        def check(message: Message) -> bool:
            said = self._said(message)
            return said is not None and typed.is_meant(said)

        return check

    def _for(self, least: Role, answer: Callable[[Said], None]) -> Callable[[Said], None]:
        """`answer` for those who have the role, and a sentence for all others who were let in."""

        def check(said: Said) -> None:
            if self._has(said.place.user_id, least):
                self._team.met(said.place.user_id, said.name, said.language)
                answer(said)
            else:
                self._say(said, said.texts(f"only.{least.name.lower()}"))

        return check

    def _is_not_for_us(self, message: Message) -> bool:
        """Nobody's, a bot's (ours, when it pins), sent through one, or for another one.

        A card that was sent through us comes back as what its operator said; TeleBot takes `/start@OtherBot` for ours.
        """
        if message.from_user is None or message.from_user.is_bot or message.via_bot is not None:
            return True
        named = (message.text or "").split(maxsplit=1)[0].partition("@")[2] if _is_command(message) else ""
        own = self._username()
        return bool(named) and own is not None and named.lower() != own.lower()

    def _has(self, user_id: int, least: Role) -> bool:
        role = self._access.role(user_id)
        return role is not None and role >= least

    def _belongs_to(self, press: Press, user_id: int) -> bool:
        return press.owner == user_id or (press.owner == EVERYBODY and press.verb in self._everybodys)

    def _is_stranger(self, message: Message) -> bool:
        return message.from_user is None or not self._access.allows(message.from_user.id)

    def _may_press(self, query: CallbackQuery) -> bool:
        return self._access.allows(query.from_user.id)

    def _texts(self, user_id: int, language_code: str | None) -> Texts:
        return Texts(language_for(self._languages, user_id, language_code))

    def _say(self, said: Said, *lines: str) -> None:
        self._cards.send(said.place, without_buttons("\n".join(lines)))


def _is_anothers(message: MaybeInaccessibleMessage, user_id: int) -> bool:
    """Whether its buttons are somebody else's: then the press is forged, and the card is not the presser's to strip."""
    markup = message.reply_markup if isinstance(message, Message) else None
    presses = [decode(button.callback_data) for row in (markup.keyboard if markup else ()) for button in row]
    return any(press is not None and press.owner not in (user_id, EVERYBODY) for press in presses)


def _ignore(_: Message) -> None:
    """Left unanswered on purpose."""


def _is_command(message: Message) -> bool:
    return extract_command(message.text or "") is not None


def _brings_a_line(message: Message) -> bool:
    return message.chat.type == "private" and line_of(_start(message)) is not None


def _brings_a_code(message: Message) -> bool:
    return message.chat.type == "private" and _start(message).startswith((PAIR, JOIN))


def _start(message: Message) -> str:
    """What a link brought along."""
    return (extract_arguments(message.text or "") or "").strip()
