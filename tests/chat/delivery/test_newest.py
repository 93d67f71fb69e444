"""A table of people who never return: as long as its bound, or as what is worth anything now."""

from chat.delivery.newest import Newest


def test_what_was_put_longest_ago_makes_room() -> None:
    table = Newest[str, int](2)
    for number, name in enumerate(("anna", "boris", "anna", "vera")):
        table.put(name, number)

    assert dict(table) == {"anna": 2, "vera": 3}, "who came again is new again"


def test_what_is_worthless_goes_up_to_the_first_that_is_not() -> None:
    table = Newest[str, int](10)
    for moment, name in enumerate(("anna", "boris", "vera")):
        table.put(name, moment)

    table.let_go(lambda moment: moment < 2)

    assert dict(table) == {"vera": 2}


def test_an_empty_table_has_nothing_to_let_go() -> None:
    table = Newest[str, int](10)
    table.put("anna", 1)

    table.let_go(lambda _moment: True)
    table.let_go(lambda _moment: True)

    assert not table
