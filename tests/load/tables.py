"""The reports of many runs as Markdown, as they go into the README."""

from collections.abc import Sequence
from typing import Any

Report = dict[str, Any]


def markdown(report: Report) -> str:
    """The table of a report, by the command that made it, and a line about the machine."""
    tables = {"sweep": _of_sweep, "peers": _of_peers, "compare": _of_compare, "ceiling": _of_ceiling}
    return f"{tables[report['command']](report)}\n\n{_on_what(report)}\n"


def filled_in(text: str, report: Report) -> str:
    """The text with the table between the marks of its command; ValueError where there are none."""
    begin, end = (f"<!-- {mark}{report['command']} -->\n" for mark in ("", "/"))
    head, found, rest = text.partition(begin)
    _, found_too, tail = rest.partition(end)
    if not (found and found_too):
        raise ValueError(f"no marks for {report['command']}")
    return head + begin + markdown(report) + end + tail


def _of_sweep(report: Report) -> str:
    return _table(
        "operators|Telegram's delay|limits, think time|quotes|quotes/s|replies/s|p50|p95|p99|CPU per quote|memory"
        "|calls to sources|lost, doubled, wrong",
        [
            [
                f"{run['operators']}",
                f"{run['delay_ms']:g} ms",
                f"{'kept' if run['limits'] else 'off'}, {run['think_s']:g} s",
                f"{run['quotes']}",
                f"{run['quotes_per_s']:g}",
                f"{run['replies_per_s']:g}",
                *(f"{run['step_ms'][name]:.0f} ms" for name in ("p50", "p95", "p99")),
                f"{run['cpu_ms_per_quote']:.1f} ms",
                f"{run['memory_mb']:.0f} MB",
                f"{run['source_calls']}",
                f"{run['lost']}, {run['doubled']}, {run['wrong']}",
            ]
            for run in report["runs"]
        ],
    )


def _of_peers(report: Report) -> str:
    return _table(
        "operators|bot doing the same flow|quotes/s|p95 of a step|CPU per quote|memory|start to first poll",
        [
            [
                f"{row['operators']}",
                row["program"],
                _spread(row["quotes_per_s"], "{:.0f}"),
                _spread(row["p95_ms"], "{:.0f}") + " ms",
                _spread(row["cpu_ms_per_quote"], "{:.1f}") + " ms",
                f"{row['memory_mb']['median']:.0f} MB",
                f"{row['first_poll_s']['median']:.2f} s",
            ]
            for row in report["rows"]
        ],
    )


def _of_compare(report: Report) -> str:
    return _table(
        "operators|measure|before|now|ratio|pairs from|to|",
        [
            [
                f"{row['operators']}",
                row["measure"],
                f"{row['before']:g}",
                f"{row['now']:g}",
                f"{row['ratio']:.3f}",
                *(f"{each:.3f}" for each in row["band"]),
                "within the noise" if row["is_noise"] else "" if row["is_enough"] else "too few pairs to tell",
            ]
            for row in report["rows"]
        ],
    )


def _of_ceiling(report: Report) -> str:
    run = report["runs"][0]
    return _table(
        "operators|quotes/s of a bare bot|CPU of the generator per quote|that is, on a core of its own",
        [
            [
                f"{run['operators']}",
                f"{run['quotes_per_s']:.0f}",
                f"{run['own_cpu_ms_per_quote']:.2f} ms",
                f"{report['carries_per_s']} quotes/s",
            ]
        ],
    )


def _on_what(report: Report) -> str:
    machine = report["machine"]
    checked = sum(run["results_checked"] for run in report["runs"])
    others = max(run["others_cpu_share"] for run in report["runs"])
    return (
        f"{machine['cores']} cores, {machine['cpu']}, Python {machine['python']}, commit {machine['commit']}, "
        f"seed {report['seed']}; {checked} results checked; others on the machine took up to {others:.2f} of a core"
    )


def _spread(measure: Report, form: str) -> str:
    median, lowest, highest = (form.format(measure[name]) for name in ("median", "lowest", "highest"))
    return median if lowest == highest else f"{median} ({lowest} to {highest})"


def _table(head: str, rows: Sequence[Sequence[str]]) -> str:
    names = head.split("|")
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
