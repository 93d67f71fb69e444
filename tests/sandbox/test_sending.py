import json

import pytest

from sandbox import Person, Sandbox
from tests.sandbox.hands import Api

KEYBOARD = {"inline_keyboard": [[{"text": "RUB", "callback_data": "pays:RUB"}, {"text": "USDT", "callback_data": "x"}]]}


def test_a_message_lands_in_the_chat_with_its_buttons(api: Api, anna: Person) -> None:
    sent = api.call("sendMessage", chat_id=1001, text="<b>Hi</b>", parse_mode="HTML", reply_markup=KEYBOARD)
    seen = anna.last()
    assert (seen.id, seen.text, seen.html, seen.button_texts) == (
        sent["message_id"],
        "Hi",
        "<b>Hi</b>",
        ["RUB", "USDT"],
    )
    assert sent["chat"] == {"id": 1001, "first_name": "Анна", "type": "private"}
    assert sent["from"]["is_bot"]
    assert sent["entities"] == [{"offset": 0, "length": 2, "type": "bold"}]
    assert sent["reply_markup"] == KEYBOARD


def test_message_ids_rise_in_all_private_chats_together_and_in_each_group(
    sandbox: Sandbox, api: Api, anna: Person
) -> None:
    boris = sandbox.person(1002)
    group = sandbox.group(-500, anna, boris)
    ids = [anna.send("x").id, api.call("sendMessage", chat_id=1001, text="y")["message_id"], anna.send("z").id]
    assert ids == [2, 3, 4]
    assert boris.send("x").id == 5
    assert boris.send("/x", chat_id=group).id == 1


def test_nobody_is_written_to_who_never_wrote(sandbox: Sandbox, api: Api) -> None:
    sandbox.person(1002)
    for chat_id in (1002, 77, "@nobody"):
        assert api.refusal("sendMessage", chat_id=chat_id, text="x") == (400, "Bad Request: chat not found")


def test_who_blocked_the_bot_gets_nothing(api: Api, anna: Person) -> None:
    anna.block()
    assert api.refusal("sendMessage", chat_id=1001, text="x") == (403, "Forbidden: bot was blocked by the user")
    with pytest.raises(AssertionError, match="blocked"):
        anna.send("hello")
    anna.unblock()
    assert api.call("getChat", chat_id=1001)["id"] == 1001
    kinds = [update["my_chat_member"]["new_chat_member"]["status"] for update in api.call("getUpdates")]
    assert kinds == ["kicked", "member"]


@pytest.mark.parametrize("text", ["", " \n ", "<b> </b>"])
def test_an_empty_text_is_refused(api: Api, anna: Person, text: str) -> None:
    sent = api.call("sendMessage", chat_id=1001, text="x")["message_id"]
    empty = (400, "Bad Request: message text is empty")
    assert api.refusal("sendMessage", chat_id=1001, text=text, parse_mode="HTML") == empty
    assert api.refusal("editMessageText", chat_id=1001, message_id=sent, text=text, parse_mode="HTML") == empty


def test_the_length_is_counted_after_the_markup(api: Api, anna: Person) -> None:
    api.call("sendMessage", chat_id=1001, text=f"<b>{'я' * 4096}</b>", parse_mode="HTML")
    assert api.refusal("sendMessage", chat_id=1001, text="я" * 4097) == (400, "Bad Request: message is too long")


def test_an_edit_makes_another_message_in_the_same_place(api: Api, anna: Person) -> None:
    sent = api.call("sendMessage", chat_id=1001, text="first", reply_markup=KEYBOARD)["message_id"]
    seen = anna.last()
    edited = api.call("editMessageText", chat_id=1001, message_id=sent, text="second")
    now = anna.wait_edit(seen)
    assert (now.text, now.edits, now.button_texts) == ("second", 1, [])
    assert edited["edit_date"] >= edited["date"]
    api.call("editMessageReplyMarkup", chat_id=1001, message_id=sent, reply_markup=KEYBOARD)
    assert anna.message(sent).button_texts == ["RUB", "USDT"]
    assert (seen.text, seen.edits) == ("first", 0)


def test_a_change_of_buttons_alone_is_not_seen_as_an_edit(api: Api, anna: Person) -> None:
    sent = api.call("sendMessage", chat_id=1001, text="x", reply_markup=KEYBOARD)["message_id"]
    assert "edit_date" not in api.call("editMessageText", chat_id=1001, message_id=sent, text="x")
    assert anna.message(sent).edits == 1


def test_what_changes_nothing_is_not_modified(api: Api, anna: Person) -> None:
    sent = api.call("sendMessage", chat_id=1001, text="<b>x</b>", parse_mode="HTML", reply_markup=KEYBOARD)
    where = {"chat_id": 1001, "message_id": sent["message_id"], "reply_markup": KEYBOARD}
    for refused in (
        api.refusal("editMessageText", **where, text="<strong>x</strong>", parse_mode="HTML"),
        api.refusal("editMessageReplyMarkup", **where),
    ):
        assert refused[0] == 400
        assert refused[1].startswith("Bad Request: message is not modified: specified new message content")
    api.call("editMessageText", **where, text="x")


