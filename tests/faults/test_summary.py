"""The README's summary of the fault table is the table's."""

import pytest

from tests.faults.summary import BEGIN, END, README, counted, summary, with_summary


def test_the_readme_has_the_summary_of_the_table_as_it_is() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_summary(readme) == readme, "python -m tests.faults.summary rewrites it"
    assert counted() in " ".join(readme.split())


def test_no_row_breaks_the_summary() -> None:
    assert {row.count("|") for row in summary().splitlines()} == {4}


def test_a_readme_without_the_markers_is_refused() -> None:
    assert with_summary(f"a{BEGIN}b{END}c") == f"a{BEGIN}\n{summary()}{END}c"
    with pytest.raises(ValueError, match="no <!-- faults -->"):
        with_summary("nothing")
