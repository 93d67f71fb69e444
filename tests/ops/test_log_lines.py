"""What a line of the log says, as text and as JSON, and what it costs whoever logs it."""

import io
import json
import logging
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ops import logs
from ops.about import about

log = logging.getLogger("chat.updates")

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake_0"
PASSWORD = "12345"


def written(capsys: pytest.CaptureFixture[str]) -> str:
    assert logs.flush(60)
    return capsys.readouterr().err


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(capsys).splitlines()]


def test_a_machine_reads_the_event_and_every_field_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [], form="json")

    with about(update_id=7, chat=-100, operator_id=1001):
        log.info("quote given direction=%s source=%s duration_ms=%.1f", "RUB-USDT", "rapira", 12.3456)

    (line,) = objects(capsys)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "chat.updates",
        "thread": "MainThread",
        "event": "quote given",
        "update_id": 7,
        "chat": -100,
        "operator_id": 1001,
        "direction": "RUB-USDT",
        "source": "rapira",
        "duration_ms": 12.346,
        "message": "quote given direction=RUB-USDT source=rapira duration_ms=12.3",
    }


@pytest.mark.parametrize(
    ("template", "arguments", "event", "fields"),
    [
        ("polling pauses: %s pause_s=%.1f", ("409 Conflict", 2.0), "polling pauses", {"pause_s": 2.0}),
        ("source failed feed=%s %s", ("fiat", "no key=1 here"), "source failed", {"feed": "fiat"}),
        ("alert told user_id=%d rule=%s", (5, "a b"), "alert told", {"operator_id": 5, "rule": "a b"}),
        ("100%% of it went chat_id=%s", (None,), "100", {}),
        ("running as @%s", ("desk_bot",), "running as", {}),
        ("%s", ("whatever it is",), "chat.updates", {}),
        ("level=%s is not what the line itself is", ("high",), "chat.updates", {}),
    ],
)
def test_the_event_is_what_stays_the_same_and_fields_are_what_is_put_in(
    capsys: pytest.CaptureFixture[str],
    template: str,
    arguments: tuple[object, ...],
    event: str,
    fields: dict[str, object],
) -> None:
    logs.configure("INFO", [], form="json")

    log.info(template, *arguments)

    (line,) = objects(capsys)
    assert line["event"] == event
    assert line["message"] == template % arguments
    assert line["level"] == "INFO"
    rest = {"time", "level", "logger", "thread", "event", "message"}
    assert {name: value for name, value in line.items() if name not in rest} == fields


def test_a_person_reads_on_the_same_line_whom_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [])

    with about(update_id=7, chat=5, operator_id=None), about(operator_id=1001):
        log.info("update failed update_id=%d", 7)
    log.info("nobody in particular")

    first, second = written(capsys).splitlines()
    assert first.endswith("chat.updates: update failed update_id=7 chat=5 operator_id=1001")
    assert second.endswith("chat.updates: nobody in particular")


def test_a_thread_knows_only_what_it_is_at_work_on_itself(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [], form="json")

    with about(update_id=7):
        other = threading.Thread(target=log.info, args=["from elsewhere"], name="elsewhere")
        other.start()
        other.join()

    (line,) = objects(capsys)
    assert line["thread"] == "elsewhere"
    assert "update_id" not in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_masked_in_either_form_and_in_tracebacks(capsys: pytest.CaptureFixture[str], form: str) -> None:
    logs.configure("INFO", [TOKEN, "s3cret"], form=form)

    with about(chat="s3cret"):
        log.error("call failed url=%s", f"https://host/bot{TOKEN}/getMe", exc_info=OSError(f"no route for {TOKEN}"))
        try:
            _refuse()
        except ConnectionError:
            log.exception("again", stack_info=True)

    text = written(capsys)
    assert "Traceback" in text
    assert "OSError: no route for ***" in text
    assert "ConnectionError: refused *** at ***" in text
    assert TOKEN.partition(":")[2] not in text
    assert "s3cret" not in text


def _refuse() -> None:
    raise ConnectionError(f"refused s3cret at {TOKEN.partition(':')[2]}")


def test_a_secret_of_digits_leaves_the_line_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [PASSWORD], form="json")

    log.info("seen chat_id=%d share=%.1f", 12345, 0.5)

    (line,) = objects(capsys)
    assert (line["chat"], line["share"]) == ("***", 0.5)


def test_a_debug_line_at_warning_makes_nothing_of_what_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    class Unread:
        def __str__(self) -> str:
            raise AssertionError("made into text for nothing")

    made: list[object] = []
    logs.configure("WARNING", [])
    factory = logging.getLogRecordFactory()
    logging.setLogRecordFactory(lambda *args, **more: made.append(args) or factory(*args, **more))  # type: ignore[func-returns-value]  # made first
    try:
        log.debug("update handled update_id=%s", Unread())
        log.info("update handled update_id=%s", Unread())
    finally:
        logging.setLogRecordFactory(factory)

    assert made == []
    assert written(capsys) == ""


