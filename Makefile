# Everything a fresh machine needs: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

# What runs in the browser, and its tests. Nothing here asks the network for anything.
JAVASCRIPT := moeviz/ui/components tests/js
export DENO_NO_UPDATE_CHECK := 1

.PHONY: run test test-fast test-js test-slow test-browser check clean

run: .venv/installed
	$(BIN)/streamlit run app.py $(ARGS)

test: test-fast test-slow test-browser

test-fast: .venv/installed-dev test-js
	$(BIN)/python -m pytest -m "not browser and not slow" --numprocesses auto --durations=15

test-slow: .venv/installed-dev
	$(BIN)/python -m pytest -m "slow and not browser" --numprocesses auto

test-js: .venv/installed-dev
	$(BIN)/deno test --quiet --reporter=dot --allow-read=moeviz/ui/components tests/js

# One after the other: a browser, a server and a worker already share the cores. A test that fails
# runs once more, and both outcomes are listed: on a loaded machine a press can come too early.
test-browser: .venv/installed-dev
	$(BIN)/python -m pytest -m browser --reruns 1 -rR

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deno fmt --check
	$(BIN)/deno lint
	$(BIN)/deno check --quiet $(JAVASCRIPT)

.venv/installed: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

.venv/installed-dev: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt --requirement requirements-dev.txt
	touch $@ .venv/installed

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
