"""The generator before the bot, and before bots that lie: what must not happen is seen. No time is asserted here."""

import sys
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from tests.load.bench import Load, bench
from tests.load.beside import bare
from tests.load.figures import NEVER
from tests.load.program import ROOT, Program

SHORT = Load(operators=3, seconds=0.2, warm_up_s=0.0, looks_back_s=0.2, seed=11)

ABOUT_A_RESULT = """
    from tests.load.peers import bare_bot
    from tests.load.peers.flow import Flow, Screen

    class Liar(Flow):
        lies = 1

        def _result(self, *quote):
            screen = super()._result(*quote)
            if not self.lies:
                return screen
            self.lies -= 1
            return {lie}

    bare_bot.Flow = Liar
    bare_bot.main()
"""
ABOUT_A_CALL = """
    from tests.load.peers import bare_bot

    call, lies = bare_bot.Line.call, [1]

    def lying(self, calls):
        if lies and any(method == "{method}" for method, _ in calls):
            lies.clear()
            {lie}
        return call(self, calls)

    bare_bot.Line.call = lying
    bare_bot.main()
"""
LIES = {
    "wrong": ABOUT_A_RESULT.format(lie="Screen(screen.text.replace('Прибыль: ', 'Прибыль: 1'), screen.rows)"),
    "out_of_order": ABOUT_A_RESULT.format(lie="Screen(screen.text.replace('платит: <code>', 'платит: <code>9'), [])"),
    "lost": ABOUT_A_RESULT.format(lie="None"),
    "doubled": ABOUT_A_CALL.format(method="sendMessage", lie="call(self, calls)"),
    "unanswered": ABOUT_A_CALL.format(
        method="answerCallbackQuery",
        lie="calls = [('getMe', {}) if each[0] == 'answerCallbackQuery' else each for each in calls]",
    ),
    "answered_twice": ABOUT_A_CALL.format(method="answerCallbackQuery", lie="call(self, calls)"),
}


def test_the_bot_under_load_gives_right_results_and_its_figures() -> None:
    report = bench(Program.bot(), SHORT)
    assert {name: report[name] for name in NEVER} == dict.fromkeys(NEVER, 0), report["examples"]
    assert report["quotes"] >= SHORT.operators
    assert report["steps"] == 5 * report["quotes"]
    assert report["results_checked"] >= report["quotes"]
    assert (report["exit"], report["errors_logged"], report["answered_twice"]) == (0, 0, 0)
    assert "unanswered" not in report
    assert report["calls_per_quote"]["sendMessage"] >= 1
    assert min(report["cpu_ms_per_quote"], report["memory_mb"], report["first_poll_s"], report["source_calls"]) > 0


def test_the_bare_bot_gives_right_results_too() -> None:
    report = bench(bare(), SHORT)
    assert {name: report[name] for name in NEVER} == dict.fromkeys(NEVER, 0), report["examples"]
    assert report["quotes"] >= SHORT.operators


def test_operators_go_on_until_so_many_quotes_are_made() -> None:
    report = bench(bare(), Load(operators=2, seconds=0.0, warm_up_s=0.0, total=20))
    assert report["quotes"] >= 20


@pytest.mark.parametrize("counted", LIES)
def test_a_bot_that_lies_once_is_caught(counted: str, tmp_path: Path) -> None:
    script = tmp_path / "liar.py"
    script.write_text(dedent(LIES[counted]), encoding="utf-8")
    liar = Program("liar", (sys.executable, str(script)), {"PYTHONPATH": str(ROOT)})
    report = bench(liar, replace(SHORT, operators=1, patience_s=1.0))
    assert report[counted] >= 1, report


def test_a_program_that_never_polls_is_said_to() -> None:
    with pytest.raises(AssertionError, match=r"does not poll:\s+no token"):
        bench(Program("silent", (sys.executable, "-c", "raise SystemExit('no token')")), SHORT)