def test_whoever_logs_does_not_wait_for_a_stderr_that_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = threading.Event()

    class Stuck(io.StringIO):
        def write(self, text: str) -> int:
            assert read.wait(30)
            return super().write(text)

    stream = Stuck()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure("INFO", [])

    for number in range(logs.MOST_WAITING + 500):
        log.info("line number=%d", number)

    assert not logs.flush(0.01)
    read.set()
    assert logs.flush(60)
    log.info("the last")
    assert logs.flush(60)
    lines = stream.getvalue().splitlines()
    (told,) = [line for line in lines if "log lines dropped, nobody read them count=" in line]
    assert 0 < int(told.rpartition("=")[2]) <= 500
    assert lines[-1].endswith("the last")


def test_the_writer_is_a_thread_with_a_name_that_somebody_can_watch() -> None:
    logs.configure("INFO", [])

    assert [thread.name for thread in logs.threads()] == ["log-writer"]


def test_what_is_logged_after_the_end_is_written_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [])
    log.info("first")
    logging.getLogger().handlers[-1].close()
    log.info("second")

    assert [line.rsplit(" ", 1)[1] for line in capsys.readouterr().err.splitlines()] == ["first", "second"]
    assert logs.threads() == []


def test_a_file_gets_the_same_lines_and_is_turned_over_when_it_is_full(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 500)
    monkeypatch.setattr(logs, "FILES_KEPT", 2)
    file = tmp_path / "logs" / "desk.log"
    logs.configure("INFO", [TOKEN], form="json", file=str(file))

    for number in range(20):
        log.info("line number=%d of %s", number, TOKEN)

    err = written(capsys)
    kept = "".join(each.read_text(encoding="utf-8") for each in sorted(file.parent.iterdir(), reverse=True))
    assert sorted(each.name for each in file.parent.iterdir()) == ["desk.log", "desk.log.1", "desk.log.2"]
    assert err.endswith(kept)
    assert json.loads(kept.splitlines()[-1])["number"] == 19
    assert TOKEN not in kept


def test_a_file_that_cannot_be_written_is_one_line_and_no_end(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("")
    logs.configure("INFO", [], file=str(in_the_way / "desk.log"))

    log.info("all the same")

    first, second = written(capsys).splitlines()
    assert "WARNING ops.logs: LOG_FILE cannot be written, lines go to stderr alone" in first
    assert second.endswith("all the same")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said_once_and_stderr_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [], file="/dev/full")

    for number in range(3):
        log.info("line number=%d", number)

    lines = written(capsys).splitlines()
    assert len([line for line in lines if "was lost in /dev/full" in line and "No space left" in line]) == 1
    assert len([line for line in lines if "line number=" in line and "INFO" in line]) == 3


def test_the_last_lines_and_troubles_are_remembered_masked(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [TOKEN])

    log.info("all is well")
    log.warning("source rests source=%s", TOKEN)
    log.error("update failed incident=%s", "ab12cd", exc_info=KeyError("x"))
    log.error("update parked update_id=%d", 9)
    written(capsys)

    recent = logs.recent()
    assert len(recent.lines(10)) == 4
    assert "source rests source=***" in recent.lines(10, least=logging.WARNING)[0]
    assert recent.lines(0) == []
    assert [(each.level, each.event, each.incident) for each in recent.troubles()] == [
        ("ERROR", "update parked", None),
        ("ERROR", "update failed", "ab12cd"),
        ("WARNING", "source rests", None),
    ]
    assert recent.errors() == {"KeyError": 1, "update parked": 1}


def test_nothing_is_remembered_before_the_logs_are_configured() -> None:
    with pytest.raises(LookupError):
        logs.recent()


def test_lines_that_come_together_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(io.StringIO):
        writes = 0

        def write(self, text: str) -> int:
            self.writes += 1
            return super().write(text)

    stream = Counting()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(logs, "GATHERS_S", 30.0)
    logs.configure("INFO", [])

    for number in range(logs.TOGETHER):
        log.info("line number=%d", number)
    assert logs.flush(60)

    assert [line.rpartition("=")[2] for line in stream.getvalue().splitlines()] == list(map(str, range(logs.TOGETHER)))
    assert stream.writes == 1


def test_a_warning_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    written = threading.Event()

    class Telling(io.StringIO):
        def flush(self) -> None:
            written.set()

    stream = Telling()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(logs, "GATHERS_S", 60.0)
    logs.configure("INFO", [])

    log.info("first")
    log.warning("second")

    assert written.wait(30)
    assert [line.rsplit(" ", 1)[1] for line in stream.getvalue().splitlines()] == ["first", "second"]


def test_a_line_is_written_soon_where_nothing_else_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    written = threading.Event()

    class Telling(io.StringIO):
        def flush(self) -> None:
            written.set()

    monkeypatch.setattr(sys, "stderr", Telling())
    logs.configure("INFO", [])

    log.info("alone")

    assert written.wait(30)


def test_of_lines_written_together_one_that_cannot_be_made_takes_no_other_with_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("INFO", [])
    (front,) = [each for each in logging.getLogger().handlers if type(each).__name__ == "_Front"]
    stderr = front.writer.handlers[1]  # type: ignore[attr-defined]  # the front's own
    made = [
        logging.LogRecord("desk", logging.INFO, "", 0, text, (1,), None) for text in ("one=%d", "no %d %d", "two=%d")
    ]

    stderr.emit_all(made)
    stderr.emit_all(made[1:2])

    told = written(capsys).splitlines()
    assert [line.rpartition(" ")[2] for line in told if "INFO" in line] == ["one=1", "two=1"]
    assert len([line for line in told if "a log line of desk was lost" in line]) == 2
