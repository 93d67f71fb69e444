"""What a start does before its first poll, and what it leaves for later."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from joints.early import Early, begun
from ops.settings import goes_direct

ROOT = Path(__file__).parent.parent
KINDS = ("message",)
BEFORE_THE_POLL = "import json, sys, joints.early; print(json.dumps(sorted(sys.modules)))"
COLLECTIONS = """
import gc, runpy, sys

def seen(phase, _):
    if phase == "start" and "joints.early" in sys.modules and "joints.watching" not in sys.modules:
        print("collected")

gc.callbacks.append(seen)
sys.argv = ["bot.py", "--version"]
try:
    runpy.run_path("bot.py", run_name="__main__")
except SystemExit as ended:
    print(ended.code, gc.isenabled(), gc.get_freeze_count() > 50_000)
"""
HEAVY = {"telebot", "requests", "urllib3", "sqlite3", "dotenv", "prometheus_client", "waitress"}
"""What takes longer to be loaded than a poll takes to be answered."""
EXTRAS = {"PIL", "redis", "psycopg", "xlsxwriter"}
OURS = {"bot", "calc", "desk", "rates", "storage"}


def test_before_the_first_poll_nothing_is_loaded_that_it_does_not_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEFORE_THE_POLL], cwd=ROOT, capture_output=True, encoding="ascii", check=True
    )
    loaded = set(json.loads(done.stdout))
    assert {name.partition(".")[0] for name in loaded} & (HEAVY | EXTRAS | OURS) == set()
    assert {name for name in loaded if name.startswith(("chat.", "ops.", "joints."))} == {
        "chat.delivery",
        "chat.delivery.answers",
        "chat.delivery.errors",
        "chat.delivery.head_start",
        "joints.early",
        "ops.parsers",
        "ops.settings",
    }


def test_nobody_looks_for_garbage_before_everything_is_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLLECTIONS], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    said, end = done.stdout.splitlines()
    assert said.startswith("Quote Desk ")
    assert end == "0 True True"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Of a bot that may poll at once, on a server that is not there."""
    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "DATABASE_URL", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOT_TOKEN", "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake_0")
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:9")
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_a_bot_on_a_file_polls_at_once() -> None:
    early = begun([], KINDS)
    assert early.poll is not None
    assert early.settings is not None
    assert early.settings.telegram_api_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_TOKEN", ""),
        ("DATABASE_URL", "postgresql://desk@127.0.0.1/desk"),
        ("HTTP_PROXY", "http://127.0.0.1:3128"),
        ("all_proxy", "http://127.0.0.1:3128"),
    ],
)
def test_where_something_has_to_come_before_it_only_the_settings_are_read(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    early = begun([], KINDS)
    assert early.poll is None
    assert early.settings is not None


def test_certificates_of_its_own_matter_where_there_are_any(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CURL_CA_BUNDLE", "/etc/ssl/own.pem")
    assert goes_direct("http://127.0.0.1:8081")
    assert not goes_direct("https://api.telegram.org")


def test_another_task_and_a_wrong_setting_are_left_to_the_program(environment: pytest.MonkeyPatch) -> None:
    assert begun(["--check"], KINDS) == Early()
    environment.setenv("WORKERS", "many")
    assert begun([], KINDS) == Early()
