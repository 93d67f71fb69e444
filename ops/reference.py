"""The settings as text: the table in the README and .env.example. `python -m ops.reference` rewrites both."""

from pathlib import Path

from ops.settings import Spec, specs

BEGIN, END = "<!-- settings -->", "<!-- /settings -->"


def settings_table() -> str:
    """Markdown, one row a setting."""
    rows = [f"| `{spec.name}` | {_default(spec)} | {spec.description} |\n" for spec in specs()]
    return "| name | default | |\n| --- | --- | --- |\n" + "".join(rows)


def env_example() -> str:
    """To be copied to .env: what has a default stands commented out."""
    head = "# Copy this file to .env; the environment stands over it. What is left empty is unset.\n"
    return head + "".join(
        f"\n# {spec.description}\n{f'# {spec.name}={spec.default}' if spec.default else f'{spec.name}='}\n"
        for spec in specs()
    )


def with_table(readme: str) -> str:
    """The README with the table between its two markers; ValueError where they are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the README has no {BEGIN} with {END} after it")
    return f"{before}{BEGIN}\n{settings_table()}{END}{after}"


def rewrite(folder: Path) -> None:
    """Writes .env.example and the README's table in this folder."""
    (folder / ".env.example").write_text(env_example(), encoding="utf-8")
    readme = folder / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")


def _default(spec: Spec) -> str:
    return f"`{spec.default}`" if spec.default else "-"


if __name__ == "__main__":
    rewrite(Path(__file__).parent.parent)
