# Everything a newcomer types. Nothing has to be installed before: each target sets up what it needs.
#
#   VENV=DIR       the virtual environment (default: .venv)
#   PYTHON=PROGRAM the Python that makes it (default: python3; 3.11 or newer)
#   ARGS='…'       options passed on to the command that a target runs

.DEFAULT_GOAL := help
SHELL := /bin/bash
export VENV ?= .venv
export PYTHON

# As few workers as there are cores, and no more than eight.
PYTEST := -m pytest -n auto --maxprocesses 8 --dist loadgroup

# Tests start hundreds of processes that import the same modules: they are to be compiled once, whatever the shell says.
test check bench contracts soak: export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test check static format bench contracts soak attack schemas screenshots clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/  make \1\t\2/p' Makefile | expand -t 16

run:  ## Start the mock console on http://127.0.0.1:7070
	@scripts/setup mock
	@exec "$$VENV"/bin/python -m mock_server.cli serve $(ARGS)

test:  ## Run all tests
	@scripts/system-packages
	@scripts/setup tests
	@"$$VENV"/bin/python $(PYTEST) $(ARGS)

check: static  ## Format, lint, types, and all tests with their coverage
	@scripts/system-packages
	@"$$VENV"/bin/python -m coverage erase
	@"$$VENV"/bin/python -m coverage run $(PYTEST) $(ARGS)
	@"$$VENV"/bin/python -m coverage combine --quiet
	@"$$VENV"/bin/python -m coverage report --skip-covered

static:  ## Format, lint and types alone: a few seconds
	@scripts/setup tests
	"$$VENV"/bin/python -m ruff format --check .
	"$$VENV"/bin/python -m ruff check .
	"$$VENV"/bin/python -m mypy

format:  ## Format the code and fix what can be fixed
	@scripts/setup tests
	"$$VENV"/bin/python -m ruff format .
	"$$VENV"/bin/python -m ruff check --fix .

bench:  ## Measure this mock beside other mock servers, about ten minutes
	@scripts/setup tests
	@"$$VENV"/bin/python -m benchmarks.run $(ARGS)

contracts:  ## Serve large public contracts and write the table in docs/contract.md
	@scripts/setup tests
	@"$$VENV"/bin/python -m benchmarks.contracts --write $(ARGS)

soak:  ## Load this mock for ten minutes and watch its memory
	@scripts/setup tests
	@"$$VENV"/bin/python -m benchmarks.soak $(ARGS)

schemas:  ## Write the JSON Schemas of users' files anew
	@scripts/setup tests
	@"$$VENV"/bin/python -m tests.unit.test_schemas

attack:  ## Attack this mock and the verifier for a quarter of an hour; a table of what came of it
	@scripts/setup tests
	@"$$VENV"/bin/python -m tests.attacks $(ARGS)

screenshots:  ## Take the screenshots of the documentation anew
	@scripts/system-packages
	@scripts/setup tests
	@"$$VENV"/bin/python -m tests.browser.screenshots

clean:  ## Remove the virtual environment and everything that was generated
	rm -rf -- "$$VENV" build dist htmlcov .coverage .coverage.* .hypothesis .schemathesis
	rm -rf -- .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf -- {} +
