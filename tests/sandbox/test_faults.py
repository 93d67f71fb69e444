import http.client
import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from sandbox import Kind, Person, Sandbox
from sandbox.failures import SOURCE_KINDS, TELEGRAM_KINDS
from tests.sandbox.hands import Api, Clock

CUT = (ConnectionError, http.client.HTTPException)


def send(api: Api, text: str = "x") -> tuple[int, bytes]:
    return api.raw(f"{api.prefix}sendMessage?chat_id=1001&text={text}", method="GET")


def test_too_many_requests_names_the_time_to_wait(sandbox: Sandbox, api: Api, anna: Person) -> None:
    sandbox.faults.add("sendMessage", "429", count=1, retry_after=7)
    assert api.answer("sendMessage", chat_id=1001, text="x") == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    api.call("sendMessage", chat_id=1001, text="x")


@pytest.mark.parametrize("kind", ["401", "403", "409", "500", "503"])
def test_a_status_comes_in_telegrams_words(sandbox: Sandbox, api: Api, kind: str) -> None:
    sandbox.faults.add("telegram", kind, count=1)
    assert api.refusal("getMe")[0] == int(kind)


@pytest.mark.parametrize(("kind", "status"), [(Kind.BAD_GATEWAY, 502), (Kind.HTML, 200)])
def test_a_gateway_answers_with_a_page(sandbox: Sandbox, api: Api, kind: Kind, status: int) -> None:
    sandbox.faults.add("telegram", kind, count=1)
    answer = send(api)
    assert answer[0] == status
    assert b"<html>" in answer[1]


@pytest.mark.parametrize(("kind", "handled"), [("reset_before", False), ("refuse", False), ("reset_after", True)])
def test_a_reset_comes_before_or_after_handling(
    sandbox: Sandbox, api: Api, anna: Person, kind: str, handled: bool
) -> None:
    sandbox.faults.add("sendMessage", kind, count=1)
    with pytest.raises(CUT):
        send(api)
    assert (len(anna.chat()) == 2) is handled
    assert sandbox.journal.calls("sendMessage")[0].status == 0
    send(api)


def test_garbage_is_half_of_the_answer_and_handled(sandbox: Sandbox, api: Api, anna: Person) -> None:
    sandbox.faults.add("sendMessage", "garbage", count=1)
    status, body = send(api)
    assert status == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(body)
    assert len(anna.chat()) == 2


def test_a_late_answer_is_handled_at_once(sandbox: Sandbox, api: Api, anna: Person) -> None:
    sandbox.faults.add("sendMessage", "late", delay_s=600)
    with ThreadPoolExecutor() as pool:
        sending = pool.submit(send, api)
        anna.wait(lambda chat: len(chat) == 2)
        assert not sending.done()
        sandbox.stop()
        sending.exception(timeout=30)


def test_a_delay_is_before_handling(sandbox: Sandbox, api: Api, anna: Person) -> None:
    other = Api(sandbox)
    sandbox.faults.add("telegram", "delay", chat_id=1001, delay_s=600)
    with ThreadPoolExecutor() as pool:
        sending = pool.submit(send, api)
        other.call("getMe")
        assert not sending.done()
        assert len(anna.chat()) == 1
        sandbox.stop()
        sending.exception(timeout=30)
    other.close()


def test_a_delay_of_no_length_changes_nothing(sandbox: Sandbox, api: Api, anna: Person) -> None:
    for kind in ("delay", "late"):
        sandbox.faults.add("sendMessage", kind, count=1, delay_s=0)
        assert send(api)[0] == 200


def test_an_answer_drips(sandbox: Sandbox, api: Api) -> None:
    sandbox.faults.add("getMe", "drip", delay_s=0.0001)
    assert api.call("getMe")["is_bot"]


def test_a_drip_ends_with_the_stand() -> None:
    with Sandbox() as sandbox, ThreadPoolExecutor() as pool:
        sandbox.faults.add("getMe", "drip", delay_s=600)
        api = Api(sandbox)
        asking = pool.submit(api.answer, "getMe")
        sandbox.journal.wait("getMe")
        sandbox.stop()
        assert isinstance(asking.exception(timeout=30), CUT)


def test_silence_lasts_until_the_client_gives_up(sandbox: Sandbox) -> None:
    sandbox.faults.add("getMe", "silence")
    place = urlsplit(sandbox.url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(f"GET /bot{sandbox.token}/getMe HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n".encode())
        sandbox.journal.wait("getMe")
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)


def test_a_fault_is_counted_down(sandbox: Sandbox, api: Api) -> None:
    sandbox.faults.add("getMe", "502", count=2)
    api.raw(f"{api.prefix}getMe")
    assert [left for _, left in sandbox.faults.active()] == [1]
    api.raw(f"{api.prefix}getMe")
    api.call("getMe")


