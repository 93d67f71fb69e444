"""The README says what is."""

import re
from pathlib import Path

from calc.directions import TARGETS, Currency
from chat.commands import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_is_the_test_that_runs() -> None:
    example = (ROOT / "tests/rates/test_readme_example.py").read_text(encoding="utf-8")
    function = example[example.index("def test_") :].strip()
    found = re.search(r"```python\n(.*?)\n```", README, re.DOTALL)
    assert found
    assert found[1].strip() == function


def test_the_directions_are_those_of_the_table() -> None:
    for pays, targets in TARGETS.items():
        assert f"{pays} → {', '.join(targets)}" in " ".join(README.split())
    assert set(Currency) == {*TARGETS, *(each for targets in TARGETS.values() for each in targets)}


def test_every_command_is_named() -> None:
    assert [each.name for each in COMMANDS if f"/{each.name}`" not in README] == ["admin_bot", "start"]


def test_every_linked_file_is_there() -> None:
    links = re.findall(r"\]\((?!https?://)([^)]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", README)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`?make\s+([a-z]+)", README)) - {"the"}
    assert {name for name in named if f"\n{name}:" not in makefile} == set()
