"""The words people use for the currencies of the desk and around an amount, in Russian and English."""

from collections.abc import Mapping
from enum import StrEnum

from calc.directions import Currency

_CURRENCY_WORDS = {
    Currency.RUB: "rub rubs rur ruble rubles rouble roubles руб рубль рубля рубле рублей рублеи рублям рублями рублях "
    "рубли рублик рублики рубликов рубасов деревянных р ₽",
    Currency.USDT: "usdt ustd uzdt usdtt tether tethers юсдт юздт усдт уздт тезер тезера тезеру тезеры тезеров тезерах "
    "тезерами тезере тетер тетера тетеров тэзер теззер тезэр ₮",
    Currency.USD: "usd dollar dollars bucks доллар доллара доллары долларов долларах долларами долар долара доларов "
    "долл бакс бакса баксы баксов баксах баксами бакинских $",
    Currency.EUR: "eur euro euros евро еврики евриков €",
    Currency.THB: "thb baht bahts бат бата баты батов батах батами бать батт ฿",
    Currency.AED: "aed dirham dirhams дирхам дирхама дирхамы дирхамов дирхамах дирхамами дирхем дирхемы дирхемов",
    Currency.ZAR: "zar rand rands ранд ранда ранды рандов рандах рэнд рэнда рэнды рэндов рэндах",
    Currency.IDR: "idr rp rupiah rupiahs рупия рупии рупию рупий рупиях рупиями рупи",
}
_CURRENCIES = {word: currency for currency, words in _CURRENCY_WORDS.items() for word in words.split()}


class Hint(StrEnum):
    """What a word says about the currency or the number it belongs to."""

    TO = "to"  # the client gets what follows
    FROM = "from"  # the client pays what follows
    FOR = "for"  # the price: who sells pays the other thing
    ON = "on"  # на: what it is changed into, or what it is bought for
    NEEDS = "needs"  # gets; but "how much is needed" asks what is to be paid
    WANTS = "wants"  # gets, unless something stands against it
    GETS = "gets"
    PAYS = "pays"
    CHANGES = "changes"  # pays, whatever is wanted
    HOW_MUCH = "how much"
    COSTS = "costs"  # the thing with the amount is bought
    RATE = "rate"
    MARGIN = "margin"
    PERCENT = "percent"
    AND = "and"
    NOT = "not"  # turns the meaning of what follows round


PREPOSITIONS = frozenset({Hint.TO, Hint.FROM, Hint.FOR, Hint.ON})
VERBS = frozenset({Hint.NEEDS, Hint.WANTS, Hint.GETS, Hint.PAYS, Hint.CHANGES})

_HINT_WORDS = {
    Hint.TO: "в во to into in",
    Hint.FROM: "из с со from",
    Hint.FOR: "за for",
    Hint.ON: "на",
    Hint.NEEDS: "нужно нужны нужна нужен надо нада требуется понадобится need needs needed",
    Hint.WANTS: "хочет хочу хотят хотим хотел хотела хотели просит просят want wants",
    Hint.GETS: "получить получит получает получают получу получаем получил купить купит куплю купим покупает покупают "
    "покупка взять возьмет выдать выдаем выдай выйдет выходит дадите даете дадим дашь вернуть get gets getting receive "
    "receives receiving buy buys buying",
    Hint.PAYS: "платит платят плачу заплатит заплатить платить оплатит отдать отдает отдаст отдают отдам отдаем дает "
    "дают даст есть имеет имею принес принесет принесли приносит вносит внести занес заносит продать продает продают "
    "продам продаст продаю продажа сдать сдает сдаст сдам слить сливает pay pays paying sell sells selling give gives "
    "giving has have",
    Hint.CHANGES: "поменять поменяет поменяем поменяй поменяйте менять меняет меняем меняют обменять обменяет обменяем "
    "обмен обмениваем обменник сменить перевести переведи переведите перегнать конвертировать конвертнуть конвертни "
    "пересчитать пересчитай exchange exchanges convert converts change swap",
    Hint.HOW_MUCH: "сколько скоко скока скок сколька скольк how",
    Hint.COSTS: "стоит стоят стоить стоимость обойдется обойдутся цена почем cost costs price",
    Hint.RATE: "по курс курсу курсом курсе rate at",
    Hint.MARGIN: "маржа маржу маржой маржей марже маржи наценка наценку наценкой комиссия комиссию комиссией "
    "комиссии комса margin fee markup",
    Hint.PERCENT: "проц процент процента проценты процентов процентик проценту percent pct",
    Hint.AND: "и или and or",
    Hint.NOT: "не без минус кроме not without minus except",
}
_HINTS = {word: hint for hint, words in _HINT_WORDS.items() for word in words.split()}

_FILLER_WORDS = (
    "будет будут это эт если то ну типа примерно ровно около итого всего клиент клиента клиенту клиентка человек чел "
    "налом нал налик наличка наличкой наличными наличных наличка безнал безналом картой карту сбер сбера сбербанк "
    "тинькофф тинек тбанк альфа втб сбп пожалуйста плиз плз пж спасибо сегодня сейчас завтра срочно там тут как "
    "чтобы чтоб а но же ли бы will would be is are client please pls plz thanks cash today now if then"
)
FILLERS = frozenset(_FILLER_WORDS.split())
"""Words that may stand right behind a number and are no unit of it."""

CODES: Mapping[str, Currency] = {str(currency).lower(): currency for currency in Currency}


def currency_named(word: str) -> Currency | None:
    """The currency a word stands for, `руб.` as well as `₽`; None for any other word."""
    return _CURRENCIES.get(word.lower().removesuffix("."))


def hint_of(word: str) -> Hint | None:
    """What a word of lower case, with е for ё, says; None for a word that says nothing."""
    return _HINTS.get(word)