def test_a_fault_lasts_for_its_time(sandbox: Sandbox, api: Api, clock: Clock) -> None:
    sandbox.faults.add("getMe", "500", duration_s=10)
    clock.tick(9)
    api.refusal("getMe")
    clock.tick(1)
    api.call("getMe")
    assert sandbox.faults.active() == []


def test_a_fault_can_be_for_one_chat(sandbox: Sandbox, api: Api, anna: Person) -> None:
    sandbox.person(1002).send("x")
    sandbox.faults.add("sendMessage", "429", chat_id=1002)
    assert api.answer("sendMessage", chat_id=1002, text="x")["error_code"] == 429
    api.call("sendMessage", chat_id=1001, text="x")
    api.call("getMe")


def test_a_fault_can_be_a_matter_of_luck_that_a_seed_repeats() -> None:
    def lucky() -> list[bool]:
        with Sandbox(seed=5) as sandbox:
            sandbox.faults.add("getMe", "500", chance=0.5)
            return [sandbox.faults.take("telegram", "getMe") is None for _ in range(40)]

    first = lucky()
    assert 5 < sum(first) < 35
    assert lucky() == first


def test_faults_are_listed_and_cleared(sandbox: Sandbox) -> None:
    first = sandbox.faults.add("telegram", "502", count=3)
    sandbox.faults.add("rapira", "451")
    third = sandbox.faults.add("rapira", "drip")
    assert [(fault.target, left) for fault, left in sandbox.faults.active()] == [
        ("telegram", 3),
        ("rapira", None),
        ("rapira", None),
    ]
    assert sandbox.faults.clear(fault_id=third.id) == 1
    assert sandbox.faults.clear("rapira") == 1
    assert [fault for fault, _ in sandbox.faults.active()] == [first]
    assert sandbox.faults.clear() == 1


@pytest.mark.parametrize(
    ("target", "kind"), [("sendMesage", "429"), ("telegram", "quota"), ("rapira", "409"), ("rapira", "tired")]
)
def test_what_cannot_fail_so_is_refused(sandbox: Sandbox, target: str, kind: str) -> None:
    with pytest.raises(ValueError, match=target):
        sandbox.faults.add(target, kind)


def test_every_kind_can_happen_somewhere() -> None:
    assert set(Kind) == TELEGRAM_KINDS | SOURCE_KINDS


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("451", 451, b""),
        ("403", 403, b"403 Forbidden"),
        ("401", 401, b"Invalid authentication credentials"),
        ("500", 500, b"Internal Server Error"),
        ("502", 502, b"502 Bad Gateway"),
        ("503", 503, b"unavailable"),
        ("html", 200, b"<!DOCTYPE html>"),
        ("quota", 429, b"You have exceeded your daily/monthly API rate limit"),
        ("quota_104", 200, b'"code": 104'),
    ],
)
def test_a_source_fails_in_its_own_way(sandbox: Sandbox, api: Api, kind: str, status: int, body: bytes) -> None:
    sandbox.faults.add("sources", kind, count=1)
    answer = api.raw("/rapira/open/market/rates", method="GET")
    assert answer[0] == status
    assert body in answer[1]
    assert api.raw("/rapira/open/market/rates", method="GET")[0] == 200


def test_a_source_says_when_to_come_back(sandbox: Sandbox) -> None:
    sandbox.faults.add("rapira", "429", retry_after=30)
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc)
    connection.request("GET", "/rapira/open/market/rates")
    assert connection.getresponse().getheader("Retry-After") == "30"
    connection.close()


def test_one_source_fails_and_the_others_do_not(sandbox: Sandbox, api: Api) -> None:
    sandbox.faults.add("rapira", "refuse")
    with pytest.raises(CUT):
        api.raw("/rapira/open/market/rates", method="GET")
    assert api.raw("/rapira/market/exchange-plate-mini", method="GET")[0] == 200
    assert api.raw("/cbr/scripts/XML_daily.asp", method="GET")[0] == 200


@pytest.mark.parametrize("target", ["rapira", "telegram"])
def test_any_answer_can_be_put_in_place(sandbox: Sandbox, api: Api, target: str) -> None:
    sandbox.faults.add(target, "canned", status=418, body='{"short":', content_type="text/plain")
    paths: dict[str, Callable[[], tuple[int, bytes]]] = {
        "rapira": lambda: api.raw("/rapira/open/market/rates", method="GET"),
        "telegram": lambda: send(api),
    }
    assert paths[target]() == (418, b'{"short":')
