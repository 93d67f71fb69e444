"""Settings that are read again while the bot runs."""

import logging
import signal
import threading
from pathlib import Path

import pytest

from ops import logs
from ops.rereading import Rereading
from ops.settings import Settings, hidden_by_environment, load, read_environment

OLD = {"API_LAYER_KEY": "old-key", "RAPIRA_API_KEY": "rapira-key", "WORKERS": "4"}


class Bot:
    """Its settings as they stand in .env, and what it did with them."""

    def __init__(self) -> None:
        self.written = dict(OLD)
        self.hidden: set[str] = set()
        self.done: list[tuple[str, object]] = []
        self.broken: Exception | None = None
        self.applied = threading.Semaphore(0)
        self.rereading = Rereading(
            load(OLD),
            read=lambda: self.written,
            hidden=lambda: self.hidden,
            hide=lambda secrets: self.done.append(("hide", tuple(secrets))),
            apply=self._apply,
        )

    def step(self, **changes: str) -> None:
        self.written |= changes
        self.rereading.step()

    def used(self) -> list[Settings]:
        return [what for name, what in self.done if name == "apply" and isinstance(what, Settings)]

    def _apply(self, settings: Settings) -> None:
        if self.broken is not None:
            raise self.broken
        self.done.append(("apply", settings))
        self.applied.release()


@pytest.fixture
def bot(caplog: pytest.LogCaptureFixture) -> Bot:
    caplog.set_level(logging.INFO, "ops.rereading")
    return Bot()


def test_a_key_that_has_changed_is_hidden_before_it_is_used_and_named_in_the_log(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.step(API_LAYER_KEY="new-key", API_LAYER_MONTHLY_QUOTA="10000")
    (hide, secrets), (apply, settings) = bot.done
    assert (hide, apply) == ("hide", "apply")
    assert isinstance(secrets, tuple)
    assert "new-key" in secrets
    assert isinstance(settings, Settings)
    assert (settings.api_layer_key, settings.api_layer_monthly_quota) == (("new-key",), 10_000)
    assert settings.rapira_api_key == "rapira-key"
    assert caplog.messages == ["settings reread changed=API_LAYER_KEY,API_LAYER_MONTHLY_QUOTA after_a_restart=-"]


def test_what_has_not_changed_is_not_applied(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    bot.step()
    bot.step(API_LAYER_KEY="new-key")
    bot.step()
    assert len(bot.used()) == 1
    assert [line.split()[2] for line in caplog.messages] == ["changed=-", "changed=API_LAYER_KEY", "changed=-"]


def test_other_settings_wait_for_a_restart_and_the_log_says_so(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    bot.step(WORKERS="8", RAPIRA_PROXY="http://anya:hidden@proxy:8080")
    assert bot.used() == []
    bot.step(RAPIRA_API_KEY="")
    assert bot.used()[0].rapira_api_key is None
    assert bot.used()[0].workers == 4
    assert caplog.messages[0] == "settings reread changed=- after_a_restart=RAPIRA_PROXY,WORKERS"
    assert "hidden" not in caplog.text


def test_a_wrong_value_is_one_line_and_the_old_ones_stay(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    bot.step(API_LAYER_KEY="hid den", API_LAYER_MONTHLY_QUOTA="250")
    assert bot.done == []
    (line,) = caplog.messages
    assert line.startswith("settings stay as they are: API_LAYER_KEY is ***; allowed: ")
    bot.step(API_LAYER_KEY="new-key")
    assert bot.used()[0].api_layer_monthly_quota == 250


def test_a_key_that_the_environment_stands_over_is_named(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    bot.hidden = {"API_LAYER_KEY", "HOME"}
    bot.step()
    assert caplog.messages[-1] == "the environment stands over .env names=API_LAYER_KEY"


def test_what_could_not_be_applied_is_tried_again_with_the_next_signal(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.broken = ZeroDivisionError("a bug")
    bot.written["API_LAYER_KEY"] = "new-key"
    bot.rereading.start()
    bot.rereading.ask()
    bot.rereading.stop(60)
    assert "not done name=settings" in caplog.text
    bot.broken = None
    bot.rereading.step()
    assert bot.used()[0].api_layer_key == ("new-key",)


def test_a_signal_is_answered_by_a_thread_of_its_own(bot: Bot) -> None:
    before = signal.signal(signal.SIGHUP, bot.rereading.ask)
    try:
        bot.rereading.start()
        bot.written["API_LAYER_KEY"] = "new-key"
        signal.raise_signal(signal.SIGHUP)
        assert bot.applied.acquire(timeout=30)
        bot.written["API_LAYER_KEY"] = "newer-key"
        for _ in range(3):
            signal.raise_signal(signal.SIGHUP)
        assert bot.applied.acquire(timeout=30)
        bot.rereading.stop(60)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert [each.api_layer_key for each in bot.used()] == [("new-key",), ("newer-key",)]


def test_the_file_is_compared_with_the_environment_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("API_LAYER_KEY=written\nRAPIRA_API_KEY=same\nWORKERS=8\nLOG_LEVEL\n")
    monkeypatch.setenv("API_LAYER_KEY", "")
    monkeypatch.setenv("RAPIRA_API_KEY", "same")
    monkeypatch.delenv("WORKERS", raising=False)
    assert hidden_by_environment() == {"API_LAYER_KEY"}
    assert read_environment()["WORKERS"] == "8"


def test_a_secret_that_comes_later_is_masked_from_then_on(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", ["old-key"])
    logs.hide(["new-key"])
    logging.getLogger("test").info("old-key new-key")
    assert logs.flush(60)
    assert capsys.readouterr().err.endswith("test: *** ***\n")
