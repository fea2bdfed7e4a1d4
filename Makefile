# The one place that knows how things are done here: developers, demo and CI call the same verbs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-$(shell cat requirements/run.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
DEV := $(VENV)/.dev-$(shell cat requirements/dev.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
TRAIN := $(VENV)/.train-$(shell cat requirements/train.lock 2>/dev/null | cksum | cut -d' ' -f1)
SHARED := ../shared
say = @printf '\033[1m• %s\033[0m\n'

.PHONY: help demo test check format model lock docs bench bench-understanding quality wheel clean

help: ## show the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

$(BIN)/python:
	$(say) 'making a virtual environment in .venv'
	@bash scripts/venv.sh $(PYTHON) $(VENV)

$(RUN): $(BIN)/python
	$(say) 'installing what the program needs (locked, with digests)'
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.run-*; touch $@

$(DEV): $(RUN)
	$(say) 'installing what the tests need (locked, with digests)'
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@rm -f $(VENV)/.dev-*; touch $@

$(TRAIN): $(DEV)
	$(say) 'installing what training needs'
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/train.lock
	@rm -f $(VENV)/.train-*; touch $@

demo: $(RUN) ## the desk at work on a sample mailbox
	$(say) 'reading the sample mailbox'
	@$(BIN)/kindregards demo

test: $(DEV) ## every test
	$(say) 'running every test'
	@$(BIN)/python -m pytest -n auto

check: $(DEV) ## format, lint, types, layers, docs
	$(say) 'format and lint'
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	$(say) 'types'
	@$(BIN)/mypy
	$(say) 'layers'
	@$(BIN)/lint-imports
	$(say) 'docs'
	@$(BIN)/python scripts/docs.py --check

format: $(DEV) ## put the code into form
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

docs: $(DEV) ## make the generated pages of docs/
	@$(BIN)/python scripts/docs.py

model: $(TRAIN) ## rebuild the shipped model from training/
	@PYTHONPATH=src OPENBLAS_NUM_THREADS=1 $(BIN)/python training/train.py
	@PYTHONPATH=src $(BIN)/python training/card.py

quality: $(DEV) ## measure; write the figures into docs/quality.md
	@PYTHONPATH=src $(BIN)/python scripts/quality.py $(SHARED) $(BIN)

bench: $(DEV) ## messages a second beside bogofilter
	@bash bench/run.sh $(BIN)

bench-understanding: $(DEV) ## understand and judge beside a transformer
	@bash bench/understanding.sh $(BIN)

wheel: $(DEV) ## build the wheel and try it in a clean environment
	@bash scripts/wheel.sh $(BIN)

lock: $(DEV) ## resolve the dependencies anew
	@bash scripts/lock.sh $(BIN)

clean: ## remove what was made
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
