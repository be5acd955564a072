# Needs Python 3.11 to 3.13 and PyPI. `make PYTHON=python3.12 ...` names another interpreter.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo example docs test clean
.DEFAULT_GOAL := test

## Render an airfield, find its aircraft, and review them in a local Label Studio (ARGS=--no-review: not that).
demo: .venv/.installed
	@$(BIN)/python examples/demo.py $(ARGS)

## The case of Bamako, from rendered images to a report, with a scripted analyst: examples/bamako/out.
example: .venv/.installed
	@$(BIN)/python -m examples.bamako.build

## The documents as a site: site/index.html. A broken link or an option without help is an error.
docs: .venv/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

## Everything: linters, types, directions of imports, dependencies, unused code, then the tests, the fast ones first.
test: .venv/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture
	$(BIN)/pytest $(ARGS)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "hardstand needs Python 3.11 to 3.13; say make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "no venv: apt-get install python3-venv" >&2; exit 2; }

.venv/.installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.installed-dev: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/.installed

clean:
	rm -rf .venv demo site build dist *.egg-info
