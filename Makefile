# `make` prints what there is. Everything runs in .venv, which `make setup` fills from requirements.lock.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test fuzz walks bucket check fix schemas lock axioms chaos pictures bench bench-corroborate bench-credibility bench-search bench-pages clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY)  ## .venv with the exact versions of requirements.lock, and onrecord itself

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "error: onrecord needs Python 3.11 or newer, found $$($(PYTHON) --version 2>&1)" >&2; \
	  echo "hint: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## the running example, scored, and served (SERVE=0: print and stop; LEDGER=path: keep it there)
	@$(BIN)/onrecord demo $(if $(LEDGER),--ledger "$(LEDGER)") $(if $(filter 0,$(SERVE)),--no-serve)

test: setup  ## all tests (ARGS="-k chain" to choose)
	$(BIN)/python -m pytest $(ARGS)

# Guided by coverage where a wheel of atheris fits this Python; without it the changes are made blindly.
fuzz: setup  ## hostile input to every parser for half an hour in all; findings are kept (SECONDS=1800 TARGET=one)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || \
	  $(BIN)/python -m pip install --quiet --no-deps --require-hashes -r tests/fuzzing/requirements.txt || \
	  echo "atheris cannot be installed here: the search is not guided by coverage" >&2
	@$(BIN)/python -m tests.fuzzing --seconds $(or $(SECONDS),1800) $(if $(TARGET),--target $(TARGET))

walks: setup  ## the API walked through along its links, every answer held against its description (SECONDS=120)
	@$(BIN)/python -m tests.api.stateful $(or $(SECONDS),120)

# moto wants older libraries than we have, so that it has an environment of its own.
bucket: setup  ## evidence in a bucket, against a server that speaks S3 (moto)
	@test -x build/s3/bin/python || { $(PYTHON) -m venv build/s3 && \
	  build/s3/bin/python -m pip install --quiet --require-hashes -r tests/evidence/s3/requirements.txt; }
	$(BIN)/python -m pytest tests/evidence/test_bucket.py

check: setup  ## lint, format, types, architecture, generated schemas
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schemas.generate --check

fix: setup  ## what check can repair by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schemas: setup  ## write schemas/json/ again
	$(BIN)/python -m schemas.generate

# Universal: one file for Python 3.11 and newer on every platform, each version with the hashes of all its files.
lock:  ## write requirements.lock again from pyproject.toml
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	$(PYTHON) -m venv "$$tools" && "$$tools/bin/python" -m pip install --quiet uv && \
	"$$tools/bin/uv" pip compile pyproject.toml --extra dev --extra mcp --extra bucket --extra metrics --extra timestamp --extra evidence --quiet --output-file requirements.lock \
	  --generate-hashes --universal --python-version 3.11 $(if $(UPGRADE),--upgrade) \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links

axioms: setup  ## the axioms of the score over random worlds (CASES=100000, SEED=first world)
	@$(BIN)/python -m tests.core.axioms $(or $(CASES),100000) $(or $(SEED),0)

chaos: setup  ## servers killed, bytes changed, too much load (CASES=500, LOAD=60 s for each back end, CORRUPTIONS=2000, SEED=)
	@$(BIN)/python -m tests.chaos $(or $(CASES),500) $(or $(CORRUPTIONS),2000) $(or $(LOAD),60) $(SEED)

pictures: setup  ## every kind of page, wide and narrow, light and dark, into docs/pages (FOLDER=elsewhere)
	@$(BIN)/python -m tests.pictures $(or $(FOLDER),docs/pages) $(PAGES)

# WRITE=1 writes docs/bench, WRITE=folder another place; else it is build/bench.
bench: setup  ## each figure beside its floor in one run (QUICK=1 PARTS= SIZES= ROUNDS=3 BACKENDS= WORKERS=1 KEEP=folder WRITE=1)
	@$(BIN)/python -m benchmarks $(PARTS) $(if $(QUICK),--quick) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	  $(if $(SIZES),--sizes "$(SIZES)") $(if $(BACKENDS),--back-ends "$(BACKENDS)") $(if $(IMPORTED),--imported $(IMPORTED)) \
	  $(if $(CHECKED),--checked $(CHECKED)) $(if $(LONE),--lone $(LONE)) $(if $(WORKERS),--workers $(WORKERS)) \
	  $(if $(KEEP),--keep "$(KEEP)") \
	  $(if $(WRITE),--to $(if $(filter 1,$(WRITE)),docs/bench,"$(WRITE)"))

bench-corroborate: setup  ## a claim's report: p50, p99 and growth (CLAIMS=10000)
	@$(BIN)/python -m benchmarks.corroborating $(CLAIMS)

bench-credibility: setup  ## source credibility on real sets (TRUTHS=folder of truth-discovery sets)
	@$(BIN)/python -m benchmarks.credibility $(or $(TRUTHS),../shared/data/truth-discovery)

bench-search: setup  ## search over synthetic claims in four scripts, on both back ends: p95, recall (CLAIMS=100000)
	@$(BIN)/python -m benchmarks.searching $(or $(CLAIMS),100000)

bench-pages: setup  ## the pages: server time cold and warm, bytes on the wire (SECONDS=5 for each)
	@$(BIN)/python -m benchmarks.pages $(or $(SECONDS),5)

clean:  ## caches and builds; .venv stays
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
