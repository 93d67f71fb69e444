"""What is shown to choose from in another chat, and the message that each choice sends there."""

from collections.abc import Sequence
from datetime import datetime

from telebot.types import (
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)

from calc.client_face import ClientFace
from chat import formats
from chat.client_screens import card, copying
from chat.offering import Hint, Offered
from chat.screens import Screen
from chat.texts import Texts

LONGEST_HINT = 64


def sent(faces: Sequence[ClientFace], texts: Texts) -> Screen:
    """The client's card where the client reads it. Its button is why Telegram lets the card be edited later."""
    buttons = copying(faces, texts)
    return Screen(card(faces, texts), InlineKeyboardMarkup([buttons]) if buttons else None)


def article(result_id: str, faces: Sequence[ClientFace], texts: Texts, *, note: str = "") -> InlineQueryResultArticle:
    """One choice; `note` is for the eyes of the one who chooses and goes nowhere."""
    face, screen = faces[0], sent(faces, texts)
    if len(faces) == 1:
        pays, gets = (
            formats.money(face.pays, face.direction.pays, texts),
            formats.money(face.gets, face.direction.gets, texts),
        )
        title, about = f"{pays} → {gets}", [formats.rate(face.rate, texts)]
    else:
        title = texts("inline.table", pays=face.direction.pays, gets=face.direction.gets, count=len(faces))
        about = []
    ids = ", ".join(each.id for each in faces if each.id)
    return InlineQueryResultArticle(
        result_id,
        title,
        InputTextMessageContent(
            screen.text, parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)
        ),
        reply_markup=screen.keyboard,
        description=" · ".join([*([ids] if ids else []), *about, *([note] if note else [])]),
    )


def offered(result_id: str, offer: Offered, texts: Texts, *, desk: str, until: datetime) -> InlineQueryResultArticle:
    face = ClientFace.offered(offer.terms, desk, valid_until=until)
    notes = []
    if offer.whose_margin is not None:
        notes.append(texts(f"inline_margin.{offer.whose_margin}", margin=formats.margin(offer.terms.margin, texts)))
    if offer.is_far:
        notes.append(texts("inline.far"))
    if offer.warned:
        notes.append(texts("inline.warned"))
    return article(result_id, [face], texts, note=" · ".join(notes))


def button(hint: Hint, start: str) -> InlineQueryResultsButton:
    """What is missing, above the choices: it leads to the chat with the bot, and cannot be sent to anybody."""
    text = hint.text if len(hint.text) <= LONGEST_HINT else f"{hint.text[: LONGEST_HINT - 1]}…"
    return InlineQueryResultsButton(text, start_parameter=start)
