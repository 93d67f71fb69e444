"""What several rooms test with."""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from hypothesis import HealthCheck, settings

from tests import redis_server as redis_servers
from tests.postgres import NOT_INSTALLED, PostgresServer, postgres_server, programs
from tests.redis_server import RedisServer

# How long an example takes is a matter of the machine; fewer of them are for a hurry.
SLOW = [HealthCheck.too_slow]
settings.register_profile("whole", deadline=None, suppress_health_check=SLOW)
settings.register_profile("quick", deadline=None, suppress_health_check=SLOW, max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "whole"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all; where everything is tested it has to be there."""
    if programs() is None and not os.environ.get("CI"):
        pytest.skip(NOT_INSTALLED)
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """One server for all that do it no harm."""
    with own_redis() as server:
        yield server


@pytest.fixture
def redis_of_its_own() -> Iterator[RedisServer]:
    """For a test that kills, freezes or fills it."""
    with own_redis() as server:
        yield server


def own_redis() -> AbstractContextManager[RedisServer]:
    if redis_servers.program() is None and not os.environ.get("CI"):
        pytest.skip(redis_servers.NOT_INSTALLED)
    return redis_servers.redis_server()


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """The process's logging and its hooks are as they were after each test, whichever room it is of."""
    loggers = [logging.getLogger(name) for name in (None, "TeleBot", "urllib3")]
    before = [(logger.handlers.copy(), logger.level) for logger in loggers]
    hooks = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = hooks
    for handler in logging.getLogger().handlers:
        if handler not in before[0][0]:
            handler.close()
    for logger, (handlers, level) in zip(loggers, before, strict=True):
        logger.handlers[:] = handlers
        logger.setLevel(level)
