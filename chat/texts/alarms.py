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
    "trouble_of.backup": "❗ There is no copy of the database this night: {reason}",
    "trouble_of.rival": "❗ Another program polls with this token: it takes updates from this one. Stop one of them.",
    "over.rival": "✅ No other program polls with this token any more.",
    "trouble_of.inbox": "⚠️ {waiting} updates are waiting, and their number grows. More in /status and /debug slow.",
    "over.inbox": "✅ No updates are waiting any more.",
    "trouble_of.memory": "⚠️ Memory grows: {before} to {now} in two hours. /debug top says where it goes.",
    "over.memory": "✅ Memory does not grow any more.",
    "trouble_of.disk": "❗ The disk is nearly full: {free} are left.",
    "over.disk": "✅ There is room on the disk again.",
    "trouble_of.slower": "⚠️ “{step}” takes at least twice as long as yesterday: p95 {before} → {now} ms. /debug slow",
    "over.slower": "✅ Nothing is twice as slow as yesterday any more.",
    "trouble_of.database": "❗ The database fails: {reason}. If it is damaged: python bot.py --restore COPY",
    "over.database": "✅ The database is well again.",
    "trouble_of.sheltered": (
        "❗ The disk takes nothing: {reason}. The bot goes on quoting in a copy in memory; "
        "what is done now is lost if it is restarted before there is room again."
    ),
    "over.sheltered": "✅ The disk takes everything again, and nothing was lost.",
    "over.backup": "✅ The copies of the database are made again.",
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
    "trouble_of.backup": "❗ Этой ночью копии базы нет: {reason}",
    "trouble_of.rival": "❗ Другая программа опрашивает с тем же токеном и забирает сообщения. Остановите одну.",
    "over.rival": "✅ Больше никто не опрашивает с этим токеном.",
    "trouble_of.inbox": "⚠️ Ждут {waiting} сообщений, и их всё больше. Подробнее /status и /debug slow.",
    "over.inbox": "✅ Сообщения больше не ждут.",
    "trouble_of.memory": "⚠️ Память растёт: {before} → {now} за два часа. Куда она уходит, скажет /debug top.",
    "over.memory": "✅ Память больше не растёт.",
    "trouble_of.disk": "❗ Диск почти полон: осталось {free}.",
    "over.disk": "✅ На диске снова есть место.",
    "trouble_of.slower": "⚠️ «{step}»: по меньшей мере вдвое дольше, чем вчера, p95 {before} → {now} мс. /debug slow",
    "over.slower": "✅ Ничто больше не вдвое медленнее, чем вчера.",
    "trouble_of.database": "❗ База не работает: {reason}. Если она повреждена: python bot.py --restore КОПИЯ",
    "over.database": "✅ База снова в порядке.",
    "trouble_of.sheltered": (
        "❗ Диск ничего не принимает: {reason}. Бот котирует дальше в копии базы в памяти; "
        "что делается сейчас, пропадёт, если его перезапустить раньше, чем появится место."
    ),
    "over.sheltered": "✅ Диск снова всё принимает, ничего не потеряно.",
    "over.backup": "✅ Копии базы снова делаются.",
    "alarm.pace": "теперь раз в {every}",
    "alarm.pace_by_hand": "как задано, по-прежнему раз в {every}",
    "alarm.quota_empty": "⚠️ {source}: использовано {used} из {plan} запросов; до конца месяца курс дают другие.",
}
