"""Everything around: help, settings, strangers, incidents."""

EN: dict[str, str] = {
    "zone.Europe/Moscow": "Moscow",
    "start": "I work out quotes: RUB and USDT in {count} directions, with your margin and an exact rate.",
    "help.title": "Commands:",
    "help.typed": (
        "Write amounts as you are used to: <code>1000</code>, <code>1\N{NO-BREAK SPACE}000.50</code>, "
        "<code>100k</code>, <code>1.5m</code>. Margin in percent: <code>2</code>, <code>0.5</code>; "
        "in units of the rate with a plus: <code>+0.50</code>."
    ),
    "help.line": (
        "Quicker in one line, just so in a private chat, behind /q in a group:\n<code>100k rub usdt 2%</code>\n"
        "<code>need 5000 usdt for rub</code>\n<code>10k 50k 100k rub usdt</code>\n"
        "At a promised rate:\n<code>+10000/87.5</code>"
    ),
    "help.directions": "Directions:",
    "settings.title": "<b>Settings</b>\nLanguage:",
    "idle": "To begin a quote, send /new, or all in one line: <code>100k rub usdt 2%</code>",
    "nothing_to_cancel": "There is nothing to cancel. New quote: /new",
    "only.operator": "You may look at the rates here; quoting is for operators. More: /help",
    "only.owner": "That is for the owners of the desk. More: /help",
    "stranger": "This bot is for the operators of an exchange desk. Your id: {user_id}",
    "paired": "Done: you are the owner of this bot now. New quote: /new",
    "worn": "This button has done its work.",
    "rushing": "Too much at once, I do not keep up: the last actions were not done. Please go on from the card.",
    "text_only": "I read text only. Please type the number, or choose by a button.",
    "incident": (
        "Something went wrong, the last action may not have been done. Please repeat it. "
        "Code for the owner: <code>{incident}</code>"
    ),
    "command.new": "new quote",
    "command.q": "a quote in one line: /q 100k rub usdt 2%",
    "command.admin_bot": "the same as /new",
    "command.cancel": "cancel the quote",
    "command.rates": "the rates of all directions",
    "command.chart": "chart of a rate: /chart usdt/rub 7d",
    "command.quotes": "quotes given: today, open, by number, amount, client",
    "command.report": "report of a day, a week, a month",
    "command.export": "quotes as a table",
    "command.alert": "alerts on rates",
    "command.settings": "language",
    "command.status": "rates, sources and quotas",
    "command.help": "commands and hints",
    "command.start": "about the bot",
}

RU: dict[str, str] = {
    "zone.Europe/Moscow": "Москва",
    "start": "Я считаю котировки: RUB и USDT в {count} направлениях, с вашей маржей и точным курсом.",
    "help.title": "Команды:",
    "help.typed": (
        "Суммы пишите как привыкли: <code>1000</code>, <code>1\N{NO-BREAK SPACE}000,50</code>, <code>100к</code>, "
        "<code>1,5\N{NO-BREAK SPACE}млн</code>. Маржа в процентах: <code>2</code>, <code>0,5</code>; "
        "в единицах курса с плюсом: <code>+0,50</code>."
    ),
    "help.line": (
        "Быстрее одной строкой, в личном чате просто так, в группе после /q:\n<code>100к руб usdt 2%</code>\n"
        "<code>нужно 5000 usdt за рубли</code>\n<code>10к 50к 100к руб usdt</code>\n"
        "По обещанному курсу:\n<code>+10000/87,5</code>"
    ),
    "help.directions": "Направления:",
    "settings.title": "<b>Настройки</b>\nЯзык:",
    "idle": "Чтобы начать котировку, отправьте /new или всё одной строкой: <code>100к руб usdt 2%</code>",
    "nothing_to_cancel": "Отменять нечего. Новая котировка: /new",
    "only.operator": "Здесь вы можете смотреть курсы; котировки дают операторы. Подробнее: /help",
    "only.owner": "Это для владельцев обменника. Подробнее: /help",
    "stranger": "Этот бот только для операторов обменника. Ваш id: {user_id}",
    "paired": "Готово: теперь вы владелец этого бота. Новая котировка: /new",
    "worn": "Эта кнопка уже сработала.",
    "rushing": "Слишком много сразу, я не успеваю: последние действия не выполнены. Продолжайте с карточки.",
    "text_only": "Я читаю только текст. Напишите число или выберите кнопкой.",
    "incident": (
        "Что-то пошло не так, последнее действие могло не выполниться. Повторите его. "
        "Код для владельца: <code>{incident}</code>"
    ),
    "command.new": "новая котировка",
    "command.q": "котировка одной строкой: /q 100к руб usdt 2%",
    "command.admin_bot": "то же, что /new",
    "command.cancel": "отменить котировку",
    "command.rates": "курсы всех направлений",
    "command.chart": "график курса: /chart usdt/rub 7д",
    "command.quotes": "котировки: за сегодня, открытые, по номеру, сумме, клиенту",
    "command.report": "отчёт за день, неделю, месяц",
    "command.export": "котировки таблицей",
    "command.alert": "оповещения о курсах",
    "command.settings": "язык",
    "command.status": "курсы, источники и лимиты",
    "command.help": "команды и подсказки",
    "command.start": "о боте",
}
