"""What a deal is, line by line, for an operator's eyes: of a calculation as of a quote that was given."""

from calc.deal import Quote
from calc.directions import Currency
from calc.quotes import Terms
from chat import formats
from chat.texts import Texts


def amounts_and_rate(deal: Quote | Terms, texts: Texts, *, reverse: bool) -> list[str]:
    direction = deal.base.direction
    gets = "result.gets_exactly" if reverse else "result.gets"
    return [
        texts("result.pays", pays=formats.money(deal.pays, direction.pays, texts)),
        texts(gets, gets=formats.money(deal.gets, direction.gets, texts)),
        texts("result.rate", rate=formats.rate(deal.rate, texts)),
    ]


def profit(deal: Quote | Terms, texts: Texts) -> str:
    rub = None if deal.profit_rub is None else formats.money(deal.profit_rub, Currency.RUB, texts)
    usdt = None if deal.profit_usdt is None else formats.money(deal.profit_usdt, Currency.USDT, texts)
    if usdt is None:
        return texts("result.profit_usdt_unknown", rub=rub)
    if rub is None:
        return texts("result.profit_rub_unknown", usdt=usdt)
    return texts("result.profit", rub=rub, usdt=usdt)
