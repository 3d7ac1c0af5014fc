# Python 3.11 or newer and make are all that is needed; everything else is put into .venv.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test check setup schema docs lock audit clean
.DELETE_ON_ERROR:

run: setup
	@LETTERHEAD_DATABASE_URL=$${LETTERHEAD_DATABASE_URL:-sqlite://var/letterhead.db} LETTERHEAD_SANDBOX=1 \
	  LETTERHEAD_LOG_LEVEL=$${LETTERHEAD_LOG_LEVEL:-WARNING} $(BIN)/letterhead tour --serve

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What is made from the code and committed beside it; tests say when one of them is out of date.
schema: setup
	$(BIN)/letterhead schema > schema.graphql

docs: setup
	$(BIN)/python -m letterhead.docs docs

# Everything newer: make lock UPGRADE=--upgrade. The second is what runs in production, with the same pins; the
# third is for a benchmark's server, whose packages the product does not have.
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-package letterhead-providers

lock: setup
	$(COMPILE) $(UPGRADE) pyproject.toml --group dev -o requirements.lock
	$(COMPILE) --constraint requirements.lock pyproject.toml -o deploy/requirements.lock
	$(COMPILE) --constraint requirements.lock benchmarks/others/ariadne/requirements.in \
	  -o benchmarks/others/ariadne/requirements.lock

# Known vulnerabilities in what is locked; needs the advisory database of the package index.
# Strict: an index that knows no advisories has skipped everything, which is no clean bill.
audit: setup
	$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes -r requirements.lock

# Two steps, because a file with hashes cannot name our own packages. An interrupted one begins anew.
setup: .venv/.ready

.venv/.locked: requirements.lock
	@test -n "$(PYTHON)" || { echo "Letterhead needs Python 3.11 or newer; name it: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Letterhead needs Python 3.11 or newer, and this is " + sys.version.split()[0])'
	$(PYTHON) -m venv --clear .venv
	$(PIP) --require-hashes -r requirements.lock
	@touch $@

.venv/.ready: .venv/.locked pyproject.toml providers/pyproject.toml
	$(PIP) --no-deps --no-build-isolation -e ./providers -e .
	@touch $@

clean:
	rm -rf .venv dist var
