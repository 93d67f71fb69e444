"""What several rooms test with."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.postgres import NOT_INSTALLED, PostgresServer, postgres_server, programs

# How long an example takes is a matter of the machine; fewer of them are for a hurry.
settings.register_profile("whole", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "whole"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all; where everything is tested it has to be there."""
    if programs() is None and not os.environ.get("CI"):
        pytest.skip(NOT_INSTALLED)
    with postgres_server() as server:
        yield server
