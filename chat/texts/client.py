"""The card for the client, and what is read where the bot is called in another chat."""

EN: dict[str, str] = {
    "client.title": "<b>Exchange {pays} → {gets}</b>",
    "client.pays": "You pay: <code>{pays}</code>",
    "client.gets": "You get: <code>{gets}</code>",
    "client.rate": "Rate: <code>{rate}</code>",
    "client.until": "Valid until {moment} ({city})",
    "client.number": "Quote {id}",
    "button.to_client": "To the client",
    "button.copy": "Copy",
    "inline.how": "For example: 100k rub usdt 2%",
    "inline.amount": "{understood}: add an amount, such as 100k",
    "inline.currency": "{understood}: add the currencies, such as rub usdt",
    "inline.direction": "{understood}: into what? Such as: 100k rub usdt",
    "inline.unclear": "Not clear: “{part}”",
    "inline.margin": "Which margin? Add one, such as 2%",
    "inline.no_rate": "{direction}: no rate now. To the chat ›",
    "inline.refused": "⛔ {why} ›",
    "inline.unknown": "{id}: you have no such quote",
    "inline.over": "{id} is not valid any more",
    "inline.table": "{pays} → {gets}: {count} amounts in one card",
    "inline_margin.own": "margin {margin}, yours",
    "inline_margin.desk": "margin {margin}, the desk's",
    "inline_margin.last": "margin {margin}, your last",
    "inline.far": "⚠️ an unusual amount",
    "inline.warned": "⚠️ there are doubts about the rate or the margin",
    "inline.lost": (
        "⚠️ A card went to a client, but it is in no book, so it has no number. Please give the quote anew: "
        "<code>{line}</code>"
    ),
    "help.inline": (
        "In any chat: <code>@{name} 100k rub usdt</code> shows ready cards for the client there; without a line, "
        "those of your last directions."
    ),
}

RU: dict[str, str] = {
    "client.title": "<b>Обмен {pays} → {gets}</b>",
    "client.pays": "Вы платите: <code>{pays}</code>",
    "client.gets": "Вы получаете: <code>{gets}</code>",
    "client.rate": "Курс: <code>{rate}</code>",
    "client.until": "Действует до {moment} ({city})",
    "client.number": "Котировка {id}",
    "button.to_client": "Клиенту",
    "button.copy": "Скопировать",
    "inline.how": "Например: 100к руб usdt 2%",
    "inline.amount": "{understood}: добавьте сумму, например 100к",
    "inline.currency": "{understood}: добавьте валюты, например руб usdt",
    "inline.direction": "{understood}: на что? Например: 100к руб usdt",
    "inline.unclear": "Непонятно: «{part}»",
    "inline.margin": "Какая маржа? Добавьте, например, 2%",
    "inline.no_rate": "{direction}: курса сейчас нет. В чат с ботом ›",
    "inline.refused": "⛔ {why} ›",
    "inline.unknown": "{id}: такой вашей котировки нет",
    "inline.over": "{id} больше не действует",
    "inline.table": "{pays} → {gets}: сумм на одной карточке {count}",
    "inline_margin.own": "маржа {margin}, ваша",
    "inline_margin.desk": "маржа {margin}, обменника",
    "inline_margin.last": "маржа {margin}, ваша прошлая",
    "inline.far": "⚠️ необычная сумма",
    "inline.warned": "⚠️ есть замечания к курсу или марже",
    "inline.lost": (
        "⚠️ Карточка ушла клиенту, но в книгу не попала и номера не имеет. Дайте котировку заново: <code>{line}</code>"
    ),
    "help.inline": (
        "В любом чате: <code>@{name} 100к руб usdt</code> покажет там готовые карточки для клиента, а без строки "
        "— по вашим последним направлениям."
    ),
}
