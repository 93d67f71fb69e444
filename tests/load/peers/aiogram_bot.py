"""The flow with aiogram 3; `--uvloop` for its faster event loop."""

import asyncio
import os
import sys

from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from tests.load.peers.deal import Cache
from tests.load.peers.flow import Flow, Rows


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=label, callback_data=data) for label, data in row] for row in rows]
    )


async def main() -> None:
    server = TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"])
    bot = Bot(
        os.environ["BOT_TOKEN"],
        session=AiohttpSession(api=server),
        default=DefaultBotProperties(parse_mode="HTML"),
    )
    flow, people = Flow(Cache()), {int(each) for each in os.environ["ADMIN_IDS"].split(",")}
    dispatcher = Dispatcher()

    async def on_command(message: Message) -> None:
        screen = flow.open(message.chat.id)
        sent = await message.answer(screen.text, reply_markup=keyboard(screen.rows))
        flow.states[message.chat.id].card = sent.message_id

    async def on_press(query: CallbackQuery) -> None:
        await query.answer()
        message = query.message
        if message is not None and query.data and (screen := flow.press(message.chat.id, query.data)):
            await message.edit_text(screen.text, reply_markup=keyboard(screen.rows))

    async def on_text(message: Message) -> None:
        if message.text and (screen := flow.typed(message.chat.id, message.text)):
            await bot.edit_message_text(
                screen.text,
                chat_id=message.chat.id,
                message_id=flow.states[message.chat.id].card,
                reply_markup=keyboard(screen.rows),
            )

    allowed = F.from_user.id.in_(people)
    dispatcher.message.register(on_command, Command("admin_bot"), allowed)
    dispatcher.callback_query.register(on_press, allowed)
    dispatcher.message.register(on_text, F.text, allowed)
    await dispatcher.start_polling(bot)


if __name__ == "__main__":
    if "--uvloop" in sys.argv:
        import uvloop

        uvloop.run(main())
    else:
        asyncio.run(main())
