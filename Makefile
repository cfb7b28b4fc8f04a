# Everything a newcomer needs: `make demo` and `make test`. Each sets up what it needs by itself.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
RUN := deploy/requirements/run.lock
DEV := deploy/requirements/dev.lock
PORT ?= 8080
# Python keeps what it compiled: the tests start some forty programs, and each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo simulate test check bench lock manual

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

install: $(BIN)/.dev ## set up the environment for working on it

$(BIN)/.run: $(RUN) deploy/setup.sh
	@PYTHON=$(PYTHON) deploy/setup.sh $(RUN)
	@touch $@

$(BIN)/.dev: $(DEV) deploy/setup.sh
	@PYTHON=$(PYTHON) deploy/setup.sh $(DEV)
	@touch $@ $(BIN)/.run

demo: $(BIN)/.run ## play with it: three platforms, one city, http://localhost:8080
	@$(BIN)/python -m bot demo --port $(PORT)

simulate: $(BIN)/.run ## twelve working weeks with seeded people: every reminder, and checks
	@$(BIN)/python -m bot simulate

test: $(BIN)/.dev ## every test, with a real PostgreSQL and a real browser
	@deploy/browser.sh
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(BIN)/.dev ## format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/storage/test_migrations.py

bench: $(BIN)/.dev ## measure, as ratios in one run
	@$(BIN)/python -m bench

manual: $(BIN)/.dev ## write docs/manual.zh-CN.md anew from the catalogue
	@$(BIN)/python -c "from commands.catalogue import CATALOGUE; from commands.help.manual import manual; print(manual(CATALOGUE), end='')" > docs/manual.zh-CN.md

lock: $(BIN)/.dev ## choose versions anew
	@.tools/bin/uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --upgrade -q -o $(RUN)
	@.tools/bin/uv pip compile pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 --upgrade -q -o $(DEV)
