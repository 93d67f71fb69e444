"""Health, metrics and the dashboard of the real process."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from select import select

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator
from tests.e2e.pages import Pages

TOKEN = "marked-ops-token-0123456789"
PROMTOOL = shutil.which("promtool")


def test_all_pages_tell_of_a_bot_at_work(new_bot: Callable[..., Bot], anna: Operator) -> None:
    bot = new_bot(OPS_TOKEN=TOKEN).start()
    pages = Pages(bot)
    pages.wait_for(200)
    anna.quote("RUB", "USDT", margin="2", amount="1000")
    bot.settle(5)

    assert pages.get("/ready")[0] == 200
    status, metrics = pages.get("/metrics")
    assert status == 200
    assert 'desk_updates_total{kind="callback_query",result="done"} 2.0' in metrics
    assert 'desk_telegram_calls_total{method="editMessageText",result="ok"}' in metrics
    assert 'desk_source_calls_total{result="ok",source="rapira"} 1.0' in metrics.replace(
        'source="rapira",result="ok"', 'result="ok",source="rapira"'
    )
    assert 'desk_database_query_seconds_count{operation="insert"}' in metrics
    assert "desk_directions_quotable 14.0" in metrics
    stats = pages.json("/api/stats")
    assert None not in {name: value for name, value in stats.items() if name != "quota"}.values()
    assert (stats["work"]["active_operators"], stats["rates"]["usdt_rub"]["bid"]) == (1, "81.62")
    assert stats["health"] == {"is_well": True, "reasons": {}}
    assert "<title>Quote Desk</title>" in pages.get("/")[1]

    assert pages.get("/metrics", X_Forwarded_For="127.0.0.1")[0] == 401
    assert pages.get("/metrics", Host="desk.example.org")[0] == 401
    assert pages.get("/metrics", Host="desk.example.org", Authorization=f"Bearer {TOKEN}")[0] == 200
    assert pages.get(f"/?token={TOKEN}", Host="desk.example.org")[0] == 303
    assert pages.get("/health", Host="desk.example.org")[0] == 200
    assert bot.stop() == 0
    assert TOKEN not in bot.text
    assert " ERROR " not in bot.text


@pytest.mark.skipif(
    not PROMTOOL and not os.environ.get("CI"), reason="promtool is not installed (on Debian: apt install prometheus)"
)
def test_prometheus_own_tool_has_nothing_against_what_the_real_bot_tells(bot: Bot, anna: Operator) -> None:
    assert PROMTOOL, "CI has to install prometheus"
    anna.quote("USDT", "THB", margin="2", amount="100")
    bot.settle(5)
    told = Pages(bot).get("/metrics")[1]
    checked = subprocess.run(
        [PROMTOOL, "check", "metrics"], input=told, capture_output=True, text=True, timeout=60, check=False
    )

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_whatever_is_not_well_is_said_until_it_is_well_again(
    sandbox: Sandbox, new_bot: Callable[..., Bot], tmp_path: Path
) -> None:
    sandbox.faults.add("sources", "500")
    pages = Pages(new_bot(PRELOAD_INTERVAL="1").start())
    assert "none of 14 directions can be quoted" in pages.wait_for(503, "rates")
    sandbox.faults.clear("sources")
    pages.wait_for(200, timeout_s=120)
    assert pages.get("/ready")[0] == 200

    sandbox.faults.add("getUpdates", "409")
    assert "another program polls with this token (409)" in pages.wait_for(503, "polling")
    sandbox.faults.clear("getUpdates")
    pages.wait_for(200)

    with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert '{"database":"OperationalError"}' in pages.wait_for(503, "database")
        other.execute("ROLLBACK")
    pages.wait_for(200)


def test_150_hanging_clients_harm_neither_health_nor_quotes(bot: Bot, anna: Operator) -> None:
    pages = Pages(bot)
    pages.wait_for(200)
    anna.open()
    for _ in range(5):  # a machine that stands still for seconds has hung up on them all
        with ExitStack() as hanging:
            for number in range(150):
                client = hanging.enter_context(socket.create_connection(("127.0.0.1", pages.port), timeout=60))
                client.sendall(b"GET /metrics HTTP/1.1\r\nX: " if number % 2 else b"")
            assert pages.get("/health")[0] == 200
            anna.open("/new")
            hang_yet = not select([client], [], [], 0)[0]
        if hang_yet:
            return
    raise AssertionError("whoever asked was answered after those who hang had gone")


def test_a_port_that_is_taken_is_one_clear_line_and_the_bot_quotes(new_bot: Callable[..., Bot], anna: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        bot = new_bot(PORT=str(other.getsockname()[1])).start()
        bot.wait_for("no http, the bot goes on without")
        anna.quote("RUB", "USDT", margin="2", amount="1000")
        assert bot.stop() == 0
    assert len(bot.lines("no http, the bot goes on without")) == 1
    assert "Traceback" not in bot.text


def test_with_metrics_off_nothing_is_counted_and_all_else_is_as_it_was(
    new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(METRICS="false").start()
    pages = Pages(bot)
    pages.wait_for(200)
    anna.quote("RUB", "USDT", margin="2", amount="1000")
    bot.settle(5)

    assert pages.get("/metrics") == (404, "Metrics are switched off (METRICS=false).\n")
    stats = pages.json("/api/stats")
    assert (stats["work"]["updates"], stats["work"]["active_operators"]) == (None, 1)
    assert bot.stop() == 0


def test_the_code_that_an_operator_is_shown_is_in_the_log_with_whose_update_it_was(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, tmp_path: Path
) -> None:
    bot = new_bot(LOG_FORMAT="json", LOG_FILE=str(tmp_path / "logs" / "desk.log")).start()
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: something is wrong"}
    sandbox.faults.add("sendMessage", "canned", count=1, status=400, body=json.dumps(refusal))
    anna.person.send("/new")
    told = anna.wait_for("Код для владельца").text
    assert bot.stop() == 0

    lines = [json.loads(line) for line in bot.output if line.startswith("{")]
    (failed,) = [line for line in lines if line["event"] == "update failed"]
    assert failed["incident"] in told
    assert (failed["chat"], failed["operator_id"]) == (anna.person.id, anna.person.id)
    assert failed["update_id"] > 0
    assert "Traceback" in failed["error"]
    (handled,) = [line for line in lines if line["event"] == "update handled"]
    assert handled["duration_ms"] > 0
    assert [line for line in (tmp_path / "logs" / "desk.log").read_text("utf-8").splitlines() if "{" in line] == [
        line.rstrip("\n") for line in bot.output
    ]
