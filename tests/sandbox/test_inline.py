"""The bot called in another chat: what it may offer, what a choice sends, and how that is changed later."""

from typing import Any

import pytest

from sandbox import Person, Sandbox
from sandbox.inline import Start
from tests.sandbox.hands import Api

COPY = {"inline_keyboard": [[{"text": "Copy", "copy_text": {"text": "x"}}]]}


def article(number: str = "1", text: str = "<b>x</b>", **more: Any) -> dict[str, Any]:
    content = {"message_text": text, "parse_mode": "HTML"}
    return {"type": "article", "id": number, "title": "X", "input_message_content": content, **more}


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({**article(), "type": "photo"}, "articles only"),
        ({**article(), "id": ""}, "RESULT_ID_INVALID"),
        ({**article(), "id": "я" * 33}, "RESULT_ID_INVALID"),
        ({**article(), "title": " "}, "needs a title"),
        ({**article(), "titel": "x"}, "'titel'"),
        ({**article(), "input_message_content": None}, "needs a title and a message"),
        ({**article(), "input_message_content": {"message_text": 5}}, "takes a text"),
        ({**article(), "input_message_content": {"message_text": "x", "html": True}}, "'html'"),
        (article(text="<b>x"), "can't parse entities"),
        (article(text=" "), "MESSAGE_EMPTY"),
        (article(text="x" * 4097), "MESSAGE_TOO_LONG"),
        (article(reply_markup={"inline_keyboard": [[{"text": "x"}]]}), "Text buttons are unallowed"),
    ],
)
def test_what_telegram_would_refuse_is_refused(api: Api, anna: Person, result: dict[str, Any], reason: str) -> None:
    asked = anna.ask_inline("x")
    assert reason in api.refusal("answerInlineQuery", inline_query_id=asked.id, results=[result])[1]


def test_there_are_fifty_results_at_most(api: Api, anna: Person) -> None:
    asked, results = anna.ask_inline("x"), [article(str(number)) for number in range(51)]
    assert "TOO_MUCH" in api.refusal("answerInlineQuery", inline_query_id=asked.id, results=results)[1]
    api.call("answerInlineQuery", inline_query_id=asked.id, results=results[:50])


@pytest.mark.parametrize("button", [{"text": "x"}, {"text": " ", "start_parameter": "x"}, {"start_parameter": "x"}])
def test_a_button_above_the_results_needs_a_text_and_a_parameter(
    api: Api, anna: Person, button: dict[str, Any]
) -> None:
    asked = anna.ask_inline("x")
    assert "results button" in api.refusal("answerInlineQuery", inline_query_id=asked.id, results=[], button=button)[1]


@pytest.mark.parametrize("parameter", ["", "a b", "я", "x" * 65])
def test_its_parameter_is_one_that_a_link_can_carry(api: Api, anna: Person, parameter: str) -> None:
    asked, button = anna.ask_inline("x"), {"text": "Go", "start_parameter": parameter}
    assert "START_PARAM" in api.refusal("answerInlineQuery", inline_query_id=asked.id, results=[], button=button)[1]


def test_an_answer_is_seen_as_it_was_given(api: Api, anna: Person) -> None:
    asked, button = anna.ask_inline("x"), {"text": "Go", "start_parameter": "go-to_it"}
    api.call("answerInlineQuery", inline_query_id=asked.id, results=[], button=button, is_personal=True, cache_time=0)
    answer = asked.wait_answer()
    assert (answer.start, answer.is_personal, answer.cache_time) == (Start("Go", "go-to_it"), True, 0)


def test_a_choice_is_sent_through_the_bot_and_can_be_changed_by_it(sandbox: Sandbox, api: Api, anna: Person) -> None:
    igor = sandbox.person(3001, name="Игорь")
    there = sandbox.pair(anna, igor)
    asked = anna.ask_inline("x y")
    api.call("answerInlineQuery", inline_query_id=asked.id, results=[article("1"), article("2", reply_markup=COPY)])
    sent = anna.choose(asked, "2", chat_id=there)
    assert (sent.sender.id, sent.html, sent.button_texts) == (1001, "<b>x</b>", ["Copy"])
    assert igor.chat(there) == [sent]

    updates = [each for each in api.call("getUpdates") if "inline_query" not in each]
    chosen = updates[0]["chosen_inline_result"]
    assert len(updates) == 1, "what is said among people is not for the bot"
    assert (chosen["result_id"], chosen["query"], chosen["from"]["id"]) == ("2", "x y", 1001)
    edit = {"inline_message_id": chosen["inline_message_id"], "text": "y"}
    assert api.call("editMessageText", **edit, reply_markup=COPY) is True
    assert "not modified" in api.refusal("editMessageText", **edit, reply_markup=COPY)[1]
    assert igor.chat(there)[0].text == "y"
    igor.delete(sent, chat_id=there)
    assert "MESSAGE_ID_INVALID" in api.refusal("editMessageText", **edit)[1]


def test_a_choice_without_buttons_can_not_be_changed(api: Api, anna: Person) -> None:
    asked = anna.ask_inline("x")
    api.call("answerInlineQuery", inline_query_id=asked.id, results=[article()])
    anna.choose(asked)
    _, chosen, message = api.call("getUpdates")
    assert "inline_message_id" not in chosen["chosen_inline_result"]
    assert message["message"]["via_bot"]["username"] == "quote_desk_bot"


def test_in_a_chat_of_two_people_the_bot_neither_hears_nor_speaks(sandbox: Sandbox, api: Api, anna: Person) -> None:
    igor = sandbox.person(3001, name="Игорь")
    there = sandbox.pair(anna, igor)
    igor.send("/new", chat_id=there)
    assert api.call("getUpdates") == []
    assert "chat not found" in api.refusal("sendMessage", chat_id=there, text="x")[1]
    with pytest.raises(AssertionError, match="is not in chat"):
        sandbox.person(1002, name="Boris").send("x", chat_id=there)
