"""The chart of a pair."""

EN: dict[str, str] = {
    "chart.ask": "<b>Chart</b>: which rate?",
    "chart.or_type": "Or type it:\n<code>/chart usdt/rub 7d</code>\n<code>/chart eur 1 month</code>",
    "chart.title": "{pair}, {span}",
    "chart.caption": "<b>{pair}</b>, {span}: {part}\nlowest {lowest}, highest {highest}, now <b>{last}</b>",
    "chart.table": "lowest  {lowest}\nhighest {highest}\nnow     {last}",
    "chart.point": "{value} · {moment}",
    "chart.lowest": "min {value}",
    "chart.highest": "max {value}",
    "chart.last": "now {value}",
    "chart.note": "RUB per 1 {currency}, up to {moment} ({zone})",
    "chart.no_picture": "There is no picture: the owner has to install requirements-files.txt for that.",
    "chart.nothing": "⚠️ Nothing is known of {pair} for the last {span}.",
    "chart.unreadable": "⚠️ “{typed}” names no rate and time.",
    "chart.out_of_range": "⚠️ Possible is from {shortest} to {longest}.",
    "button.chart_span": "{span}",
}

RU: dict[str, str] = {
    "chart.ask": "<b>График</b>: какой курс?",
    "chart.or_type": "Или напишите:\n<code>/chart usdt/rub 7д</code>\n<code>/chart евро месяц</code>",
    "chart.title": "{pair}, {span}",
    "chart.caption": "<b>{pair}</b>, {span}: {part}\nмин {lowest}, макс {highest}, сейчас <b>{last}</b>",
    "chart.table": "мин    {lowest}\nмакс   {highest}\nсейчас {last}",
    "chart.point": "{value} · {moment}",
    "chart.lowest": "мин {value}",
    "chart.highest": "макс {value}",
    "chart.last": "сейчас {value}",
    "chart.note": "RUB за 1 {currency}, по {moment} ({zone})",
    "chart.no_picture": "Картинки нет: для неё владелец должен установить requirements-files.txt.",
    "chart.nothing": "⚠️ О {pair} за последние {span} ничего не известно.",
    "chart.unreadable": "⚠️ «{typed}»: не видно курса и времени.",
    "chart.out_of_range": "⚠️ Можно от {shortest} до {longest}.",
    "button.chart_span": "{span}",
}
