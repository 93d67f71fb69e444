import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.__main__ import main, run
from sandbox.child import BotProcess

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
LIVES = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print({name: os.environ[name] for name in ("BOT_TOKEN", "ADMIN_IDS", "DATABASE_URL", "CBR_URL", "PRELOAD_INTERVAL")})
os.kill(os.getppid(), signal.SIGTERM)
signal.pause()
"""
STUBBORN = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.kill(os.getppid(), signal.SIGUSR1)
signal.pause()
"""


@pytest.fixture(autouse=True)
def handlers_come_back() -> Iterator[None]:
    before = {each: signal.getsignal(each) for each in SIGNALS}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_it_says_where_to_look_and_ends_with_the_bot_at_a_signal(capfd: pytest.CaptureFixture[str]) -> None:
    environment = {**os.environ, "BOT_TOKEN": "1:another", "PRELOAD_INTERVAL": "7"}
    assert run(["--port", "0", "--no-drift"], environment, command=python(LIVES)) == 0
    said = capfd.readouterr().out
    url = re.search(
        r"the chat is at (http://127\.0\.0\.1:\d+), for operators 1001, 1002, 1003, a client and a stranger", said
    )
    assert url
    assert f"'CBR_URL': '{url.group(1)}/cbr'" in said
    assert "'DATABASE_URL': 'sqlite:///data/sandbox.db'" in said
    assert "'ADMIN_IDS': '1001, 1002, 1003'" in said
    assert "'PRELOAD_INTERVAL': '7'" in said
    assert "1:another" not in said
    assert said.endswith("Sandbox: ended, the bot with exit code 0.\n")


@pytest.mark.parametrize(("ends", "code"), [("raise SystemExit(3)", 3), ("", 1)])
def test_a_bot_that_ends_by_itself_is_said_and_is_a_failure(
    capfd: pytest.CaptureFixture[str], ends: str, code: int
) -> None:
    assert run(["--port", "0"], os.environ, command=python(ends)) == code
    assert f"the bot ended by itself with exit code {3 if ends else 0}." in capfd.readouterr().out


def test_a_bot_that_is_killed_is_said_and_started_anew(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    dies_once = f"""
import os, pathlib, signal
killed = pathlib.Path({str(killed)!r})
if not killed.exists():
    killed.touch()
    os.kill(os.getpid(), signal.SIGKILL)
{LIVES}
"""
    assert run(["--port", "0"], os.environ, command=python(dies_once)) == 0
    said = capfd.readouterr().out
    assert said.count("Sandbox: the bot was ended by SIGKILL; it is started anew.\n") == 1
    assert "BOT_TOKEN" in said, "the second one ran"
    assert said.endswith("Sandbox: ended, the bot with exit code 0.\n")


def test_a_port_that_is_taken_is_said_and_another_one_used(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["--port", str(port)], os.environ, command=python(LIVES)) == 0
    said = capfd.readouterr().out
    assert f" (port {port}: Address already in use)" in said
    assert f"http://127.0.0.1:{port} " not in said


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
def test_a_port_that_is_none_is_said(capsys: pytest.CaptureFixture[str], port: str) -> None:
    with pytest.raises(SystemExit):
        run([f"--port={port}"], os.environ, command=python(LIVES))
    assert f"{port!r} is not a number from 0 to 65535" in capsys.readouterr().err


def test_a_bot_that_does_not_end_is_ended() -> None:
    ready = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: ready.set())
    ended = threading.Event()
    bot = BotProcess(python(STUBBORN), os.environ, ended=ended.set, ends_within_s=0.05)
    bot.start()
    assert ready.wait(30)
    assert bot.stop() == -signal.SIGKILL
    assert ended.is_set()


def test_it_explains_itself(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["sandbox", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "--no-drift" in capsys.readouterr().out


def test_an_unreadable_env_file_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"BOT_TOKEN=\xff\xfe")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"The settings are wrong: \.env"):
        main()
