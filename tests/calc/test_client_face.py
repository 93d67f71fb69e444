"""What a client's card is made from."""

from dataclasses import fields
from datetime import timedelta

import pytest

from calc.client_face import ClientFace
from calc.directions import DIRECTIONS, Direction
from tests.calc.test_quotes import NOW, given, terms

ALLOWED = {"direction", "pays", "gets", "rate", "valid_until", "id", "desk"}


def test_no_other_field_is_there_to_be_shown() -> None:
    assert {field.name for field in fields(ClientFace)} == ALLOWED


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_a_face_is_the_quote_that_was_given(direction: Direction) -> None:
    quote = given(terms=terms(str(direction)))
    face = ClientFace.of(quote, "Обменник")
    assert (face.direction, face.pays, face.gets, face.rate) == (
        quote.terms.direction,
        quote.terms.pays,
        quote.terms.gets,
        quote.terms.rate,
    )
    assert (face.valid_until, face.id, face.desk) == (quote.valid_until, "Q-0142", "Обменник")


def test_the_face_of_what_is_only_offered_has_no_number() -> None:
    until = NOW + timedelta(minutes=15)
    face = ClientFace.offered(terms(), "", valid_until=until)
    assert (face.id, face.valid_until) == ("", until)
    assert face.pays == terms().pays
