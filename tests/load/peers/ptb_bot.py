"""The flow with python-telegram-bot, updates of different chats side by side."""

import os

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    Defaults,
    MessageHandler,
    filters,
)

from tests.load.peers.deal import Cache
from tests.load.peers.flow import Flow, Rows

CONNECTIONS = 100


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


def main() -> None:
    flow, people = Flow(Cache()), [int(each) for each in os.environ["ADMIN_IDS"].split(",")]
    app = (
        Application.builder()
        .token(os.environ["BOT_TOKEN"])
        .base_url(os.environ["TELEGRAM_API_URL"] + "/bot")
        .defaults(Defaults(parse_mode=ParseMode.HTML))
        .concurrent_updates(True)
        .connection_pool_size(CONNECTIONS)
        .pool_timeout(60)
        .build()
    )

    async def on_command(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        if message is not None:
            screen = flow.open(message.chat_id)
            sent = await message.reply_text(screen.text, reply_markup=keyboard(screen.rows))
            flow.states[message.chat_id].card = sent.message_id

    async def on_press(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None or query.from_user.id not in people_set:
            return
        await query.answer()
        if query.data and query.message and (screen := flow.press(query.message.chat.id, query.data)):
            await query.edit_message_text(screen.text, reply_markup=keyboard(screen.rows))

    async def on_text(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        if message is not None and message.text and (screen := flow.typed(message.chat_id, message.text)):
            await context.bot.edit_message_text(
                screen.text,
                chat_id=message.chat_id,
                message_id=flow.states[message.chat_id].card,
                reply_markup=keyboard(screen.rows),
            )

    people_set = frozenset(people)
    allowed = filters.User(people)
    app.add_handler(CommandHandler("admin_bot", on_command, allowed))
    app.add_handler(CallbackQueryHandler(on_press))
    app.add_handler(MessageHandler(filters.TEXT & allowed, on_text))
    app.run_polling()


if __name__ == "__main__":
    main()
