"""A stand to talk to, and somebody in it."""

from collections.abc import Iterator

import pytest

from sandbox import Person, Sandbox
from tests.sandbox.hands import Api, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    api = Api(sandbox)
    yield api
    api.close()


@pytest.fixture
def anna(sandbox: Sandbox) -> Person:
    """An operator who has opened the chat."""
    person = sandbox.person(1001, name="Анна")
    person.send("/start")
    sandbox.updates.drop()
    return person
