import json

import pytest

from sandbox import Person, Sandbox
from sandbox.parameters import METHODS
from tests.sandbox.hands import Api


def test_get_me_names_the_bot(api: Api) -> None:
    me = api.call("getMe")
    assert me["is_bot"]
    assert me["username"] == "quote_desk_bot"


def test_an_unknown_method_is_not_found(sandbox: Sandbox, api: Api) -> None:
    assert api.refusal("sendMesage", chat_id=1) == (404, "Not Found")
    assert sandbox.journal.calls("sendMesage")[0].description == "Not Found"


def test_a_wrong_token_is_unauthorized(api: Api) -> None:
    status, body = api.raw("/bot1:other/getMe")
    assert status == 401
    assert json.loads(body) == {"ok": False, "error_code": 401, "description": "Unauthorized"}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_names_a_parameter_it_does_not_know(api: Api, method: str) -> None:
    status, description = api.refusal(method, chatid="1")
    assert (status, "'chatid'" in description) == (400, True)


@pytest.mark.parametrize(("method", "table"), METHODS.items(), ids=list(METHODS))
def test_every_method_names_a_parameter_it_misses(api: Api, method: str, table: dict[str, object]) -> None:
    required = [name for name, parameter in METHODS[method].items() if parameter.required]
    if required:
        assert api.refusal(method) == (400, f"Bad Request: parameter {required[0]!r} is required")
    else:
        assert "required" not in api.answer(method).get("description", "")


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("getUpdates", "offset", "soon"),
        ("getUpdates", "allowed_updates", '"message"'),
        ("getUpdates", "allowed_updates", "[oops"),
        ("deleteWebhook", "drop_pending_updates", "perhaps"),
        ("getMyCommands", "scope", "[]"),
        ("sendMessage", "chat_id", "Anna"),
    ],
)
def test_a_parameter_of_another_type_is_named(api: Api, method: str, name: str, value: str) -> None:
    status, description = api.refusal(method, **{name: value})
    assert (status, f"{name!r} must be" in description) == (400, True)


def test_parameters_come_in_the_query_in_json_and_in_multipart(sandbox: Sandbox, api: Api, anna: Person) -> None:
    path = f"/bot{sandbox.token}/sendMessage"
    assert api.raw(f"{path}?chat_id=1001&text=from+the+query", method="GET")[0] == 200
    assert api.raw(path, json.dumps({"chat_id": 1001, "text": "as JSON"}).encode(), kind="application/json")[0] == 200
    parts = [
        '--x\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n1001\r\n',
        '--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nв частях\r\n--x--\r\n',
    ]
    assert api.raw(path, "".join(parts).encode(), kind="multipart/form-data; boundary=x")[0] == 200
    assert [message.text for message in anna.chat()[1:]] == ["from the query", "as JSON", "в частях"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"chat_id=1", "text/plain"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff=1", "application/x-www-form-urlencoded"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(sandbox: Sandbox, api: Api, body: bytes, kind: str) -> None:
    assert api.raw(f"/bot{sandbox.token}/getMe", body, kind=kind)[0] == 400


def test_the_types_of_a_json_body_are_checked_too(sandbox: Sandbox, api: Api, anna: Person) -> None:
    mistakes: list[dict[str, object]] = [{"chat_id": True}, {"chat_id": 1.5}, {"text": 5}, {"disable_notification": []}]
    for wrong in mistakes:
        body = json.dumps({"chat_id": 1001, "text": "x", **wrong}).encode()
        assert api.raw(f"/bot{sandbox.token}/sendMessage", body, kind="application/json")[0] == 400
    body = json.dumps({"chat_id": 1001, "text": "x", "disable_notification": True, "reply_markup": {}}).encode()
    assert api.raw(f"/bot{sandbox.token}/sendMessage", body, kind="application/json")[0] == 200
    assert anna.last().text == "x"


def test_files_are_not_served_where_telegram_has_them(sandbox: Sandbox, api: Api) -> None:
    assert api.raw(f"/file/bot{sandbox.token}/documents/1", method="GET")[0] == 404
