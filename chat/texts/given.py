"""Quotes that were given: their cards, the countdown, and the word that a margin falls."""

EN: dict[str, str] = {
    "given.open": "● <b>{id}</b> · {left} left, until {until}",
    "given.accepted": "✓ <b>{id}</b> · accepted: {name}, {moment}",
    "given.declined": "✕ <b>{id}</b> · declined: {name}, {moment}",
    "given.expired": "⌛ <b>{id}</b> · expired at {moment}",
    "given.cancelled": "■ <b>{id}</b> · closed: {name}, {moment}",
    "given.replaced": "↪ <b>{id}</b> · now {new}: {name}, {moment}",
    "given.author": "By {author}",
    "given.author_client": "By {author} · client {client}",
    "given.requote_of": "In the place of {old}",
    "given.left_hours": "{hours} h {minutes} min",
    "given.sources": "Sources at {moment}:",
    "given.ask_client": "What is the client called? Choose, or type the name; in a group as a reply to this card.",
    "given.beyond": "🔒 At the rate of now this is beyond your limits: quote it anew and ask for approval.",
    "given.no_rate": "⚠️ There is no rate to quote at now; /new says why.",
    "given.no_requote": "⚠️ That cannot be quoted again with the same margin and amount: /new",
    "given.unknown": "There is no quote {id}.",
    "given.fall": "⚠️ <b>{id}</b>: {before} → {now}, {lost}",
    "given.about": "{pays} → {gets}, until {until}",
    "given.held": "{id}: held at {now}. You will hear of it again if it falls by a whole point more.",
    "help.given": (
        "A quote that was given has a card that counts down: accept, decline, quote anew, close, name the client (in a "
        "group by a reply). <code>Q-0142</code> in a private chat brings it."
    ),
    "button.accepted": "✓ Accepted",
    "button.declined": "✕ Declined",
    "button.requote": "Requote",
    "button.close_quote": "Close",
    "button.hold": "Hold",
    "button.name_client": "Client's name",
}

RU: dict[str, str] = {
    "given.open": "● <b>{id}</b> · ещё {left}, до {until}",
    "given.accepted": "✓ <b>{id}</b> · принята: {name}, {moment}",
    "given.declined": "✕ <b>{id}</b> · отклонена: {name}, {moment}",
    "given.expired": "⌛ <b>{id}</b> · истекла в {moment}",
    "given.cancelled": "■ <b>{id}</b> · закрыта: {name}, {moment}",
    "given.replaced": "↪ <b>{id}</b> · теперь {new}: {name}, {moment}",
    "given.author": "Котирует {author}",
    "given.author_client": "Котирует {author} · клиент {client}",
    "given.requote_of": "Вместо {old}",
    "given.left_hours": "{hours} ч {minutes} мин",
    "given.sources": "Источники на {moment}:",
    "given.ask_client": "Как зовут клиента? Выберите или напишите имя; в группе ответом на эту карточку.",
    "given.beyond": "🔒 По текущему курсу это сверх ваших лимитов: посчитайте заново и запросите одобрение.",
    "given.no_rate": "⚠️ Курса, по которому можно котировать, сейчас нет; почему, покажет /new.",
    "given.no_requote": "⚠️ С той же маржой и суммой это не котируется: /new",
    "given.unknown": "Котировки {id} нет.",
    "given.fall": "⚠️ <b>{id}</b>: {before} → {now}, {lost}",
    "given.about": "{pays} → {gets}, до {until}",
    "given.held": "{id}: держим при {now}. Скажу снова, если упадёт ещё на целый пункт.",
    "help.given": (
        "У данной котировки есть карточка с отсчётом: принята, отклонена, новый курс, закрыть, имя клиента (в группе "
        "ответом на карточку). <code>Q-0142</code> в личном чате присылает её."
    ),
    "button.accepted": "✓ Принята",
    "button.declined": "✕ Отклонена",
    "button.requote": "Новый курс",
    "button.close_quote": "Закрыть",
    "button.hold": "Держать",
    "button.name_client": "Имя клиента",
}
