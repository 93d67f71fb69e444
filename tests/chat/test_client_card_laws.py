"""What holds of the client's card in every direction: nothing of the desk is on it, and its numbers add up."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from html import unescape
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.base import BaseRate, Leg, Side
from calc.client_face import ClientFace
from calc.deal import PayoutTooSmall, Quote, quote_getting, quote_paying
from calc.directions import Cross, Currency, Direction
from calc.margins import Margin
from calc.quotes import Author, GivenQuote, Terms
from calc.snapshots import Feed
from chat.client_screens import LONGEST_COPY, ClientCards, card, copying
from chat.inline_screens import sent
from chat.texts import LANGUAGES, MOSCOW, Texts
from tests.calc.test_deal_laws import amounts_of, base_of, data, every_direction, factors, percents
from tests.chat.book import NOW
from tests.chat.telegram import NBSP

CARDS = ClientCards("Обмен & Ко", MOSCOW, shares=lambda: True)
SECRETS = ("ИСТОЧНИК", "ОПЕРАТОР", "ТИПОГРАФ", "ИМЯКЛИЕНТА")

QUOTE = quote_paying(base_of(Direction.parse("RUB-USDT"), 10**6), Margin(Decimal(2)), pays=Decimal(5000))

languages = st.sampled_from(sorted(LANGUAGES)).map(Texts)


def named(base: BaseRate) -> BaseRate:
    """As it comes from sources, one of them typed by hand."""
    leg = Leg(Feed.USDT_RUB, SECRETS[0], NOW, None, Side.ASK)
    typed = Leg(Feed.FIAT, SECRETS[0], NOW, None, None, NOW + timedelta(hours=1), SECRETS[2])
    return replace(base, legs=(leg, typed), cross=Cross.RUB, peg=Decimal("0.9909"))


def given_quote(quote: Quote) -> GivenQuote:
    until = NOW + timedelta(minutes=15)
    return GivenQuote(142, Author(777_111_555, SECRETS[1]), SECRETS[3], Terms.of(quote), NOW, until)


def everything(quotes: list[GivenQuote], texts: Texts) -> str:
    """All that can leave the desk: the cards, with and without number, and what the buttons hold and ask for."""
    screen = CARDS.screen(quotes, texts)
    buttons = [button.to_json() for button in CARDS.row(quotes, texts)]
    until = quotes[0].valid_until
    shared = sent(CARDS.faces(quotes), texts)
    offered = sent([ClientFace.offered(each.terms, CARDS.desk, valid_until=until) for each in quotes], texts)
    there = [each.keyboard.to_json() for each in (shared, offered) if each.keyboard]
    return "\n".join([screen.text, *buttons, shared.text, offered.text, *there])


def draw_quote(direction: Direction, millionths: int, margin: Margin, more: st.DataObject) -> Quote | None:
    base = named(base_of(direction, millionths))
    if more.draw(st.booleans()):
        return quote_getting(base, margin, gets=more.draw(amounts_of(direction.gets)))
    try:
        return quote_paying(base, margin, pays=more.draw(amounts_of(direction.pays)))
    except PayoutTooSmall:
        return None


@every_direction
@settings(deadline=None)
@given(millionths=factors, margin=percents, more=data, texts=languages)
def test_the_card_is_the_same_whatever_the_desk_earns_by_it_from_whom_and_who_gave_it(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject, texts: Texts
) -> None:
    quote = draw_quote(direction, millionths, margin, more)
    if quote is None:
        return
    given_so = given_quote(quote)
    hidden = replace(
        given_so.terms,
        margin=Margin(Decimal("49.87")),
        base=replace(given_so.terms.base, value=Decimal("987.654321"), legs=(), peg=None, cross=None),
        earned_percent=Decimal("48.76"),
        profit_rub=Decimal("87654321.09"),
        profit_usdt=Decimal("7654321.98"),
    )
    otherwise = replace(
        given_so, terms=hidden, author=Author(1, "Кто-то"), client="Другой", given_at=NOW - timedelta(1)
    )
    seen = everything([given_so], texts)
    assert everything([otherwise], texts) == seen
    assert not [secret for secret in (*SECRETS, "777111555") if secret in seen]
    assert "Обмен &amp; Ко" in seen
    assert everything([otherwise] * 3, texts) == everything([given_so] * 3, texts)


@every_direction
@settings(deadline=None)
@given(millionths=factors, margin=percents, more=data, texts=languages)
def test_amount_and_rate_on_the_card_reproduce_the_payout(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject, texts: Texts
) -> None:
    base = named(base_of(direction, millionths))
    try:
        quote = quote_paying(base, margin, pays=more.draw(amounts_of(direction.pays)))
    except PayoutTooSmall:
        return
    pays, gets, pays_per_gets = printed(card([ClientFace.of(given_quote(quote), "")], texts), direction)
    assert gets == down(pays / pays_per_gets, direction.gets)


@every_direction
@settings(deadline=None)
@given(millionths=factors, margin=percents, more=data, texts=languages)
def test_where_the_client_wants_an_amount_the_card_reproduces_what_is_paid(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject, texts: Texts
) -> None:
    wanted = more.draw(amounts_of(direction.gets))
    quote = quote_getting(named(base_of(direction, millionths)), margin, gets=wanted)
    pays, gets, pays_per_gets = printed(card([ClientFace.of(given_quote(quote), "")], texts), direction)
    assert gets == Fraction(wanted)
    assert pays == up(gets * pays_per_gets, direction.pays)
    assert down(pays / pays_per_gets, direction.gets) >= gets


@every_direction
@settings(deadline=None)
@given(millionths=factors, margin=percents, more=data, texts=languages)
def test_what_is_copied_is_the_card_in_plain_text_and_fits_the_button(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject, texts: Texts
) -> None:
    quote = draw_quote(direction, millionths, margin, more)
    if quote is None:
        return
    face = ClientFace.of(given_quote(quote), "Ж" * 40)
    (button,) = copying([face], texts)
    assert button.copy_text is not None
    copied = button.copy_text.text
    shown = [unescape(re.sub("<[^>]*>", "", line)).replace(NBSP, " ") for line in card([face], texts).splitlines()]
    title = texts("client.title", pays=direction.pays, gets=direction.gets)
    assert copied.splitlines() == [line for line in shown if line and line not in title]
    assert len(copied) <= LONGEST_COPY
    assert not [each for each in copied if each.isspace() and each not in " \n"]


def test_a_table_that_is_too_long_to_be_copied_has_no_button_for_it() -> None:
    quote = given_quote(QUOTE)
    texts = Texts("ru")
    assert [each.text for each in CARDS.row([quote] * 2, texts)] == ["Клиенту", "Скопировать"]
    assert [each.text for each in CARDS.row([quote] * 10, texts)] == ["Клиенту"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_table_promises_nothing_beyond_its_first_end(order: tuple[int, int]) -> None:
    early = given_quote(QUOTE)
    late = replace(early, number=143, valid_until=early.valid_until + timedelta(minutes=10))
    faces = CARDS.faces([(early, late)[place] for place in order])
    assert "Действует до 15:19 20.11" in card(faces, Texts("ru"))


def test_where_the_bot_cannot_be_called_in_other_chats_the_card_is_copied_or_forwarded() -> None:
    quote = given_quote(QUOTE)
    cards = replace(CARDS, shares=lambda: False)
    assert [each.text for each in cards.row([quote], Texts("en"))] == ["Copy"]
    assert cards.screen([quote] * 10, Texts("en")).keyboard is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sharing_button_asks_for_the_numbers_and_leads_to_people_and_groups(language: str) -> None:
    quote = given_quote(QUOTE)
    there = CARDS.row([quote, replace(quote, number=143)], Texts(language))[0].switch_inline_query_chosen_chat
    assert there is not None
    assert there.to_dict() == {"query": "Q-0142 Q-0143", "allow_user_chats": True, "allow_group_chats": True}


def printed(text: str, direction: Direction) -> tuple[Fraction, Fraction, Fraction]:
    """What a client reads off the card: pays, gets, and how much is paid for one of what is got."""
    pays, gets, rate = re.findall(r"<code>([^<]*)</code>", text)
    value, of, per = words(rate)
    read = amount(value)
    return amount(pays), amount(gets), read if (of, per) == (str(direction.pays), str(direction.gets)) else 1 / read


def words(rate: str) -> list[str]:
    """`1 234,50 IDR за 1 RUB` as value, of and per."""
    found = re.fullmatch(r"([\d ]+(?:[.,]\d+)?) ([A-Z]+) \w+ 1 ([A-Z]+)", rate.replace(NBSP, " "))
    assert found, rate
    return [found[1], found[2], found[3]]


def amount(text: str) -> Fraction:
    found = re.match(r"[\d ]+(?:[.,]\d+)?", text.replace(NBSP, " "))
    assert found, text
    return Fraction(found[0].replace(" ", "").replace(",", "."))


def down(value: Fraction, currency: Currency) -> Fraction:
    step = Fraction(currency.step)
    return floor(value / step) * step


def up(value: Fraction, currency: Currency) -> Fraction:
    step = Fraction(currency.step)
    return ceil(value / step) * step
