# Entrepot. `make` lists what can be asked for.

PYTHON ?= python3
SEEDS  ?= 200
ARGS   ?=
MUTANTS ?= 100000
PACKAGES ?=
FUZZ   ?= 100
STACK  ?= a
S      ?=

VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
FOLDERS := domain application adapters entrypoints contracts

# Tests start hundreds of processes, each of which would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo demo-full serve test check lint format bench conformance faults fuzz simulate acceptance mutation wheel lock house docs contracts clean \
  services services-down

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## create .venv and install what requirements.lock pins (PYTHON=… chooses the interpreter)

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) > /dev/null || { \
	  echo "make install: there is no '$(PYTHON)' here. Install Python 3.11 or newer, or name it: make install PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make install: '$(PYTHON)' is $$($(PYTHON) --version 2>&1), and 3.11 or newer is needed. Name a newer one: make install PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	  echo "make install: '$(PYTHON)' comes without its venv module. Install it (Debian, Ubuntu: apt install python3-venv), or name another interpreter with PYTHON=…"; exit 1; }
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## walk through the demonstration (ARGS="…" is handed on)
	$(BIN)/entrepot demo $(ARGS)

demo-full: $(STAMP) ## the same on servers: PostgreSQL, Kafka, Redis, Elasticsearch; STACK=b: MariaDB, RabbitMQ, Valkey, OpenSearch, S3
	$(BIN)/python -m tests.services.stacks $(STACK) $(ARGS)

serve: $(STAMP) ## serve HTTP on a database in var/, the worker inside; prints a key made at first start (ARGS="…" is handed on)
	$(BIN)/entrepot serve $(ARGS)

test: $(STAMP) ## run every test
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: lint ## format, lint, types, imports, unit tests: under a minute, before every commit
	$(BIN)/python -m pytest -q -n 2 -m "not slow" $(wildcard tests/unit) tests/architecture

lint: $(STAMP) ## the same without the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

acceptance: $(STAMP) ## plan published and real demand: optima, a real day, ten thousand orders (reads the folders of ENTREPOT_TEST_DATA, by default ../shared/data; ARGS="brunel": only that)
	$(BIN)/python -m tests.acceptance $(ARGS)

format: $(STAMP) ## put the code into its form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(STAMP) ## measure every published figure (ARGS="…" is handed on)
	$(BIN)/python -m bench $(ARGS)

services: $(STAMP) ## bring up real servers for tests, below .services/ (S="postgres kafka": only those)
	@$(BIN)/python -m tests.services up $(S)

services-down: $(STAMP) ## end exactly those again (S="kafka": only that one)
	@$(BIN)/python -m tests.services down $(S)

conformance: $(STAMP) ## run every published suite on every technology (make services first) and print the swap matrix (ARGS="--only kafka")
	$(BIN)/python -m tests.swap $(ARGS)

faults: $(STAMP) ## break real servers and processes under load, and print what came of it (ARGS="-k kafka")
	$(BIN)/python -m tests.faults $(ARGS)

fuzz: $(STAMP) ## ask whatever the published document allows, and what it does not, of a server and by messages, for long (FUZZ=100 of each operation)
	FUZZ=$(FUZZ) nice $(BIN)/python -m pytest -q tests/attack/test_schemathesis.py tests/attack/test_hostile_messages.py $(ARGS)

simulate: $(STAMP) ## run the simulation over many seeds (SEEDS=200)
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) $(ARGS)

mutation: $(STAMP) ## change the domain's code in every small way, in a copy, and see whether a test notices (hours; PACKAGES="domain/supply …": of these, MUTANTS=200: so many)
	@rm -rf var/mutation && mkdir -p var/mutation
	cp -R $(FOLDERS) docs tests bench pyproject.toml cosmic-ray.toml var/mutation
	cd var/mutation && export PATH="$(abspath $(BIN)):$$PATH" \
	  && cosmic-ray init cosmic-ray.toml session.sqlite \
	  && python -m bench.sample_mutants session.sqlite $(MUTANTS) $(PACKAGES) \
	  && nice python -m bench.notice cosmic-ray.toml session.sqlite \
	  && cr-report --surviving-only --show-diff session.sqlite > survivors.txt
	@echo "What survived, as differences: var/mutation/survivors.txt"

wheel: $(STAMP) ## build the wheel and the source archive into dist/
	@rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist

lock: ## resolve anew and write requirements.lock (look at the difference, then run everything)
	@rm -rf var/lock && mkdir -p var/lock
	$(PYTHON) -m venv var/lock/venv
	var/lock/venv/bin/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	var/lock/venv/bin/python -m pip freeze --exclude entrepot --exclude pip --exclude setuptools --exclude wheel \
	  | sed "s/^uvloop==.*/&; sys_platform != 'win32'/" | LC_ALL=C sort -f > var/lock/requirements.lock
	@! grep -n '@\|://' var/lock/requirements.lock
	@mv var/lock/requirements.lock requirements.lock && rm -rf var/lock

house: $(STAMP) ## draw the folders and their imports as docs/house.svg
	$(BIN)/python -m bench.draw_house docs/house.svg

docs: $(STAMP) ## write the pages that are made from the code: refusals, settings, metrics, a promise explained
	$(BIN)/python -m bench.write_pages docs

contracts: $(STAMP) ## write the published documents and clients (OpenAPI, AsyncAPI, …) from the code
	$(BIN)/python -m bench.write_contracts $(ARGS)

clean: ## remove builds and caches; .venv and the data in var/ stay
	rm -rf build dist var/lock var/mutation .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(FOLDERS) tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
