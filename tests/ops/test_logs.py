import io
import logging
import re
import sys
import threading
from urllib.parse import quote

import pytest

from ops import logs

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake_0"
KEY = "k3y/with+signs&more"

log = logging.getLogger("desk.quotes")


def written(capsys: pytest.CaptureFixture[str]) -> str:
    assert logs.flush(60)
    return capsys.readouterr().err


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return written(capsys).splitlines()


def test_a_line_has_its_time_in_utc_its_level_logger_and_message(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [])

    log.info("quoted direction=%s", "RUB-IDR")

    (line,) = lines(capsys)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO desk\.quotes: quoted direction=RUB-IDR", line)


def test_only_the_level_asked_for_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("WARNING", [])

    log.info("quiet")
    log.warning("loud")

    assert [line.rsplit(" ", 1)[1] for line in lines(capsys)] == ["loud"]


@pytest.mark.parametrize("secret", [TOKEN, KEY, "1:x"])
def test_a_secret_is_masked_wherever_it_comes_from(capsys: pytest.CaptureFixture[str], secret: str) -> None:
    logs.configure("INFO", [secret])

    log.info("url=%s", f"https://host/bot{secret}/getMe")
    log.info({"apikey": secret})
    log.info("quoted=%s lower=%s", quote(secret, safe=""), quote(secret, safe="").lower())
    log.error("call failed", exc_info=ConnectionError(f"no route to /bot{secret}/getMe"))
    log.info("stack", stack_info=True)

    err = written(capsys)
    assert "ConnectionError: no route to /bot***/getMe" in err
    assert "Stack (most recent call last)" in err
    assert secret.lower() not in err.lower()
    assert quote(secret, safe="").lower() not in err.lower()
    assert "https://host/bot***/getMe" in err


def test_whatever_looks_like_a_bots_token_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [])

    log.info("seen %s and %s at 09:30:15", TOKEN, TOKEN.replace(":", "%3A"))

    (line,) = lines(capsys)
    assert line.endswith("seen *** and *** at 09:30:15")


def test_the_end_of_the_token_is_masked_where_it_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [TOKEN])

    log.info("refused: %s", TOKEN.partition(":")[2])

    assert lines(capsys)[0].endswith("refused: ***")


def test_the_longer_of_two_secrets_is_masked_whole(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", ["abc", "abcdef", ""])

    log.info("abcdef abc")

    (line,) = lines(capsys)
    assert line.endswith(": *** ***")


def test_configuring_again_doubles_no_line_and_forgets_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("WARNING", [KEY])
    logs.configure("INFO", [])

    log.info("key=%s", KEY)

    (line,) = lines(capsys)
    assert line.endswith("key=***")


def test_telebots_own_handler_is_taken_away(capsys: pytest.CaptureFixture[str]) -> None:
    unredacted = io.StringIO()
    telebot = logging.getLogger("TeleBot")
    telebot.addHandler(logging.StreamHandler(unredacted))

    logs.configure("INFO", [TOKEN])
    telebot.error("polling failed with %s", TOKEN)

    (line,) = lines(capsys)
    assert line.endswith("ERROR TeleBot: polling failed with ***")
    assert unredacted.getvalue() == ""


def test_urllib3_is_heard_only_when_something_broke(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("DEBUG", [])

    logging.getLogger("urllib3.connectionpool").warning("Retrying after connection broken: /bot1/getUpdates")

    assert lines(capsys) == []


def test_a_line_that_cannot_be_made_shows_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [KEY])

    broken = logging.LogRecord("desk.quotes", logging.INFO, "", 0, "two places %s %s, one argument", (KEY,), None)
    logging.getLogger().handlers[-1].handle(broken)  # pytest's own handler would raise it

    err = written(capsys)
    assert "a log line of desk.quotes was lost: 'two places %s %s, one argument': TypeError" in err
    assert KEY not in err


def test_a_closed_stderr_breaks_nobodys_work(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure("INFO", [])
    stream.close()

    log.info("nobody reads this")

    assert logs.flush(60)


def test_a_thread_that_dies_says_so_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise RuntimeError(f"lost {KEY}")

    logs.configure("INFO", [KEY])
    thread = threading.Thread(target=work, name="refresher")
    thread.start()
    thread.join()

    err = written(capsys)
    assert "CRITICAL ops.logs: thread refresher died" in err
    assert "RuntimeError: lost ***" in err


def test_a_thread_that_exits_on_purpose_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [])
    thread = threading.Thread(target=sys.exit)
    thread.start()
    thread.join()

    assert lines(capsys) == []


def test_an_unknown_thread_that_died_is_logged_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [])

    threading.excepthook(threading.ExceptHookArgs((KeyError, KeyError("x"), None, None)))

    assert "thread an unknown thread died" in written(capsys)


def test_an_uncaught_exception_is_logged_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [KEY])

    sys.excepthook(ValueError, ValueError(f"bad {KEY}"), None)

    err = written(capsys)
    assert "CRITICAL ops.logs: uncaught exception" in err
    assert "ValueError: bad ***" in err


def test_an_interrupt_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [])

    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    (line,) = lines(capsys)
    assert line.endswith("INFO ops.logs: interrupted")
