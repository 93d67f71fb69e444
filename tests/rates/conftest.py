"""Sessions without pauses between retries, the payloads of sources, and clocks that move when they are told to."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from rates.cache import Cache
from rates.http import RETRIES, Http, source_session
from tests.rates.caching import FAILURE_TTL_S, STALE_S, TTL_S, Beside
from tests.rates.payloads import body

NOW = datetime(2026, 11, 20, 12, 4, 5, tzinfo=UTC)


class Clock:
    """Seconds of a monotonic clock, and the moment of the day that goes with them."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def utcnow(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds - 1_000.0)

    def forward(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the machine's own none is used, or no call would reach the servers of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with source_session(pools=4, per_host=4, retries=RETRIES.new(backoff_factor=0, backoff_jitter=0)) as session:
        yield session


@pytest.fixture
def http(session: requests.Session) -> Http:
    return Http(session, timeout_s=60)


@pytest.fixture
def payload() -> Callable[[str], bytes]:
    """What a source sent, by the name of its file in tests/fixtures/sources."""
    return body


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, and a file that has its key as well."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not there to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key, both = folder / "certificate.pem", folder / "key.pem", folder / "both.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command + files, capture_output=True, check=True, timeout=60)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return certificate, both


@pytest.fixture
def beside() -> Beside:
    return Beside()


@pytest.fixture
def cache(clock: Clock, beside: Beside) -> Cache[str, str]:
    return Cache(
        max_size=3,
        ttl_s=TTL_S,
        stale_s=STALE_S,
        failure_ttl_s=FAILURE_TTL_S,
        clock=clock,
        spawn=beside,
        weigh=len,
    )
