# Needs Python 3.11 or newer, Node 18 or newer, and git. Everything else is installed into this folder.
#
#   make demo     a sample bank in the browser          make check    style, contracts, types, translations, documents
#   make test     every test (-n 2; TEST_WORKERS=n)     make soak     the long tests
#   make setup    the environment only                  make bench    ratios and curves
#
# What is done is remembered in .stamps/; `rm -rf .stamps .venv node_modules` starts over.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test check soak bench setup lock clean

PYTHON ?= $(shell tools/find_python)
TEST_WORKERS ?= 2
TESTS ?=
# A removed environment or a cloned folder with somebody's stamps starts over.
ifeq ($(and $(wildcard .venv/bin/python),$(wildcard node_modules/.package-lock.json)),)
$(shell rm -rf .stamps)
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:
	@sed -n '3,7s/^# \{0,2\}//p' Makefile

demo: setup
	@.venv/bin/zhike demo

test: setup .stamps/spark
	@.venv/bin/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder -m "not soak and not bench" $(TESTS)

check: setup
	@.venv/bin/python tools/check.py

soak: setup .stamps/spark
	@.venv/bin/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder -m soak $(TESTS)

bench: setup
	@.venv/bin/python -m zhike.testing.bench $(BENCH)

setup: .stamps/python .stamps/zhike .stamps/frontend

lock:
	uv pip compile -q --no-header --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements.lock
	sed -n 's/^spark = \["\(.*\)"\].*/\1/p' pyproject.toml | uv pip compile -q --no-header --universal --python-version 3.11 --generate-hashes --no-emit-index-url - -o requirements-spark.lock

clean:
	rm -rf .stamps .venv node_modules build zhike.egg-info zhike/core/static/vendor

.stamps:
	@mkdir -p .stamps

.stamps/python: requirements.lock | .stamps
	@test -n "$(PYTHON)" || exit 1
	@test -x .venv/bin/python || { echo "Making the environment in .venv with $$($(PYTHON) --version)"; $(PYTHON) -m venv .venv; }
	@echo "Installing $$(grep -c '^[a-z].*==' requirements.lock) Python packages (some 280 MB on a first run)"
	@.venv/bin/python -m pip install --require-hashes --no-deps -r requirements.lock 2>&1 | tools/show_progress
	@touch $@

.stamps/spark: requirements-spark.lock .stamps/python
	@echo "Installing Spark for the tests (some 460 MB, built on the spot)"
	@.venv/bin/python -m pip install --require-hashes --no-deps -r requirements-spark.lock 2>&1 | tools/show_progress
	@touch $@

.stamps/zhike: pyproject.toml .stamps/python
	@echo "Installing Zhike itself into .venv/bin/zhike"
	@.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.stamps/node: package.json package-lock.json | .stamps
	@tools/find_node
	@echo "Installing what the pages are made of (npm)"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.stamps/frontend: .stamps/node .stamps/zhike zhike/core/frontend.py zhike/core/echarts.js $(shell find zhike -name '*.po' -o -path '*/static/*' -type f -not -path '*/static/vendor/*' 2>/dev/null)
	@echo "Putting together pages' files, icons and the two languages"
	@.venv/bin/python -m zhike.core.frontend
	@touch $@
