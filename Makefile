# Python and make are all that is needed; everything else is put into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check setup schema lock docs clean

run: setup
	@LETTERHEAD_DATABASE_URL=$${LETTERHEAD_DATABASE_URL:-sqlite://var/letterhead.db} LETTERHEAD_SANDBOX=1 \
	  LETTERHEAD_LOG_LEVEL=$${LETTERHEAD_LOG_LEVEL:-WARNING} $(BIN)/letterhead tour --serve

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

schema: setup
	$(BIN)/letterhead schema > schema.graphql

docs: setup
	$(BIN)/python -m letterhead.docs

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml providers/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Letterhead needs Python 3.11 or newer; name one with make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e ./providers -e .
	@touch $@

lock:
	uv pip compile --generate-hashes --universal --python-version 3.11 --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-emit-package letterhead-providers \
	  pyproject.toml --group dev -o requirements.lock

clean:
	rm -rf .venv dist var
