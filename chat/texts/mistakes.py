"""What was typed wrong."""

EN: dict[str, str] = {
    "wrong.not_a_number": "“{typed}” does not read as a number. Like this: {examples}",
    "wrong.too_long": "Too long: {length} characters, and a number takes {allowed} at most.",
    "wrong.too_many_decimals": "Understood as {understood}, but at most {allowed} decimals are allowed.",
    "wrong.out_of_range": "Understood as {understood}, allowed is from {lowest} to {highest}.",
    "wrong.currency": "Understood as an amount in {understood}, but this is about {pays} → {gets}.",
    "wrong.no_margin_left": "At a rate of {rate} nothing is left for the desk: {earned} of the base rate.",
    "wrong.payout_too_small": "{pays} is too little: the client would get nothing. The smallest amount is {smallest}.",
    "wrong.margin_too_large": "A margin of {margin} is too much for this rate: allowed is up to {highest}.",
    "line.understood": "Understood: {understood}.",
    "line.amount": "There is no amount in it. Like this: <code>100k rub usdt 2%</code>",
    "line.currency": "There is no currency in it. Like this: <code>100k rub usdt 2%</code>",
    "line.unclear": "“{part}” is not clear, so nothing was worked out.",
    "line.currencies": "These are more than two currencies.",
    "line.direction": "The desk does not change these two.",
    "line.sides": "There is an amount on each side, and one is enough.",
    "line.amounts": "These are too many numbers: ten amounts at most.",
    "examples.amount": (
        "<code>1000</code> · <code>1\N{NO-BREAK SPACE}000.50</code> · <code>100k</code> · <code>1.5m</code>"
    ),
    "examples.rate": "<code>87.5</code>",
    "examples.margin": "<code>2</code> · <code>0.5</code> · <code>1.25 %</code> · <code>+0.50</code>",
}

RU: dict[str, str] = {
    "wrong.not_a_number": "«{typed}» не читается как число. Можно так: {examples}",
    "wrong.too_long": "Слишком длинно: {length} знаков, а число занимает не больше {allowed}.",
    "wrong.too_many_decimals": "Понято как {understood}, но после запятой можно не больше {allowed} знаков.",
    "wrong.out_of_range": "Понято как {understood}, а можно от {lowest} до {highest}.",
    "wrong.currency": "Понято как сумма в {understood}, а обмен {pays} → {gets}.",
    "wrong.no_margin_left": "При курсе {rate} обменнику ничего не остаётся: {earned} от базового курса.",
    "wrong.payout_too_small": "{pays} слишком мало: клиент не получит ничего. Наименьшая сумма {smallest}.",
    "wrong.margin_too_large": "Маржа {margin} слишком велика для этого курса: можно до {highest}.",
    "line.understood": "Понято: {understood}.",
    "line.amount": "Нет суммы. Можно так: <code>100к руб usdt 2%</code>",
    "line.currency": "Нет валюты. Можно так: <code>100к руб usdt 2%</code>",
    "line.unclear": "Непонятно, что значит «{part}», поэтому ничего не посчитано.",
    "line.currencies": "Валют больше двух.",
    "line.direction": "Такого обмена нет.",
    "line.sides": "Сумма указана с обеих сторон, а нужна одна.",
    "line.amounts": "Слишком много чисел: не больше десяти сумм.",
    "examples.amount": (
        "<code>1000</code> · <code>1\N{NO-BREAK SPACE}000,50</code> · <code>100к</code> · <code>1,5 млн</code>"
    ),
    "examples.rate": "<code>87,5</code>",
    "examples.margin": "<code>2</code> · <code>0,5</code> · <code>1,25 %</code> · <code>+0,50</code>",
}
