import io
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from ops.reference import env_example, rewrite, settings_table, with_table
from ops.settings import load, specs

ROOT = Path(__file__).parents[2]


def test_every_setting_has_its_row() -> None:
    names = re.findall(r"^\| `(\w+)` \|", settings_table(), re.MULTILINE)

    assert names == [spec.name for spec in specs()]
    assert "| `WORKERS` | `16` |" in settings_table()
    assert "| `BOT_TOKEN` | - |" in settings_table()


def test_no_row_breaks_the_table() -> None:
    assert {row.count("|") for row in settings_table().splitlines()} == {4}


def test_the_example_sets_nothing_as_it_is() -> None:
    values = dotenv_values(stream=io.StringIO(env_example()))

    assert load({name: value or "" for name, value in values.items()}) == load({})


def test_the_example_uncommented_is_the_defaults() -> None:
    uncommented = re.sub(r"^# (?=[A-Z_]+=)", "", env_example(), flags=re.MULTILINE)
    values = {name: value or "" for name, value in dotenv_values(stream=io.StringIO(uncommented)).items()}

    assert values.keys() == {spec.name for spec in specs()}
    assert load(values) == load({})


def test_the_table_stands_between_its_markers_however_often_it_is_written() -> None:
    readme = "# Desk\n<!-- settings -->\nold\n<!-- /settings -->\nmore\n"

    once = with_table(readme)

    assert once == f"# Desk\n<!-- settings -->\n{settings_table()}<!-- /settings -->\nmore\n"
    assert with_table(once) == once


@pytest.mark.parametrize("readme", ["", "<!-- settings -->", "<!-- /settings --><!-- settings -->"])
def test_a_readme_without_the_markers_is_refused(readme: str) -> None:
    with pytest.raises(ValueError, match="the README has no <!-- settings -->"):
        with_table(readme)


def test_both_files_are_rewritten(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("<!-- settings --><!-- /settings -->", encoding="utf-8")

    rewrite(tmp_path)

    assert (tmp_path / "README.md").read_text(encoding="utf-8") == with_table("<!-- settings --><!-- /settings -->")
    assert (tmp_path / ".env.example").read_text(encoding="utf-8") == env_example()


def test_the_example_in_the_repository_is_the_table() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


@pytest.mark.skipif(not (ROOT / "README.md").exists(), reason="there is no README yet")
def test_the_readme_in_the_repository_holds_the_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert readme == with_table(readme), "run: python -m ops.reference"
