"""The report of a day, a week or a month."""

EN: dict[str, str] = {
    "report.day": "<b>Report for {first}</b> ({zone})",
    "report.days": "<b>Report for {first} to {last}</b> ({zone})",
    "report.nothing": "No quotes and no deals.",
    "report.quotes": "Quotes: {given}, accepted {accepted} ({share})",
    "report.quotes_none": "Quotes: none",
    "report.deals": "Deals: {deals}",
    "report.profit": "Profit: <b>{rub} · {usdt}</b>",
    "report.without": "{deals} of the deals have no profit in {currency}: the rate was not known.",
    "report.turnover": "<b>Turnover</b>",
    "report.moved": "{currency}: taken {taken}, handed out {handed}",
    "report.operators": "<b>Operators</b>",
    "report.directions": "<b>Directions</b>",
    "report.row": "{name}: {given}, accepted {accepted} ({share}); {rub} · {usdt}",
    "report.row_deals": "{name}: {deals} deals; {rub} · {usdt}",
    "report.more": "and {count} more",
    "report.unreadable": "⚠️ “{typed}” is no period. <code>/report</code>, <code>/report week</code>, "
    "<code>/report month</code>, <code>/report 21.11</code>",
    "report_span.day": "Day",
    "report_span.week": "Week",
    "report_span.month": "Month",
    "button.report_export": "As a table",
}

RU: dict[str, str] = {
    "report.day": "<b>Отчёт за {first}</b> ({zone})",
    "report.days": "<b>Отчёт за {first} – {last}</b> ({zone})",
    "report.nothing": "Котировок и сделок нет.",
    "report.quotes": "Котировок: {given}, принято {accepted} ({share})",
    "report.quotes_none": "Котировок нет",
    "report.deals": "Сделок: {deals}",
    "report.profit": "Прибыль: <b>{rub} · {usdt}</b>",
    "report.without": "У сделок без прибыли в {currency} ({deals}) её курс не был известен.",
    "report.turnover": "<b>Оборот</b>",
    "report.moved": "{currency}: получено {taken}, выдано {handed}",
    "report.operators": "<b>Операторы</b>",
    "report.directions": "<b>Направления</b>",
    "report.row": "{name}: {given}, принято {accepted} ({share}); {rub} · {usdt}",
    "report.row_deals": "{name}: сделок {deals}; {rub} · {usdt}",
    "report.more": "и ещё {count}",
    "report.unreadable": "⚠️ «{typed}» не период. <code>/report</code>, <code>/report неделя</code>, "
    "<code>/report месяц</code>, <code>/report 21.11</code>",
    "report_span.day": "День",
    "report_span.week": "Неделя",
    "report_span.month": "Месяц",
    "button.report_export": "Таблицей",
}
