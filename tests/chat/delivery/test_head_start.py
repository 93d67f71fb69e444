"""The poll sent while the rest is loaded brings what waits, confirms nothing, and is made again when it fails."""

import json
from collections.abc import Iterator

import pytest
from telebot.apihelper import ApiTelegramException

from chat.delivery.errors import TransportError
from chat.delivery.head_start import HeadStart
from sandbox.stand import Sandbox

KINDS = ("message", "callback_query")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


class Ordinary:
    """The fetch that comes after."""

    def __init__(self) -> None:
        self.asked: list[tuple[int | None, int]] = []

    def __call__(self, offset: int | None, timeout_s: int) -> object:
        self.asked.append((offset, timeout_s))
        return []


def head_start(sandbox: Sandbox, *, path: str = "") -> HeadStart:
    return HeadStart(sandbox.telegram_url + path, sandbox.token, KINDS).start()


def test_it_brings_what_waits_to_the_first_fetch_alone(sandbox: Sandbox) -> None:
    sandbox.person(1).send("hello")
    ordinary = Ordinary()
    fetch = head_start(sandbox).before(ordinary)

    updates = fetch(None, 10)

    assert isinstance(updates, list)
    assert [each["message"]["text"] for each in updates] == ["hello"]
    assert ordinary.asked == []
    assert fetch(None, 10) == []
    assert fetch(7, 1) == []
    assert ordinary.asked == [(None, 10), (7, 1)]


def test_it_asks_as_the_poller_does_and_confirms_nothing(sandbox: Sandbox) -> None:
    sandbox.person(1).send("hello")
    head_start(sandbox).before(Ordinary())(None, 10)

    [call] = sandbox.journal.calls("getUpdates")
    assert call.parameters == {"timeout": "10", "allowed_updates": json.dumps(KINDS)}
    assert len(sandbox.updates.pending) == 1


def test_it_brings_what_comes_while_it_waits(sandbox: Sandbox) -> None:
    fetch = head_start(sandbox).before(Ordinary())
    sandbox.updates.wait_polled()
    sandbox.person(1).send("hello")
    assert len(json.dumps(fetch(None, 10))) > len("hello")


@pytest.mark.parametrize(("kind", "error"), [("401", 401), ("409", 409), ("429", 429)])
def test_a_refusal_is_told_as_any_poll_tells_it(sandbox: Sandbox, kind: str, error: int) -> None:
    sandbox.faults.add("getUpdates", kind, count=1)
    ordinary = Ordinary()
    fetch = head_start(sandbox).before(ordinary)
    with pytest.raises(ApiTelegramException) as caught:
        fetch(None, 10)
    assert caught.value.error_code == error
    assert fetch(None, 10) == []
    assert ordinary.asked == [(None, 10)]


@pytest.mark.parametrize("kind", ["garbage", "html", "reset_before", "reset_after"])
def test_a_trouble_is_told_as_any_poll_tells_it_and_without_the_token(sandbox: Sandbox, kind: str) -> None:
    sandbox.person(1).send("hello")
    sandbox.faults.add("getUpdates", kind, count=1)
    fetch = head_start(sandbox).before(Ordinary())
    with pytest.raises(TransportError) as caught:
        fetch(None, 10)
    assert sandbox.token not in str(caught.value)
    assert fetch(None, 10) == []


def test_a_server_that_is_not_there_is_a_trouble(sandbox: Sandbox) -> None:
    first = HeadStart("http://127.0.0.1:9", sandbox.token, KINDS).start()
    with pytest.raises(TransportError, match="getUpdates: ConnectionRefusedError"):
        first.before(Ordinary())(None, 10)


def test_a_fetch_that_goes_on_from_an_offset_does_not_get_it(sandbox: Sandbox) -> None:
    sandbox.person(1).send("hello")
    ordinary = Ordinary()
    assert head_start(sandbox).before(ordinary)(5, 10) == []
    assert ordinary.asked == [(5, 10)]
