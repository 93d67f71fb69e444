"""What the client gets to see: the card, its plain text for copying, and the buttons by which it gets there."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape, unescape

from telebot.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, SwitchInlineQueryChosenChat

from calc.client_face import ClientFace
from calc.quotes import GivenQuote
from chat import formats
from chat.screens import Screen
from chat.texts import Texts

LONGEST_COPY = 256
"""Characters that a copy button takes."""

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class ClientCards:
    """`desk` is the name that clients read, `zone` the one of its clocks; `shares` says whether Telegram lets the bot
    be called in other chats."""

    desk: str
    zone: tzinfo
    shares: Callable[[], bool]

    def texts(self, language: str) -> Texts:
        return Texts(language, self.zone)

    def faces(self, quotes: Sequence[GivenQuote]) -> list[ClientFace]:
        return [ClientFace.of(quote, self.desk) for quote in quotes]

    def row(
        self, quotes: Sequence[GivenQuote], texts: Texts, *, reader: int | None = None
    ) -> list[InlineKeyboardButton]:
        """[To the client] and [Copy], for a screen of an operator about quotes that were given.

        Only their author finds them in other chats: `reader`, where one alone sees the screen, may be somebody else.
        """
        faces, is_found = self.faces(quotes), reader is None or all(quote.author.id == reader for quote in quotes)
        return [*([_to_client(faces, texts)] if is_found and self.shares() else []), *copying(faces, texts)]

    def screen(self, quotes: Sequence[GivenQuote], texts: Texts) -> Screen:
        """The client's card as a message of its own, which can also be forwarded."""
        markup = InlineKeyboardMarkup()
        if buttons := self.row(quotes, texts):
            markup.row(*buttons)
        return Screen(card(self.faces(quotes), texts), markup if buttons else None)


def card(faces: Sequence[ClientFace], texts: Texts) -> str:
    """As HTML; several faces of one direction are one table, which is good for as long as all of them are."""
    return "\n".join([*_head(faces[0], texts), "", *_body(faces, texts)])


def copying(faces: Sequence[ClientFace], texts: Texts) -> list[InlineKeyboardButton]:
    """The button that copies the card without its title; none where that is longer than Telegram takes."""
    text = plain("\n".join(line for line in [*_name(faces[0]), *_body(faces, texts)] if line))
    if len(text.encode("utf-16-le")) // 2 > LONGEST_COPY:
        return []
    return [InlineKeyboardButton(texts("button.copy"), copy_text=CopyTextButton(text))]


def plain(html: str) -> str:
    """Without tags, and with ordinary spaces: what other programs take for a number."""
    return unescape(_TAG.sub("", html)).replace(formats.NBSP, " ")


def _to_client(faces: Sequence[ClientFace], texts: Texts) -> InlineKeyboardButton:
    """Opens the list of chats; in the one that is chosen the card is a tap away."""
    there = SwitchInlineQueryChosenChat(
        " ".join(face.id for face in faces), allow_user_chats=True, allow_group_chats=True
    )
    return InlineKeyboardButton(texts("button.to_client"), switch_inline_query_chosen_chat=there)


def _head(face: ClientFace, texts: Texts) -> list[str]:
    title = texts("client.title", pays=face.direction.pays, gets=face.direction.gets)
    return [*(f"<b>{line}</b>" for line in _name(face)), title]


def _name(face: ClientFace) -> list[str]:
    return [escape(face.desk)] if face.desk else []


def _body(faces: Sequence[ClientFace], texts: Texts) -> list[str]:
    face = faces[0]
    pays, gets = _amounts(face, texts)
    moment = formats.day_and_minute(min(each.valid_until for each in faces), texts.zone)
    until = texts("client.until", moment=moment, city=formats.city(texts))
    if len(faces) == 1:
        return [
            texts("client.pays", pays=pays),
            texts("client.gets", gets=gets),
            texts("client.rate", rate=formats.rate(face.rate, texts)),
            "",
            until,
            *([texts("client.number", id=face.id)] if face.id else []),
        ]
    lines = []
    for each in faces:
        pays, gets = _amounts(each, texts)
        row = f"<code>{pays}</code> → <code>{gets}</code>"
        lines += [f"{each.id}: {row}" if each.id else row, texts("client.rate", rate=formats.rate(each.rate, texts))]
    return [*lines, "", until]


def _amounts(face: ClientFace, texts: Texts) -> tuple[str, str]:
    return formats.money(face.pays, face.direction.pays, texts), formats.money(face.gets, face.direction.gets, texts)
