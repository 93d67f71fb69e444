"""The board of /rates."""

EN: dict[str, str] = {
    "rates.title": "<b>Rates without a margin</b> at {moment} ({zone})",
    "rates.leg": "{feed}: {leg}",
    "rates.pays": "The client pays <b>{pays}</b> and gets:",
    "rates.none": "no rate",
    "rates.pinned": "📌 Follows the rates by itself.",
    "button.rates_refresh": "Refresh",
    "button.rates_pin": "Pin",
    "button.rates_unpin": "Unpin",
}

RU: dict[str, str] = {
    "rates.title": "<b>Курсы без маржи</b> на {moment} ({zone})",
    "rates.leg": "{feed}: {leg}",
    "rates.pays": "Клиент платит <b>{pays}</b> и получает:",
    "rates.none": "курса нет",
    "rates.pinned": "📌 Обновляется сама, когда меняются курсы.",
    "button.rates_refresh": "Обновить",
    "button.rates_pin": "Закрепить",
    "button.rates_unpin": "Открепить",
}
