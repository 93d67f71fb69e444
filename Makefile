# Two commands: `make run` and `make test`. Both set up what they need in .venv first.

PYTHON ?= python3
VENV := .venv
# How many processes run the tests side by side.
JOBS ?= auto
# What is tested against a server of its own is not counted where none is installed.
export UNCOVERED := $(if $(wildcard /usr/lib/postgresql/*/bin/initdb)$(shell command -v initdb),nothing,storage/postgres*.py)
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NOT_INSTALLED := "The packages could not be installed; see above. Without a network there is no way around it."

.PHONY: run test lint types rule tests docs pictures measure guard analyse audit clean

run: $(VENV)/.run
	@exec $(BIN)/python -m ops.launch

test: lint types rule tests

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

rule: $(VENV)/.dev
	$(BIN)/lint-imports

tests: $(VENV)/.dev
	$(BIN)/pytest --numprocesses=$(JOBS) --dist=loadfile --no-loadscope-reorder --cov --cov-report=term --durations=20 $(PYTEST_ARGS)

# Rewrites what is generated: the settings in README.md and .env.example.
docs: $(VENV)/.dev
	$(BIN)/python -m ops.reference

# Takes the pictures of the README anew.
pictures: $(VENV)/.dev
	$(BIN)/pytest -m browser
	for each in result given client rates report; do cp build/pictures/$$each-phone.png docs/ || exit 1; done

# What the README states: from a button to the edited screen, from the start to the first poll, memory.
measure: $(VENV)/.dev
	$(BIN)/python -m tests.load.measure

# What got slower since its figures were taken; TAKE=1 takes them anew.
guard: $(VENV)/.dev
	$(BIN)/python -m tests.guard $(if $(TAKE),--take)

# Where to look next: the start, a profile under load, statements and their plans, involved code, each with its cost.
analyse: $(VENV)/.dev
	$(BIN)/python -m tests.analysis

# Known vulnerabilities of what is pinned; needs the network.
audit: $(VENV)/.dev
	$(BIN)/pip-audit --requirement requirements.txt

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage build

$(VENV)/.run: requirements.txt constraints.txt | $(VENV)/.made
	@$(INSTALL) --requirement requirements.txt || { echo $(NOT_INSTALLED); exit 1; }
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements-files.txt requirements.txt constraints.txt | $(VENV)/.made
	@$(INSTALL) --requirement requirements-dev.txt || { echo $(NOT_INSTALLED); exit 1; }
	@touch $@

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and $(PYTHON) is not there."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment; on Debian: apt install python3-venv"; exit 1; }
	@touch $@
