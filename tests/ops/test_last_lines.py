import logging

from ops import logs
from ops.recent import LINES, LONGEST


def test_the_last_lines_are_kept_masked_and_not_for_ever() -> None:
    logs.configure("INFO", ["marked-secret"])
    logs.configure("INFO", [])
    log = logging.getLogger("test")
    for number in range(LINES + 5):
        log.info("line %d of marked-secret", number)
    log.info("x" * 5_000)
    assert logs.flush(60)

    lines = logs.last_lines(2)

    assert lines[0].endswith(f"line {LINES + 4} of ***")
    assert len(lines[1]) == LONGEST
    assert len(logs.last_lines(10_000)) == LINES
