"""Every SQL statement of this room, found by itself, is looked at: its plan, its columns, its limit."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import storage
from storage.database import Database
from tests.storage.conftest import in_a_file

STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\b")
TINY = {
    "alerts": "at most twenty rows for each operator of a small desk, read once at the start",
    "boards": "one row for each pinned board, read once at the start",
    "members": "one row for each member of a small team, read again when one changes",
    "people": "one row for each person the bot ever met in the team, read once at the start",
    "conventions": "one row for each separator, two at the most",
    "schema_versions": "one row for each version of the schema, read once at the start, the last one first",
    "sqlite_master": "SQLite's own list of tables, in memory",
}
OWN_WORDS = "postgres"  # speaks to a server of another kind, of locks and its catalogue
MODULES = [
    importlib.import_module(f"storage.{module.name}")
    for module in pkgutil.iter_modules(storage.__path__)
    if not module.name.startswith(OWN_WORDS)
]
STATEMENTS = {
    f"{module.__name__}.{name}": text
    for module in MODULES
    for name, text in vars(module).items()
    if name.isupper() and isinstance(text, str) and STATEMENT.match(text)
}

every_statement = pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The plans are SQLite's; PostgreSQL finds the same indexes."""
    return in_a_file(tmp_path)


@every_statement
def test_no_statement_reads_a_whole_table(database: Database, statement: str) -> None:
    plan = database.read().execute(f"EXPLAIN QUERY PLAN {statement}", [None] * statement.count("?")).fetchall()

    scanned = {detail.split()[1] for *_, detail in plan if detail.startswith("SCAN")}
    assert scanned <= TINY.keys(), plan


@every_statement
def test_no_statement_sorts_what_an_index_could_give_in_order(database: Database, statement: str) -> None:
    plan = database.read().execute(f"EXPLAIN QUERY PLAN {statement}", [None] * statement.count("?")).fetchall()

    assert not [detail for *_, detail in plan if "TEMP B-TREE" in detail]


@every_statement
def test_every_statement_names_its_columns_and_bounds_its_rows(statement: str) -> None:
    assert "*" not in statement
    if STATEMENT.match(statement).group(1) == "SELECT":  # type: ignore[union-attr]  # it was found by this pattern
        assert re.search(r"\bLIMIT (\?|\d+)( OFFSET \?)?\s*$", statement)
    if STATEMENT.match(statement).group(1) in ("UPDATE", "DELETE"):  # type: ignore[union-attr]  # the same
        assert "WHERE" in statement


def test_the_statements_were_found() -> None:
    assert len(STATEMENTS) >= 28
    found = {name.split(".")[1] for name in STATEMENTS}
    assert {"dialogues", "history", "inbox", "journal", "operators", "quotes", "snapshots"} <= found


@pytest.mark.parametrize("path", sorted(Path(storage.__path__[0]).glob("*.py")), ids=lambda path: path.name)
def test_no_statement_hides_outside_of_the_constants(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {id(node.value) for node in tree.body if isinstance(node, ast.Assign)}
    hidden = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.match(node.value)
        if id(node) not in constants
    ]

    assert hidden == []
