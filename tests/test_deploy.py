"""What is deployed: the image, the Procfile and Railway's file, as far as they can be checked without a platform."""

import json
import re
import tomllib

from tests.images import ROOT, copied, copies, is_ignored, tracked
from tests.load.program import IN_THE_IMAGE

ROOMS = ("calc", "rates", "storage", "desk", "chat", "ops", "joints")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_everything_that_the_bot_is_made_of_is_in_the_image() -> None:
    needed = {name for name in tracked() if name == "bot.py" or name.partition("/")[0] in ROOMS}

    assert needed - {name for name, _ in copied()} == set()
    assert {place for name, place in copied() if name in needed} == needed


def test_nothing_else_is_in_the_image() -> None:
    rooms = {name.partition("/")[0] for name, _ in copied()}

    assert rooms == {"bot.py", "pyproject.toml", *ROOMS}
    assert is_ignored("tests/test_deploy.py")
    assert is_ignored("sandbox/server.py")
    assert is_ignored("ops/.env")
    assert is_ignored("data/desk.db")
    assert is_ignored("chat/__pycache__/cards.cpython-311.pyc")


def test_what_the_first_stage_needs_is_let_through() -> None:
    assert not is_ignored("requirements.txt")
    assert not is_ignored("constraints.txt")
    assert is_ignored("requirements-dev.txt")


def test_every_source_of_a_copy_is_there() -> None:
    assert [source for source, _ in copies() if not (ROOT / source).exists()] == []


def test_the_image_is_slim_has_no_root_and_nothing_that_builds() -> None:
    first, _, last = DOCKERFILE.rpartition("\nFROM ")

    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.11-slim", "python:3.11-slim"]
    assert "\nUSER desk\n" in last
    assert last.index("USER desk") < last.index("CMD ")
    assert "pip install" not in last
    assert "apt-get" not in DOCKERFILE
    assert "pip uninstall" in last
    assert "HEALTHCHECK" in last
    assert "install" in first


def test_the_program_is_compiled_in_the_image_by_the_python_that_runs_it() -> None:
    _, _, last = DOCKERFILE.rpartition("\nFROM ")

    assert last.rindex("COPY ") < last.index("RUN python -m compileall -q .") < last.index("USER desk")


def test_everything_is_compiled_as_it_is_run() -> None:
    """A file that was compiled at another level of optimisation would be compiled anew by each start."""
    _, _, last = DOCKERFILE.rpartition("\nFROM ")

    assert last.index("PYTHONOPTIMIZE=2") < last.index("RUN python -m compileall")
    assert "compileall -qq /venv /usr/local/lib/python3.11 " in last
    assert last.count("PYTHONOPTIMIZE") == 1


def test_what_is_measured_is_run_as_the_image_runs_it() -> None:
    _, _, last = DOCKERFILE.rpartition("\nFROM ")

    assert [name for name, value in IN_THE_IMAGE.items() if f"{name}={value}" not in last.split()] == []


def test_no_host_of_a_registry_is_named_and_no_secret_is_set() -> None:
    for name in ("Dockerfile", "railway.json", "Procfile", ".dockerignore", "README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"(docker|ghcr|quay|gcr)\.io|index-url|pypi\.org", text), name
        assert not re.search(r"BOT_TOKEN=\S*\d{6}", text), name
    assert "TOKEN" not in DOCKERFILE
    assert "KEY" not in DOCKERFILE


def test_railway_has_health_a_volume_restarts_and_time_to_stop() -> None:
    railway = json.loads((ROOT / "railway.json").read_text(encoding="utf-8"))

    assert railway["build"] == {"builder": "DOCKERFILE", "dockerfilePath": "Dockerfile"}
    deploy = railway["deploy"]
    assert (deploy["healthcheckPath"], deploy["requiredMountPath"], deploy["drainingSeconds"]) == (
        "/health",
        "/data",
        10,
    )
    assert (deploy["restartPolicyType"], deploy["restartPolicyMaxRetries"]) == ("ON_FAILURE", 10)
    assert "startCommand" not in deploy, "it would run without a shell, in the place of the image's own"


def test_the_image_runs_the_python_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["project"]["requires-python"] == ">=3.11"


def test_the_procfile_hands_signals_to_the_bot() -> None:
    assert (ROOT / "Procfile").read_text(encoding="utf-8") == "web: exec python bot.py\n"
