"""The fault table in short, for the README. `python -m tests.faults.summary` rewrites it there."""

from pathlib import Path

from chat.texts import Texts
from tests.faults.table import ASKED_TIMES, cells, rows

BEGIN, END = "<!-- faults -->", "<!-- /faults -->"
README = Path(__file__).parents[2] / "README.md"

_PASSING = "asked at the next turn; after three failures in a row left alone for 30 s to 10 min"
_WAITS = {
    "blocked": "left alone for 30 min",
    "key_refused": "left alone for an hour; another key is tried at once",
    "quota": (
        "left alone for as long as it says; else 1 min (Rapira, CoinGecko), 10 min (Bank of Russia), 20 min "
        "(ExchangeRate-API), or until the new month (APILayer)"
    ),
}


def summary() -> str:
    """Markdown, one row a kind of trouble; the words of the last column are those on the screen."""
    texts = Texts("en")
    lines = ["| what happens | the source is | the operator reads |", "| --- | --- | --- |"]
    for trouble, times in ASKED_TIMES.items():
        wait = _WAITS[trouble] if times == 1 else _PASSING
        lines.append(f"| {_seen_in(trouble)} | {wait} | “{texts(f'trouble.{trouble}')}” |")
    lines.append(
        f"| {_seen_in('held')} | well; its rate waits for another source or the next fetch to confirm it "
        "| both values, [Quote anyway], [Type the rate] |"
    )
    lines.append(f"| {_seen_in('fine')} | used as it is meant | the rate with its age |")
    return "\n".join(lines) + "\n"


def counted() -> str:
    """How many cells there are, for the sentence above the table."""
    return f"{len(list(cells()))} combinations of a source and a fault"


def with_summary(readme: str) -> str:
    """The README with the table between its two markers; ValueError where they are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the README has no {BEGIN} with {END} after it")
    return f"{before}{BEGIN}\n{summary()}{END}{after}"


def _seen_in(what: str) -> str:
    """The faults that are this to some source; with the sources where that is not all to which it happens."""
    named = []
    for fault, row in rows():
        happens = {source: said for source, said in row.items() if not said.startswith("-")}
        such = [source for source, said in happens.items() if said.split()[0] == what]
        if such:
            named.append(fault if len(such) == len(happens) else f"{fault} ({', '.join(such)})")
    return ", ".join(named)


if __name__ == "__main__":
    README.write_text(with_summary(README.read_text(encoding="utf-8")), encoding="utf-8")
