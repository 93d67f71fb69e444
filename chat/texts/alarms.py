"""What the owners are told without having asked."""

EN: dict[str, str] = {
    "alarm.source": "⚠️ {source}: {trouble}. The next sources give the rate, more in /status.",
    "alarm.again_at": "To be asked again at {moment} ({zone}).",
    "alarm.source_well": "✅ {source}: answers again.",
    "alarm.no_rate": "❗ {feed}: there is no rate to quote any more.",
    "alarm.peg": "❗ USDT/RUB and the fiat rates do not agree: 1 USDT = {peg} USD. They are not quoted.",
    "alarm.peg_again": "✅ USDT/RUB and the fiat rates agree again.",
    "alarm.rate_again": "✅ {feed}: there is a rate again.",
    "alarm.quota": "⚠️ {source}: {used} of {plan} calls used, at this pace empty on {day}; {pace}.",
    "alarm.pace": "now every {every}",
    "alarm.pace_by_hand": "as set, still every {every}",
    "alarm.quota_empty": "⚠️ {source}: {used} of {plan} calls used; other sources give the rate until the month ends.",
}

RU: dict[str, str] = {
    "alarm.source": "⚠️ {source}: {trouble}. Курс берём у следующих источников, подробнее /status.",
    "alarm.again_at": "Снова спросим в {moment} ({zone}).",
    "alarm.source_well": "✅ {source}: снова отвечает.",
    "alarm.no_rate": "❗ {feed}: курса, по которому можно котировать, больше нет.",
    "alarm.peg": "❗ USDT/RUB и курсы валют не сходятся: 1 USDT = {peg} USD. По ним не котируем.",
    "alarm.peg_again": "✅ USDT/RUB и курсы валют снова сходятся.",
    "alarm.rate_again": "✅ {feed}: курс снова есть.",
    "alarm.quota": "⚠️ {source}: использовано {used} из {plan} запросов, при таком темпе кончатся {day}; {pace}.",
    "alarm.pace": "теперь раз в {every}",
    "alarm.pace_by_hand": "как задано, по-прежнему раз в {every}",
    "alarm.quota_empty": "⚠️ {source}: использовано {used} из {plan} запросов; до конца месяца курс дают другие.",
}
