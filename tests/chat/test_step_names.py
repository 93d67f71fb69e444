from typing import Any

import pytest

from chat.step_names import step_of


@pytest.mark.parametrize(
    ("update", "step"),
    [
        ({"message": {"text": "/new"}}, "/new"),
        ({"message": {"text": "/q@desk_bot 100k rub usdt"}}, "/q"),
        ({"message": {"text": "/secret words"}}, "/unknown"),
        ({"message": {"text": "100k rub usdt"}}, "typed line"),
        ({"message": {"photo": []}}, "message without text"),
        ({"callback_query": {"data": "pays:RUB:3e9:d1:2"}}, "press pays"),
        ({"callback_query": {"data": "nonsense"}}, "press"),
        ({"callback_query": {}}, "press"),
        ({"update_id": 7, "inline_query": {"query": "100"}}, "inline_query"),
        ({"update_id": 7}, "unknown"),
    ],
)
def test_a_step_is_one_of_few_names_and_nothing_that_was_typed(update: dict[str, Any], step: str) -> None:
    assert step_of(update) == step
