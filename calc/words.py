"""The words people use for the currencies of the desk."""

from calc.directions import Currency

_WORDS = {
    Currency.RUB: "rub rur ruble rubles руб рубль рубля рублей рубли р ₽",
    Currency.USDT: "usdt tether юсдт усдт тезер тезера тезеров ₮",
    Currency.USD: "usd dollar dollars доллар доллара долларов долл бакс бакса баксов $",
    Currency.EUR: "eur euro euros евро €",
    Currency.THB: "thb baht бат бата батов ฿",
    Currency.AED: "aed dirham dirhams дирхам дирхама дирхамов",
    Currency.ZAR: "zar rand ранд ранда рандов рэнд рэнда рэндов",
    Currency.IDR: "idr rp rupiah рупия рупии рупий",
}
_CURRENCIES = {word: currency for currency, words in _WORDS.items() for word in words.split()}


def currency_named(word: str) -> Currency | None:
    """The currency a word stands for, `руб.` as well as `₽`; None for any other word."""
    return _CURRENCIES.get(word.lower().removesuffix("."))