@pytest.mark.parametrize("method", ["editMessageText", "editMessageReplyMarkup"])
def test_a_message_that_is_gone_or_is_not_the_bots_is_not_edited(api: Api, anna: Person, method: str) -> None:
    text = {"text": "y"} if method == "editMessageText" else {}
    sent = api.call("sendMessage", chat_id=1001, text="x")["message_id"]
    anna.delete(sent)
    assert api.refusal(method, chat_id=1001, message_id=sent, **text)[1] == "Bad Request: message to edit not found"
    assert api.refusal(method, chat_id=1001, message_id=1, **text)[1] == "Bad Request: message can't be edited"
    assert "not specified" in api.refusal(method, chat_id=1001, **text)[1]
    assert "MESSAGE_ID_INVALID" in api.refusal(method, inline_message_id="x", **text)[1]


def test_a_message_is_deleted_once(api: Api, anna: Person) -> None:
    sent = api.call("sendMessage", chat_id=1001, text="x")["message_id"]
    assert api.call("deleteMessage", chat_id=1001, message_id=sent) is True
    assert api.refusal("deleteMessage", chat_id=1001, message_id=sent)[1] == "Bad Request: message to delete not found"
    assert [message.id for message in anna.chat()] == [1]


def test_a_reply_holds_what_it_replies_to(api: Api, anna: Person) -> None:
    sent = api.call("sendMessage", chat_id=1001, text="x", reply_parameters={"message_id": 1})
    assert sent["reply_to_message"]["text"] == "/start"
    gone = {"message_id": 99}
    assert api.refusal("sendMessage", chat_id=1001, text="x", reply_parameters=gone)[1].endswith("replied not found")
    gone["allow_sending_without_reply"] = True
    assert "reply_to_message" not in api.call("sendMessage", chat_id=1001, text="x", reply_parameters=gone)


def test_what_the_bot_does_is_seen(api: Api, anna: Person, sandbox: Sandbox) -> None:
    api.call("sendChatAction", chat_id=1001, action="typing")
    assert anna.actions() == [(sandbox.journal.clock(), "typing")]
    assert api.refusal("sendChatAction", chat_id=1001, action="tiping")[0] == 400


def test_files_are_kept_with_their_captions(sandbox: Sandbox, api: Api, anna: Person) -> None:
    parts = (
        '--x\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n1001\r\n'
        '--x\r\nContent-Disposition: form-data; name="caption"\r\n\r\nday\r\n'
        '--x\r\nContent-Disposition: form-data; name="document"; filename="day.csv"\r\n'
        "Content-Type: text/csv\r\n\r\na;b\r\n\r\n--x--\r\n"
    )
    status, body = api.raw(f"/bot{sandbox.token}/sendDocument", parts.encode(), kind="multipart/form-data; boundary=x")
    assert status == 200, body
    sent = json.loads(body)["result"]
    assert (sent["caption"], sent["document"]["file_name"], sent["document"]["file_size"]) == ("day", "day.csv", 5)
    media = anna.last().media
    assert media is not None
    assert media.content == b"a;b\r\n"
    where = {"chat_id": 1001, "message_id": sent["message_id"]}
    assert "no text in the message" in api.refusal("editMessageText", **where, text="y")[1]


def test_files_come_as_uploads_and_are_not_empty(sandbox: Sandbox, api: Api, anna: Person) -> None:
    assert "uploaded" in api.refusal("sendPhoto", chat_id=1001, photo="file-id")[1]
    parts = (
        '--x\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n1001\r\n'
        '--x\r\nContent-Disposition: form-data; name="photo"; filename="p.png"\r\n\r\n\r\n--x--\r\n'
    )
    status, body = api.raw(f"/bot{sandbox.token}/sendPhoto", parts.encode(), kind="multipart/form-data; boundary=x")
    assert (status, b"non-empty" in body) == (400, True)


def test_only_html_is_read(api: Api, anna: Person) -> None:
    assert "MARKDOWNV2" in api.refusal("sendMessage", chat_id=1001, text="x", parse_mode="MarkdownV2")[1]
    assert "parse_mode only" in api.refusal("sendMessage", chat_id=1001, text="x", entities=[])[1]


def test_messages_are_pinned_and_unpinned_by_name_or_the_last_one(sandbox: Sandbox, api: Api, anna: Person) -> None:
    first, second = (api.call("sendMessage", chat_id=1001, text="x")["message_id"] for _ in range(2))
    for message_id in (first, second, first):
        assert api.call("pinChatMessage", chat_id=1001, message_id=message_id) is True
    pinned = sandbox.chats.chats[1001].pinned
    assert pinned == [first, second]
    assert api.call("unpinChatMessage", chat_id=1001) is True
    assert pinned == [first]
    api.call("deleteMessage", chat_id=1001, message_id=first)
    assert pinned == []
    assert api.refusal("pinChatMessage", chat_id=1001, message_id=99)[1] == "Bad Request: message to pin not found"
    for named in ({"message_id": second}, {}):
        refused = api.refusal("unpinChatMessage", chat_id=1001, **named)
        assert refused[1] == "Bad Request: message to unpin not found"
