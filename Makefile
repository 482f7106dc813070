# Everything needs only Python 3.11+ and make; the first target that runs sets up .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
RUNS ?= runs

# TensorFlow's start-up chatter hides the output of the commands.
export TF_CPP_MIN_LOG_LEVEL ?= 2
# Large pages, of which the system has to bring and clear fewer.
export GLIBC_TUNABLES ?= glibc.malloc.hugetlb=1

.PHONY: help setup demo test test-slow test-exhaustive lint format bench clean

help:
	@echo "make demo       train, evaluate, generate and export a note generator, offline"
	@echo "make test       the tests, without the slow ones"
	@echo "make test-slow  the demo, the wheel in an empty environment, whole models and their exports"
	@echo "make test-exhaustive  every combination of layers, models and options; an hour"
	@echo "make lint       ruff: lint and format check; mypy: types"
	@echo "make format     ruff: fix and format"
	@echo "make bench      the benchmarks"
	@echo "make clean      remove what the targets above made"

setup: $(INSTALLED)

$(INSTALLED): setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "seqzoo needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

DATA := --data bach-chorales --data schubert-lindenbaum

demo: $(INSTALLED)
	$(BIN)/seqzoo train note-generator $(DATA) --epochs 8 --batch-size 8 --sequence-length 64 --out $(RUNS)/demo
	$(BIN)/seqzoo evaluate $(RUNS)/demo/preset $(DATA)
	$(BIN)/seqzoo generate $(RUNS)/demo/preset --prompt schubert/Lindenbaum --length 600 --endless --temperature 0.8 --seed 1 --out $(RUNS)/demo/lindenbaum
	$(BIN)/seqzoo export $(RUNS)/demo/preset --name note-generator --out $(RUNS)/demo/saved_models

test: $(INSTALLED)
	$(BIN)/python -m pytest -m "not slow and not exhaustive" -n 2 --dist loadfile

test-slow: $(INSTALLED)
	$(BIN)/python -m pytest -m "slow and not exhaustive" -n 2 --dist loadfile

test-exhaustive: $(INSTALLED)
	$(BIN)/python -m pytest -m exhaustive -n 2 --dist loadfile

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p seqzoo

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)
	$(BIN)/python benchmarks/layers.py

clean:
	rm -rf $(VENV) $(RUNS) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
