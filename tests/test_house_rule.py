"""The part of the import rule that is about other people's packages, the environment, and the sandbox's doors."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("calc", "rates", "storage", "desk", "chat", "ops", "joints", "sandbox")
FILES = ["bot.py", *sorted(str(path.relative_to(ROOT)) for room in ROOMS for path in (ROOT / room).rglob("*.py"))]

ALLOWED: dict[str, tuple[str, ...]] = {
    "requests": ("rates/",),
    "urllib3": ("rates/",),
    "telebot": ("chat/", "bot.py", "joints/maintenance.py", "storage/states.py"),
    "dotenv": ("ops/settings.py",),
    "waitress": ("ops/",),
    "prometheus_client": ("ops/",),
    "sqlite3": ("storage/",),
    "psycopg": ("storage/",),
    "psycopg_pool": ("storage/",),
    "redis": ("storage/",),
    "bot": (),
    "joints": ("joints/", "bot.py"),
    "ops": ("ops/", "bot.py", "joints/", "sandbox/__main__.py"),
    "sandbox": ("sandbox/",),
}
"""Where a package may be imported; every other package may be imported anywhere."""


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("file", FILES)
def test_packages_are_imported_only_where_they_live(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    strayed = [name for name in imported(tree) if name in ALLOWED and not file.startswith(ALLOWED[name] or ("-",))]
    assert strayed == []


@pytest.mark.parametrize("file", [file for file in FILES if file != "ops/settings.py"])
def test_only_the_settings_read_the_environment(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    reads = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    ]
    assert reads == [] or file == "sandbox/__main__.py", "sandbox/__main__.py hands the environment on to the bot"


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith(("calc/", "desk/"))])
def test_no_float_touches_money(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    floats = [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]
    assert floats == []


@pytest.mark.parametrize("file", FILES)
def test_nobody_sleeps(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "sleep"]
