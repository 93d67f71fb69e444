# Two commands: `make run` and `make test`. Both set up what they need in .venv first.

PYTHON ?= python3
VENV := .venv
# How many processes run the tests side by side: those of the real bot wait most of the time.
JOBS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1))
# How many operators the runs that are compared have, how often each runs, and for how many seconds quotes are begun.
OPERATORS ?=
ROUNDS ?=
SECONDS ?= 10
# What is tested against a server of its own is not counted where none is installed.
export UNCOVERED := $(if $(wildcard /usr/lib/postgresql/*/bin/initdb)$(shell command -v initdb),nothing,storage/postgres*.py)
export UNCOVERED_TOO := $(if $(shell command -v redis-server),nothing,storage/redis*.py)
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NOT_INSTALLED := "The packages could not be installed; see above. Without a network there is no way around it."

.PHONY: run test lint types rule tests docs pictures bench bench-compare bench-peers guard analyse audit clean

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

# Whole quotes by 1 to 1000 operators, every result checked; some minutes, and worth little while others use the machine.
bench: $(VENV)/.dev build/bot/.made
	$(BIN)/python -m tests.load ceiling --seconds $(SECONDS) --json build/bench-ceiling.json
	$(BIN)/python -m tests.load sweep --seconds $(SECONDS) $(OF_THE_BOT) --json build/bench.json

# This tree beside another commit, pair by pair: make bench-compare BASE=HEAD~3
bench-compare: $(VENV)/.dev build/bot/.made
	@test -n "$(BASE)" || { echo "Compare with which commit? make bench-compare BASE=HEAD~1"; exit 2; }
	$(BIN)/python -m tests.load compare --base $(BASE) --operators $(or $(OPERATORS),50) --rounds $(or $(ROUNDS),6) \
		--seconds $(SECONDS) $(OF_THE_BOT) --json build/bench-compare.json

# The bot beside small ones of the same flow made with other frameworks, by turns.
bench-peers: $(VENV)/.dev build/bot/.made build/peers/.made
	$(BIN)/python -m tests.load peers --operators $(or $(OPERATORS),50 200 1000) --rounds $(or $(ROUNDS),3) \
		--seconds $(SECONDS) $(OF_THE_BOT) --json build/bench-peers.json

# Who is measured has what it needs to run and nothing else, and is run as the image runs it.
OF_THE_BOT := --image --python $(CURDIR)/build/bot/bin/python

build/bot/.made: requirements.txt constraints.txt | $(VENV)/.made
	@$(PYTHON) -m venv build/bot
	@build/bot/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< || \
		{ echo $(NOT_INSTALLED); exit 1; }
	@touch $@

build/peers/.made: tests/load/peers/requirements.txt | $(VENV)/.made
	@$(PYTHON) -m venv build/peers
	@build/peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< || \
		{ echo $(NOT_INSTALLED); exit 1; }
	@PYTHONOPTIMIZE=2 build/peers/bin/python -c "import uvloop; from tests.load.peers import aiogram_bot, ptb_bot, telebot_bot"
	@touch $@

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

$(VENV)/.dev: requirements-dev.txt requirements-files.txt requirements-redis.txt requirements.txt constraints.txt | $(VENV)/.made
	@$(INSTALL) --requirement requirements-dev.txt || { echo $(NOT_INSTALLED); exit 1; }
	@touch $@

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and $(PYTHON) is not there."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment; on Debian: apt install python3-venv"; exit 1; }
	@touch $@
