"""What would be in the image: what the Dockerfile's COPY lines take of the files that .dockerignore lets through."""

import fnmatch
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]


def tracked() -> list[str]:
    """What a fresh checkout has, and what is about to be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.splitlines() if (ROOT / name).is_file())


def is_ignored(name: str) -> bool:
    """The last line that matches the file or a folder above it decides, as Docker has it."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            is_exception, pattern = pattern.startswith("!"), pattern.removeprefix("!")
            if any(_matches(path, pattern) for path in _with_folders(name)):
                ignored = not is_exception
    return ignored


def copied() -> Iterator[tuple[str, str]]:
    """Each file of the last stage: its name here, and its place below /app."""
    for source, target in copies():
        for name in tracked():
            if not is_ignored(name) and (fnmatch.fnmatch(name, source) or name.startswith(source.rstrip("/") + "/")):
                inside = PurePosixPath(name).name if name == source else name.removeprefix(source.rstrip("/") + "/")
                yield name, str(PurePosixPath(target) / inside)


def copies() -> Iterator[tuple[str, str]]:
    """(source, target) of the COPY lines of the last stage that take from the context."""
    last_stage = (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    for line in last_stage.splitlines():
        words = line.split()
        if words[:1] == ["COPY"] and not any(word.startswith("--from=") for word in words):
            *sources, target = words[1:]
            yield from ((source, target) for source in sources)


def lay_out(folder: Path) -> None:
    for name, place in copied():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)


def _with_folders(name: str) -> list[str]:
    return [name, *(str(parent) for parent in PurePosixPath(name).parents if str(parent) != ".")]


def _matches(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatch(PurePosixPath(path).name, pattern.removeprefix("**/"))
    return fnmatch.fnmatch(path, pattern) and path.count("/") == pattern.count("/")
