"""The card for the client."""

EN: dict[str, str] = {
    "client.title": "<b>Exchange {pays} → {gets}</b>",
    "client.pays": "You pay: <code>{pays}</code>",
    "client.gets": "You get: <code>{gets}</code>",
    "client.rate": "Rate: <code>{rate}</code>",
    "client.until": "Valid until {moment} ({city})",
    "client.number": "Quote {id}",
    "button.to_client": "To the client",
    "button.copy": "Copy",
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
}
