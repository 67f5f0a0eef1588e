# Two commands on a machine with Python 3.11+, make and git:
#   make demo    set up, then run the main job
#   make test    set up, then run the tests

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The interpreter that creates .venv; afterwards only .venv is used.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.setup-done

# "logical": one worker a logical processor. A class or module stays on one worker, for its fixtures.
PYTEST_WORKERS ?= logical
PYTEST_ARGS ?=
PACKAGES := optimizer data api

.PHONY: help setup demo test slow lint types contracts docs check lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | column -t -s '|' 2>/dev/null \
	  || grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST)

setup: $(STAMP) ## create .venv from requirements.lock (quick when nothing changed)

# An interrupted or failed setup leaves no stamp, so the next call mends it.
$(STAMP): requirements.lock pyproject.toml
	@if [ ! -x $(RUN) ]; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "setup: $(PYTHON) is missing or older than Python 3.11; say: make setup PYTHON=python3.12" >&2; exit 1; }; \
	  $(PYTHON) -m venv $(VENV) \
	    || { rm -rf $(VENV); echo "setup: $(PYTHON) cannot create an environment; install its venv module" >&2; exit 1; }; \
	fi
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## plan the shipped exercise theatre
	$(VENV)/bin/casemate demo

test: setup ## run all tests but the slow ones
	$(RUN) -m pytest -n $(PYTEST_WORKERS) --dist loadscope $(PYTEST_ARGS)

# One at a time: slow tests measure wall time and memory. 5 says "no tests": right while there are none.
slow: setup ## run the slow tests
	$(RUN) -m pytest -m slow $(PYTEST_ARGS) || [ $$? -eq 5 ]

lint: setup ## ruff
	$(RUN) -m ruff check .

types: setup ## mypy
	$(RUN) -m mypy

contracts: setup ## import directions
	$(VENV)/bin/lint-imports

docs: setup ## docs name what the code has
	$(RUN) -m pytest tests/test_docs.py $(PYTEST_ARGS)

check: test slow lint types contracts docs ## everything

# Hashes and versions only: the lock names no download address, so that any mirror serves it.
# "fewest": one version of each package for all Pythons, so that all machines get the same numbers.
lock: setup ## make requirements.lock anew; `make lock UPGRADE=--upgrade` takes newer versions
	$(RUN) -m uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" --quiet $(UPGRADE) --output-file requirements.lock

clean: ## remove caches and builds (keeps .venv)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +
