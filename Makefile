# Needs Python 3.11 to 3.13 and PyPI. `make PYTHON=python3.12 ...` names another interpreter.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo example watched-year docs test fuzz soak sbom audit clean
.DEFAULT_GOAL := test

## Render an airfield, find its aircraft, and review them in a local Label Studio (ARGS=--no-review: not that).
demo: .venv/.installed
	@$(BIN)/python examples/demo.py $(ARGS)

## The case of Bamako, from rendered images to a report, with a scripted analyst: examples/bamako/out.
example: .venv/.installed
	@$(BIN)/python -m examples.bamako.build

## A rendered year of one airfield, watched quarter by quarter, with a scripted analyst: examples/watch/out.
watched-year: .venv/.installed
	@$(BIN)/python -m examples.watch.build

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

## Attack everything that reads a stranger's file with 100,000 mutated inputs (ARGS="--inputs 5000 --seed 2").
fuzz: .venv/.installed-dev
	$(BIN)/python -m benchmarks.fuzz $(ARGS)

## Half an hour of work with kills, full disks and dead servers; nothing may be lost (ARGS="--minutes 10 --seed 2").
soak: .venv/.installed-dev
	$(BIN)/python -m benchmarks.soak $(ARGS)

## All that is installed with hardstand, as a CycloneDX bill of materials: build/sbom.json.
sbom: build/plain/.installed .venv/.installed-audit
	$(BIN)/cyclonedx-py environment build/plain/bin/python --pyproject pyproject.toml --of JSON -o build/sbom.json

## Known vulnerabilities of all that is installed with hardstand; asks pypi.org.
audit: build/plain/.installed .venv/.installed-audit
	@$(BIN)/python -c 'import json, urllib.request as r; json.load(r.urlopen("https://pypi.org/pypi/numpy/json", timeout=20))["vulnerabilities"]' \
	  2>/dev/null || { echo "pypi.org does not answer with vulnerabilities, so nothing was audited" >&2; exit 2; }
	@build/plain/bin/python -m pip freeze --exclude hardstand > build/plain/requirements.txt
	$(BIN)/pip-audit --strict --progress-spinner off --no-deps --disable-pip --requirement build/plain/requirements.txt

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

.venv/.installed-audit: .venv/bin/python pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[audit]'
	@touch $@

build/plain/.installed: .venv/bin/python pyproject.toml
	@$(BIN)/python -m venv --clear build/plain
	@build/plain/bin/python -m pip install --quiet --disable-pip-version-check .
	@touch $@

clean:
	rm -rf .venv demo site build dist *.egg-info
