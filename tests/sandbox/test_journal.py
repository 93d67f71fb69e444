from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox import Person, Sandbox
from tests.sandbox.hands import Api, Clock


def test_each_call_is_kept_with_its_time_and_its_refusal(
    sandbox: Sandbox, api: Api, anna: Person, clock: Clock
) -> None:
    api.call("sendMessage", chat_id=1001, text="x")
    clock.tick(5)
    api.refusal("sendMessage", chat_id=77, text="x")
    api.call("getMe")
    first, second = sandbox.journal.calls("sendMessage")
    assert (first.status, first.chat_id, first.parameters["text"], first.description) == (200, 1001, "x", "")
    assert (second.status, second.description) == (400, "Bad Request: chat not found")
    assert second.at - first.at == 5
    assert second.took_s == 0
    assert sandbox.journal.calls(chat_id=77) == [second]
    assert [call.chat_id for call in sandbox.journal.calls("getMe")] == [None]


def test_a_test_waits_for_calls(sandbox: Sandbox, api: Api) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(sandbox.journal.wait, "getMe", count=2)
        api.call("getMe")
        api.call("getMe")
        waiting.result(timeout=30)
    with pytest.raises(AssertionError, match="2 calls of getMe"):
        sandbox.journal.wait("getMe", count=3, timeout_s=0)
