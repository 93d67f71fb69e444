"""/team: owners make links, change roles and limits, and remove; whoever opens a link is let in."""

import logging
from collections.abc import Callable
from decimal import Decimal
from html import escape

from calc.directions import Currency
from calc.margins import Margin
from calc.numbers import NumberError, TwoReadings, read_amount, read_margin
from calc.team import Limit, LimitKind, Person, Role
from chat import team_screens as screens
from chat.alert_screens import Face
from chat.cards import Cards, without_buttons
from chat.clock import WallClock
from chat.features import Feature, Pressed, Said
from chat.personal import Personal
from chat.screens import Screen
from chat.texts import Texts
from desk.team import (
    Known,
    LastOwner,
    NamedInSettings,
    NoMember,
    NotAnOwner,
    Team,
    TeamError,
    TooMany,
    WornLink,
)

log = logging.getLogger(__name__)

LIMIT_VERBS = frozenset(LimitKind)


class TeamRoom:
    """Owners alone, in their private chats: a link is not for a group's eyes."""

    def __init__(
        self,
        cards: Cards,
        team: Team,
        *,
        is_owner: Callable[[int], bool],
        personal: Personal,
        username: Callable[[], str | None],
        clock: WallClock,
    ) -> None:
        """`username` is the bot's own, None while it is not known."""
        self._cards = cards
        self._team = team
        self._is_owner = is_owner
        self._personal = personal
        self._username = username
        self._clock = clock

    @property
    def feature(self) -> Feature:
        return Feature({"team": self.command}, {screens.VERB: self.press}, least=Role.OWNER)

    def command(self, said: Said) -> None:
        """Everybody in the team, or a limit as it is typed behind the command."""
        if not said.place.is_private:
            self._cards.send(said.place, without_buttons(said.texts("team.private")))
            return
        by, face = Person(said.place.user_id, said.name), Face(said.place.user_id, said.language, zone=self._clock.zone)
        self._cards.send(said.place, self._guarded(lambda: self._typed(said.arguments, by, face), face))

    def press(self, pressed: Pressed) -> None:
        place = pressed.place
        by, face = Person(place.user_id, pressed.name), Face(place.user_id, pressed.language, zone=self._clock.zone)
        verb, _, arg = pressed.arg.partition(".")
        if verb == "invite" and arg:
            self._invite(pressed, arg, by, face)
            return
        try:
            screen = self._guarded(lambda: self._pressed(verb, arg, by, face), face)
        except (ValueError, ArithmeticError):  # a button that was never ours
            return
        self._cards.edit(place.chat_id, pressed.message_id, screen)

    def met(self, user_id: int, name: str, language: str) -> None:
        """Somebody of the team is called so now, and answered in this language."""
        self._team.met(Person(user_id, name), language)

    def expects(self, code: str) -> bool:
        """Whether a stranger's code may be that of a link."""
        return self._team.expects(code)

    def join(self, said: Said) -> None:
        """Somebody who came with the code of a link."""
        texts, person = said.texts, Person(said.place.user_id, said.name)
        try:
            role = self._team.join(said.arguments, person)
        except TeamError as error:
            log.info("link refused user_id=%d: %s", person.id, error)
            text = texts("team.worn", user_id=person.id)
        else:
            self._team.met(person, said.language)
            log.info("joined user_id=%d role=%s", person.id, role.word)
            welcome = texts("team.welcome", role=screens.role_word(role, texts))
            text = "\n".join([welcome, texts(f"team_welcome.{role.word}")])
        self._cards.send(said.place, without_buttons(text))

    def _invite(self, pressed: Pressed, arg: str, by: Person, face: Face) -> None:
        role, _, code = arg.partition(".")
        try:
            invite = self._team.invite(Role.parse(role), by=by, code=code)
        except TeamError as error:
            screen = self._overview(face, _mistake(error, face.texts))
            self._cards.edit(pressed.place.chat_id, pressed.message_id, screen)
            return
        except ValueError:  # a button that was never ours
            return
        screen = self._overview(face, face.texts("team.link_made", number=invite.number))
        self._cards.edit(pressed.place.chat_id, pressed.message_id, screen)
        text = screens.link(invite, code, face.texts, username=self._username(), now=self._clock.utcnow())
        self._cards.send(pressed.place, without_buttons(text))

    def _pressed(self, verb: str, arg: str, by: Person, face: Face) -> Screen:
        if verb == "invite":
            return screens.ask_role(face, self._team.new_code())
        if verb == "revoke":
            key = "team.revoked" if self._team.revoke(int(arg), by=by) else "team.over"
            return self._overview(face, face.texts(key, number=int(arg)))
        if not arg:
            return self._overview(face)
        who, _, value = arg.partition(".")
        known = self._known(int(who))
        if verb in LIMIT_VERBS and not value:
            return screens.ask_limit(face, known, LimitKind(verb))
        if verb in LIMIT_VERBS:
            return self._set_limit(known, _limit(LimitKind(verb), value), by, face)
        if verb == "role":
            self._team.set_role(known.member.id, Role.parse(value), by=by)
            return self._turned(known, Role.parse(value), face)
        if verb in ("own", "give", "out"):
            return self._sure(verb, known, by, face) if value == "sure" else screens.ask_sure(face, known, verb)
        return screens.person(face, known)

    def _sure(self, verb: str, known: Known, by: Person, face: Face) -> Screen:
        user_id = known.member.id
        if verb == "out":
            self._team.remove(user_id, by=by)
            self._personal.tell(user_id, lambda texts: texts("team.out"))
            return self._overview(face, face.texts("team.done"))
        if verb == "own":
            self._team.set_role(user_id, Role.OWNER, by=by)
        else:
            self._team.hand_over(user_id, by=by)
        return self._turned(known, Role.OWNER, face)

    def _turned(self, known: Known, role: Role, face: Face) -> Screen:
        user_id = known.member.id
        if known.member.role is not role:  # a press that is handled again tells nobody twice
            self._personal.tell(user_id, lambda texts: texts("team.now", role=screens.role_word(role, texts)))
        return screens.person(face, self._known(user_id), notice=face.texts("team.done"))

    def _set_limit(self, known: Known, limit: Limit, by: Person, face: Face) -> Screen:
        self._team.set_limit(known.member.id, limit, by=by)
        return screens.person(face, self._known(known.member.id), notice=face.texts("team.done"))

    def _typed(self, arguments: str, by: Person, face: Face) -> Screen:
        if not arguments:
            return self._overview(face)
        who, _, value = arguments.partition(" ")
        known = self._known(int(who)) if who.isdecimal() else None
        try:
            if known is not None and value.rstrip().endswith("%"):
                margin = read_margin(value)
                if isinstance(margin, Margin) and not margin.absolute:
                    return self._set_limit(known, Limit(LimitKind.MARGIN, margin.value), by, face)
            elif known is not None:
                amount = read_amount(value, Currency.RUB)
                if not isinstance(amount, TwoReadings):
                    return self._set_limit(known, Limit(LimitKind.AMOUNT, amount), by, face)
        except NumberError as error:
            log.debug("limit not read: %s", error)
        return self._overview(face, face.texts("team.unreadable"))

    def _known(self, user_id: int) -> Known:
        found = next((each for each in self._team.known() if each.member.id == user_id), None)
        if found is None:
            raise NoMember(user_id)
        return found

    def _guarded(self, answer: Callable[[], Screen], face: Face) -> Screen:
        """The answer, or why there is none; for one who owns the desk no more no screen of an owner."""
        screen = self._answered(answer, face)
        return screen if self._is_owner(face.owner) else without_buttons(face.texts("team.no_owner"))

    def _answered(self, answer: Callable[[], Screen], face: Face) -> Screen:
        try:
            return answer()
        except NoMember as error:
            return self._overview(face, face.texts("team.gone", name=escape(self._team.name_of(error.user_id))))
        except TeamError as error:
            return self._overview(face, _mistake(error, face.texts))

    def _overview(self, face: Face, notice: str = "") -> Screen:
        return screens.overview(face, self._team.known(), self._team.invites(), now=self._clock.utcnow(), notice=notice)


def _limit(kind: LimitKind, value: str) -> Limit:
    """As a button carries it."""
    return Limit(kind, None if value == screens.NO_LIMIT else Decimal(value))


def _mistake(error: TeamError, texts: Texts) -> str:
    match error:
        case NamedInSettings():
            return texts("team.by_settings")
        case LastOwner():
            return texts("team.last_owner")
        case TooMany():
            return texts("team.too_many", allowed=error.allowed)
        case WornLink():
            return texts("team.over")
        case NotAnOwner():
            return texts("team.no_owner")
        case _:
            raise error
