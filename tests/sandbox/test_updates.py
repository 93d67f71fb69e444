import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from sandbox import Person, Sandbox
from tests.sandbox.hands import Api


def texts(updates: list[dict[str, dict[str, str]]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


def test_updates_come_again_until_an_offset_confirms_them(api: Api, anna: Person) -> None:
    for text in ("one", "two", "three"):
        anna.send(text)
    first = api.call("getUpdates")
    assert texts(first) == ["one", "two", "three"]
    assert api.call("getUpdates") == first
    second = first[1]["update_id"]
    assert texts(api.call("getUpdates", offset=second)) == ["two", "three"]
    assert texts(api.call("getUpdates")) == ["two", "three"]
    assert api.call("getUpdates", offset=second + 2) == []
    assert api.call("getUpdates", offset=0) == []


def test_update_ids_rise_by_one_over_all_chats(sandbox: Sandbox, api: Api, anna: Person) -> None:
    boris = sandbox.person(1002)
    anna.send("a")
    boris.send("b")
    anna.send("c")
    ids = [update["update_id"] for update in api.call("getUpdates")]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]


def test_a_poll_gives_a_hundred_at_most_and_no_more_than_asked(api: Api, anna: Person) -> None:
    for number in range(105):
        anna.send(str(number))
    assert len(api.call("getUpdates", limit=500)) == 100
    assert texts(api.call("getUpdates", limit=2)) == ["0", "1"]


def test_a_negative_offset_keeps_the_last_ones(api: Api, anna: Person) -> None:
    for text in ("one", "two", "three"):
        anna.send(text)
    assert texts(api.call("getUpdates", offset=-1)) == ["three"]
    assert texts(api.call("getUpdates")) == ["three"]


def test_a_long_poll_ends_with_the_first_update(sandbox: Sandbox, api: Api, anna: Person) -> None:
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(api.call, "getUpdates", timeout=30)
        sandbox.updates.wait_polled()
        anna.send("at last")
        assert texts(poll.result(timeout=30)) == ["at last"]


def test_the_newer_of_two_polls_wins(sandbox: Sandbox, api: Api, anna: Person) -> None:
    other = Api(sandbox)
    with ThreadPoolExecutor() as pool:
        older = pool.submit(api.refusal, "getUpdates", timeout=30)
        sandbox.updates.wait_polled()
        newer = pool.submit(other.call, "getUpdates", timeout=30)
        status, description = older.result(timeout=30)
        anna.send("hello")
        assert texts(newer.result(timeout=30)) == ["hello"]
    other.close()
    assert status == 409
    assert description.startswith("Conflict: terminated by other getUpdates request")


def test_only_what_is_allowed_is_kept_until_it_is_said_anew(api: Api, anna: Person) -> None:
    api.call("getUpdates", allowed_updates=["callback_query"])
    anna.send("not wanted")
    assert api.call("getUpdates") == []
    api.call("getUpdates", allowed_updates=[])
    anna.send("wanted")
    assert texts(api.call("getUpdates")) == ["wanted"]


def test_an_unknown_kind_in_allowed_updates_is_refused(api: Api) -> None:
    assert "mesage" in api.refusal("getUpdates", allowed_updates=["mesage"])[1]


def test_delete_webhook_drops_what_waits_only_when_told(sandbox: Sandbox, api: Api, anna: Person) -> None:
    anna.send("hello")
    api.call("deleteWebhook")
    assert len(sandbox.updates.pending) == 1
    api.call("deleteWebhook", drop_pending_updates=True)
    assert sandbox.updates.pending == []


def test_any_update_can_be_put_in(sandbox: Sandbox, api: Api) -> None:
    sandbox.inject("of_a_kind_to_come", {"x": 1})
    assert api.call("getUpdates")[0]["of_a_kind_to_come"] == {"x": 1}


def test_a_test_waits_for_what_is_confirmed(sandbox: Sandbox, api: Api, anna: Person) -> None:
    anna.send("hello")
    update = api.call("getUpdates")[0]["update_id"]
    with pytest.raises(AssertionError, match=str(update)):
        sandbox.updates.wait_confirmed(timeout_s=0)
    waiting = threading.Thread(target=sandbox.updates.wait_confirmed)
    waiting.start()
    api.call("getUpdates", offset=update + 1)
    waiting.join(timeout=30)
    assert not waiting.is_alive()
    with pytest.raises(AssertionError, match="polls"):
        sandbox.updates.wait_polled(more_than=sandbox.updates.polls, timeout_s=0)


def test_the_stand_stops_while_a_bot_polls() -> None:
    with Sandbox() as sandbox, ThreadPoolExecutor() as pool:
        api = Api(sandbox)
        poll = pool.submit(api.answer, "getUpdates", timeout=50)
        sandbox.updates.wait_polled()
        assert sandbox.updates.listening
        sandbox.stop()
        wait([poll], timeout=30)
        assert poll.done()
        api.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sandbox")]
