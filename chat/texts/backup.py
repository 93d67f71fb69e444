"""Copies of the database in the chat of an owner."""

EN: dict[str, str] = {
    "megabytes": "{value} MB",
    "gigabytes": "{value} GB",
    "command.backup": "a copy of the database, to your own chat",
    "backup.begun": "⏳ Making a copy of the database; it comes to your own chat with the bot.",
    "backup.here": (
        "A copy of the database, {size} unpacked. It holds everything the desk knows: keep it to yourself.\n"
        "To put it back: <code>python bot.py --restore FILE</code>"
    ),
    "backup.failed": "❗ There is no copy: {reason}",
    "backup.not_sent": "❗ The copy was made, but Telegram did not take it. Try again later.",
    "backup.too_large": (
        "❗ The copy is {size}, and Telegram takes 50 MB at most. "
        "On the machine: <code>python bot.py --backup FILE</code>"
    ),
}

RU: dict[str, str] = {
    "megabytes": "{value} МБ",
    "gigabytes": "{value} ГБ",
    "command.backup": "копия базы в ваш личный чат",
    "backup.begun": "⏳ Делаю копию базы; она придёт в ваш личный чат с ботом.",
    "backup.here": (
        "Копия базы, без сжатия {size}. В ней всё, что знает бот: не показывайте её никому.\n"
        "Вернуть её: <code>python bot.py --restore ФАЙЛ</code>"
    ),
    "backup.failed": "❗ Копии нет: {reason}",
    "backup.not_sent": "❗ Копия сделана, но Telegram её не принял. Попробуйте позже.",
    "backup.too_large": (
        "❗ Копия занимает {size}, а Telegram берёт не больше 50 МБ. "
        "На машине: <code>python bot.py --backup ФАЙЛ</code>"
    ),
}
