import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox import Message, Person, Sandbox
from tests.sandbox.hands import Api, Clock

KEYBOARD = {
    "inline_keyboard": [
        [{"text": "RUB", "callback_data": "pays:RUB"}],
        [{"text": "Copy", "copy_text": {"text": "11,49"}}],
    ]
}
TOO_OLD = (400, "Bad Request: query is too old and response timeout expired or query ID is invalid")


@pytest.fixture
def card(api: Api, anna: Person) -> Message:
    api.call("sendMessage", chat_id=1001, text="What does the client pay?", reply_markup=KEYBOARD)
    return anna.last()


def test_a_message_of_a_person_is_a_whole_update(sandbox: Sandbox, api: Api) -> None:
    sandbox.person(1002, name="Boris", language="en", last_name="B", username="bb").send(
        "🙂 go /new@quote_desk_bot now"
    )
    message = api.call("getUpdates")[0]["message"]
    assert message["from"] == {
        "id": 1002,
        "is_bot": False,
        "first_name": "Boris",
        "last_name": "B",
        "username": "bb",
        "language_code": "en",
    }
    assert message["chat"] == {
        "id": 1002,
        "first_name": "Boris",
        "last_name": "B",
        "username": "bb",
        "type": "private",
    }
    assert message["entities"] == [{"offset": 6, "length": 19, "type": "bot_command"}]


def test_a_path_in_a_text_is_no_command(api: Api, anna: Person) -> None:
    anna.send("see https://example.org/new and 1/2")
    assert "entities" not in api.call("getUpdates")[0]["message"]


def test_a_person_is_the_same_one_each_time(sandbox: Sandbox, anna: Person) -> None:
    assert sandbox.person(1001, name="Somebody else") is anna
    assert sandbox.people == [anna]


def test_a_press_is_an_update_that_is_answered_once(sandbox: Sandbox, api: Api, anna: Person, card: Message) -> None:
    press = anna.press(card, "RUB")
    query = api.call("getUpdates")[0]["callback_query"]
    assert (query["id"], query["data"], query["from"]["id"]) == (press.id, "pays:RUB", 1001)
    assert query["message"]["text"] == "What does the client pay?"
    assert query["message"]["reply_markup"] == KEYBOARD
    assert query["chat_instance"]
    assert [each.id for each in sandbox.unanswered()] == [press.id]
    assert sandbox.answered(press.id) is None
    api.call("answerCallbackQuery", callback_query_id=press.id, text="Taken", show_alert=True)
    answer = press.wait_answer()
    assert (answer.text, answer.show_alert, answer.at - press.at) == ("Taken", True, 0)
    assert sandbox.unanswered() == []
    assert api.refusal("answerCallbackQuery", callback_query_id=press.id) == TOO_OLD
    assert sandbox.answered(press.id) == answer
    assert [each.taken for each in sandbox.queries.answers(press.id)] == [True, False]


def test_a_late_answer_is_refused_and_counts_as_one(
    sandbox: Sandbox, api: Api, anna: Person, card: Message, clock: Clock
) -> None:
    press = anna.press(card, "RUB")
    clock.tick(sandbox.queries.age_s + 1)
    assert api.refusal("answerCallbackQuery", callback_query_id=press.id) == TOO_OLD
    assert sandbox.unanswered() == []
    assert not press.wait_answer().taken


def test_an_answer_to_nothing_and_one_that_is_too_long_are_refused(api: Api) -> None:
    assert api.refusal("answerCallbackQuery", callback_query_id="1") == TOO_OLD
    assert api.refusal("answerCallbackQuery", callback_query_id="1", text="x" * 201)[1].endswith("MESSAGE_TOO_LONG")


def test_a_missing_button_names_those_there_are(anna: Person, card: Message) -> None:
    with pytest.raises(AssertionError, match=re.escape("['RUB', 'Copy']")):
        anna.press(card, "USDT")
    with pytest.raises(AssertionError, match="no callback: copy_text '11,49'"):
        anna.press(card.id, "Copy")
    with pytest.raises(AssertionError, match=r"message 1, there are \[\]"):
        anna.press(1, "RUB")
    anna.delete(card)
    with pytest.raises(AssertionError, match="message 2 is not in the chat"):
        anna.press(card.id, "RUB")


def test_an_old_screen_is_pressed_as_it_was_seen(api: Api, anna: Person, card: Message) -> None:
    api.call("editMessageText", chat_id=1001, message_id=card.id, text="Done")
    anna.press(card, "RUB")
    with pytest.raises(AssertionError, match="no button"):
        anna.press(card.id, "RUB")
    with pytest.raises(AssertionError, match="no buttons"):
        anna.press(None, "RUB")
    assert api.call("getUpdates")[0]["callback_query"]["message"]["text"] == "Done"


def test_without_a_message_the_newest_with_buttons_is_pressed(api: Api, anna: Person, card: Message) -> None:
    api.call("sendMessage", chat_id=1001, text="x")
    assert anna.press(None, "RUB").query.message_id == card.id


def test_a_message_that_is_too_old_or_gone_is_inaccessible(api: Api, anna: Person, card: Message) -> None:
    anna.press_data(card, "forged", accessible=False)
    anna.delete(card)
    anna.press_data(card.id, "forged")
    for update in api.call("getUpdates"):
        message = {"chat": update["callback_query"]["message"]["chat"], "message_id": card.id, "date": 0}
        assert update["callback_query"]["message"] == message
        assert update["callback_query"]["data"] == "forged"


