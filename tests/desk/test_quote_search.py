"""What is looked for in the book is read the way operators write it, and fits into a button."""

import pytest

from calc.directions import Currency
from desk.quote_search import Search, Wanted, Which, read


def amount(whole: int, currency: Currency | None = None) -> Search:
    return Search(Which.AMOUNT, whole, currency)


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("", Which.TODAY),
        ("  ", Which.TODAY),
        ("Сегодня", Which.TODAY),
        ("открытые", Which.OPEN),
        ("open", Which.OPEN),
        ("МОИ", Which.MINE),
        ("mine", Which.MINE),
        ("все", Which.ALL),
    ],
)
def test_a_list_is_named_by_a_word(text: str, which: Which) -> None:
    assert read(text) == Wanted(search=Search(which))


@pytest.mark.parametrize("text", ["Q-0142", "q142", "Q 0142".replace(" ", "")])
def test_a_quote_is_named_by_its_number(text: str) -> None:
    assert read(text) == Wanted(number=142, client=text)


def test_a_number_alone_may_be_an_amount_too() -> None:
    assert read("142") == Wanted(number=142, search=amount(142), client="142")


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("100к", amount(100_000)),
        ("100 000", amount(100_000)),
        ("1200,62", amount(1200)),
        ("1,500", amount(1500)),
        ("0,5 usdt", amount(0, Currency.USDT)),
        ("100к руб", amount(100_000, Currency.RUB)),
        ("1200.62 usdt", amount(1200, Currency.USDT)),
        ("5 млн рупий", amount(5_000_000, Currency.IDR)),
    ],
)
def test_an_amount_is_read_as_everywhere_with_its_currency_or_without(text: str, search: Search) -> None:
    assert read(text).search == search


@pytest.mark.parametrize("text", ["Иван Петров", "Пётр 2", "ООО «100 рублей»", "=1+1", "−5", "100 руб usdt"])
def test_everything_else_is_a_client(text: str) -> None:
    assert read(f" {text} ") == Wanted(client=text)


@pytest.mark.parametrize(
    "search",
    [
        Search(Which.TODAY),
        Search(Which.OPEN),
        Search(Which.CLIENT, 142),
        amount(0),
        amount(1_000_000_000_000, Currency.IDR),
        amount(1000, Currency.USDT),
    ],
)
def test_a_search_comes_back_from_a_button(search: Search) -> None:
    assert Search.parse(str(search)) == search
    assert len(str(search)) <= 23


@pytest.mark.parametrize("text", ["", "tomorrow", "amount-1", "amount1000BTC", "client99999999999999", "today "])
def test_a_button_that_was_never_ours_is_no_search(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Search.parse(text)
