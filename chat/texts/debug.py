"""/debug, and what /status says of the bot itself."""

EN: dict[str, str] = {
    "command.debug": "cache, what is slow, memory, log",
    "debug.usage": (
        "<b>/debug cache</b>: the cache of rates\n"
        "<b>/debug clear</b>: drop the rates and fetch them anew\n"
        "<b>/debug slow</b>: how long the steps take\n"
        "<b>/debug top</b>: where memory goes; <b>/debug top off</b> ends it\n"
        "<b>/debug logs 20</b>: the last lines of the log"
    ),
    "debug.private": "That is for your own chat with the bot.",
    "debug.failed": "❗ That went wrong; the log says why.",
    "debug.cache": (
        "<b>Cache</b>: {entries} entries, {kilobytes} kB\n"
        "hits {hits}, misses {misses}: {share} %\n"
        "loads {loads}, failed {failures}, evicted {evictions}"
    ),
    "debug.cleared": "✅ The rates were dropped and are being fetched anew.",
    "debug.nothing": "Nothing yet.",
    "debug.slow": "<b>Steps of today</b>, milliseconds:",
    "debug.slowest": "<b>The slowest</b>:",
    "debug.slower": "<b>At least twice as slow as yesterday</b>, p95:",
    "debug.top_on": (
        "Watching memory from now on. Ask again in some minutes; <b>/debug top off</b> ends it. "
        "Meanwhile everything is somewhat slower."
    ),
    "debug.top_off": "Memory is not watched any more.",
    "debug.top": "<b>What grew since the watch began</b>:",
    "status.up": "Up for {span}, version {version}",
    "status.heard": "✓ Telegram answered {age}",
    "status.unheard": "⏳ Telegram has not answered yet",
    "status.silent": "❗ Telegram answered {age}: {trouble}",
    "status.rival": "❗ Another program polls with this token and takes updates from this one",
    "status.queue": "Queue: {waiting} waiting, {working} at work of {workers}",
    "status.sizes": "Memory {memory}, database {database}, free on the disk {free}",
    "status.redis": "✓ Redis answers",
    "status.redis_away": "⚠️ Redis is away, everything goes on without it: {trouble}",
    "status.off": "⚠️ Switched off: {flags}",
    "status.typed": "✍️ {rate} per 1 {per}, typed by {name}, until {until}",
}

RU: dict[str, str] = {
    "command.debug": "кэш, что медленно, память, лог",
    "debug.usage": (
        "<b>/debug cache</b>: кэш курсов\n"
        "<b>/debug clear</b>: забыть курсы и взять заново\n"
        "<b>/debug slow</b>: сколько занимают шаги\n"
        "<b>/debug top</b>: куда уходит память; <b>/debug top off</b> выключает\n"
        "<b>/debug logs 20</b>: последние строки лога"
    ),
    "debug.private": "Это только для вашего личного чата с ботом.",
    "debug.failed": "❗ Не получилось; почему, сказано в логе.",
    "debug.cache": (
        "<b>Кэш</b>: записей {entries}, {kilobytes} кБ\n"
        "попаданий {hits}, промахов {misses}: {share} %\n"
        "загрузок {loads}, неудачных {failures}, вытеснено {evictions}"
    ),
    "debug.cleared": "✅ Курсы забыты, беру их заново.",
    "debug.nothing": "Пока ничего.",
    "debug.slow": "<b>Шаги за сегодня</b>, миллисекунды:",
    "debug.slowest": "<b>Самые долгие</b>:",
    "debug.slower": "<b>По меньшей мере вдвое медленнее, чем вчера</b>, p95:",
    "debug.top_on": (
        "С этого момента слежу за памятью. Спросите снова через несколько минут; <b>/debug top off</b> выключает. "
        "Пока это включено, всё немного медленнее."
    ),
    "debug.top_off": "За памятью больше не слежу.",
    "debug.top": "<b>Что выросло с начала наблюдения</b>:",
    "status.up": "Работает {span}, версия {version}",
    "status.heard": "✓ Telegram ответил {age}",
    "status.unheard": "⏳ Telegram ещё не ответил",
    "status.silent": "❗ Telegram ответил {age}: {trouble}",
    "status.rival": "❗ Другая программа опрашивает с тем же токеном и забирает сообщения",
    "status.queue": "Очередь: ждут {waiting}, в работе {working} из {workers}",
    "status.sizes": "Память {memory}, база {database}, свободно на диске {free}",
    "status.redis": "✓ Redis отвечает",
    "status.redis_away": "⚠️ Redis недоступен, всё работает без него: {trouble}",
    "status.off": "⚠️ Выключено: {flags}",
    "status.typed": "✍️ {rate} за 1 {per}, ввёл(а) {name}, до {until}",
}