def test_a_person_edits_and_replies(api: Api, anna: Person, card: Message) -> None:
    said = anna.send("1000", reply_to=card)
    anna.edit(said, "2000")
    first, second = api.call("getUpdates")
    assert first["message"]["reply_to_message"]["message_id"] == card.id
    assert (second["edited_message"]["text"], second["edited_message"]["message_id"]) == ("2000", said.id)


def test_fields_that_telegram_adds_go_along(api: Api, anna: Person) -> None:
    anna.send("x", extra={"message_thread_id": 7, "is_topic_message": True})
    assert api.call("getUpdates")[0]["message"]["message_thread_id"] == 7


def test_an_inline_query_is_answered_with_results(sandbox: Sandbox, api: Api, anna: Person) -> None:
    press = anna.ask_inline("1000 RUB")
    assert api.call("getUpdates")[0]["inline_query"]["query"] == "1000 RUB"
    result = {"type": "article", "id": "1", "title": "x", "input_message_content": {"message_text": "x"}}
    wrong = api.refusal("answerInlineQuery", inline_query_id=press.id, results=[{"title": "x"}])
    assert wrong[1].startswith("Bad Request: can't parse inline query result")
    assert api.refusal("answerInlineQuery", inline_query_id=press.id, results=[result, result])[1].endswith("DUPLICATE")
    api.call("answerInlineQuery", inline_query_id=press.id, results=[result])
    assert press.wait_answer().results == (result,)
    assert sandbox.unanswered() == []


def test_nobody_chooses_for_somebody_else(sandbox: Sandbox, anna: Person) -> None:
    press = anna.ask_inline("1000 RUB")
    with pytest.raises(ValueError, match="has not asked"):
        sandbox.person(1002, name="Boris").asked(press.id)


def test_in_a_group_the_bot_hears_commands_and_replies(sandbox: Sandbox, api: Api, anna: Person) -> None:
    group = sandbox.group(-1001, anna, title="Desk")
    sent = api.call("sendMessage", chat_id=group, text="hello")["message_id"]
    for text in ("talk", "/new", "/new@other_bot", "/new@quote_desk_bot"):
        anna.send(text, chat_id=group)
    anna.send("to you", chat_id=group, reply_to=sent)
    heard = [update["message"] for update in api.call("getUpdates")]
    assert [message["text"] for message in heard] == ["/new", "/new@quote_desk_bot", "to you"]
    assert heard[0]["chat"] == {"id": -1001, "title": "Desk", "type": "supergroup"}
    assert anna.last(group).text == "hello"
    with pytest.raises(AssertionError, match="not in chat"):
        sandbox.person(1002, name="Boris").send("x", chat_id=group)


def test_waiting_ends_with_what_was_waited_for(api: Api, anna: Person) -> None:
    said = anna.send("/new")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(anna.wait_new, said)
        api.call("sendMessage", chat_id=1001, text="one")
        assert waiting.result(timeout=30).text == "one"
        counting = pool.submit(lambda: anna.wait(lambda chat: [each for each in chat if each.text == "two"]))
        api.call("sendMessage", chat_id=1001, text="two")
        assert len(counting.result(timeout=30)) == 1


def test_waiting_in_vain_shows_the_chat(sandbox: Sandbox, anna: Person, card: Message) -> None:
    with pytest.raises(AssertionError, match="What does the client pay"):
        anna.wait(lambda chat: len(chat) > 5, 0)
    with pytest.raises(AssertionError, match=r"\(empty\)"):
        sandbox.person(1002).wait(lambda chat: len(chat) > 5, 0)
    with pytest.raises(AssertionError, match="said nothing"):
        sandbox.person(1002).last()
    with pytest.raises(AssertionError, match="no answer"):
        anna.press(card, "RUB").wait_answer(timeout_s=0)


def test_each_person_sees_the_menu_for_them(sandbox: Sandbox, api: Api, anna: Person) -> None:
    boris = sandbox.person(1002, language="en")
    new = {"command": "new", "description": "New quote"}
    russian = {"command": "new", "description": "Новая котировка"}
    own = {"command": "settings", "description": "Настройки"}
    assert anna.commands() == []
    api.call("setMyCommands", commands=[new])
    api.call("setMyCommands", commands=[russian], scope={"type": "all_private_chats"}, language_code="ru")
    assert (anna.commands(), boris.commands()) == ([russian], [new])
    scope = {"type": "chat", "chat_id": 1001}
    api.call("setMyCommands", commands=[own], scope=scope)
    assert anna.commands() == [own] == api.call("getMyCommands", scope=scope)
    api.call("deleteMyCommands", scope=scope)
    assert anna.commands() == [russian]
    group = sandbox.group(-1001, anna)
    assert anna.commands(group) == [new]


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"commands": [{"command": "New", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "new", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "new"}]}, "can't parse BotCommand"),
        ({"commands": [{"command": "new", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": [], "scope": {"type": "everybody"}}, "BotCommandScope"),
        ({"commands": [], "scope": {"type": "chat"}}, "BotCommandScope"),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 77}}, "chat not found"),
        ({"commands": [], "scope": {"type": "chat", "chat_id": "x"}}, "chat not found"),
        ({"commands": [], "language_code": "russian"}, "invalid language code"),
    ],
)
def test_a_wrong_menu_is_refused(api: Api, parameters: dict[str, object], why: str) -> None:
    status, description = api.refusal("setMyCommands", **parameters)
    assert (status, why in description) == (400, True)
