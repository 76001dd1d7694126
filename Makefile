# `make` prints what there is. Services are chosen by DATABASE_URL and REDIS_URL alone.
SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV ?= .venv
BIN := $(VENV)/bin
GROUP ?= $(if $(filter 1,$(BROWSER)),browser,dev)
STAMP := $(VENV)/.installed-$(GROUP)
MEASURING := $(VENV)/.installed-bench
SOAK ?= 1
# Test processes at once. Much of a test's time is waiting, so one more than two cores pays.
WORKERS ?= 3

# `check --deploy` looks at a production that is not this machine.
THROWAWAY = $$(head -c 48 /dev/urandom | base64 | tr -d '\n=+/')
PRODUCTION = COUNTERSIGN_DEBUG=0 COUNTERSIGN_BASE_URL=https://countersign.example COUNTERSIGN_BEHIND_PROXY=1 \
	COUNTERSIGN_ALLOWED_HOSTS=countersign.example COUNTERSIGN_SECRET_KEY=$(THROWAWAY) \
	COUNTERSIGN_KEY_PEPPER=$(THROWAWAY) COUNTERSIGN_GRANT_KEY=$(THROWAWAY) COUNTERSIGN_LOG_KEY=$(THROWAWAY) \
	COUNTERSIGN_DISCLOSURE_KEY=$(THROWAWAY)

.PHONY: help setup run test check format bench soak loaders demo-agent demo-slack lock

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  %-12s%s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## Install the locked dependencies (GROUP=base, dev, browser or bench); nothing to do when they are there

$(VENV)/.installed-%: requirements/%.txt requirements/build.txt sdk/pyproject.toml scripts/setup.sh
	scripts/setup.sh $(VENV) $*
	@touch $@

run: $(STAMP) ## Start everything with demo data and a demo agent; Ctrl-C stops it (ARGS="--port 8001")
	@BIN=$(BIN) exec scripts/run.sh $(ARGS)

demo-agent: $(STAMP) ## Send realistic actions to the running demo until Ctrl-C
	@$(BIN)/python manage.py demo-agent $(ARGS)

demo-slack: $(STAMP) ## The demo beside a stand-in for Slack, on whose page you press the buttons (ARGS="--port 8001")
	@exec $(BIN)/python -m scripts.demo_slack $(ARGS)

test: $(STAMP) ## Run the tests that this environment allows and name what was left out (BROWSER=1, WORKERS=0, ARGS="-k grant")
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(STAMP) ## Lint, format, types, import contracts, templates, migrations, deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd sdk && $(abspath $(BIN))/mypy --config-file ../pyproject.toml --cache-dir ../.mypy_cache/sdk tests
	$(BIN)/lint-imports --no-logo
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	$(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(STAMP) ## Put code and templates into form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

bench: $(MEASURING) ## Measure, print one JSON line a question, and write docs/performance.md
	$(BIN)/python scripts/record.py docs/performance.md scripts/bench.sh $(BIN)/python

soak: $(STAMP) ## Run the long kill, fault, race and property tests beside services of their own, write docs/soak.md, and load with promptfoo too
	SOAK=$(SOAK) $(BIN)/python scripts/record.py docs/soak.md scripts/with-services $(BIN)/python -m pytest -q -o faulthandler_timeout=3600 -m "process or race or hypothesis" $(ARGS)
	$(MAKE) loaders

LOADERS ?= .venv-loaders
# None leaves promptfoo out, which takes minutes of npm.
PROMPTFOO ?= 0.121.20
# The lock names the environment: another one is another environment, and an old file of the same words is the same.
LOADED := $(LOADERS)/.installed-$(shell cat requirements/loaders.txt scripts/setup-loaders.sh | cksum | cut -d' ' -f1)-$(PROMPTFOO)

$(LOADED):
	scripts/setup-loaders.sh $(LOADERS) $(BIN)/python $(PROMPTFOO)
	@touch $@

loaders: $(STAMP) $(LOADED) ## Export a dataset in every format and have each real loader read it (PROMPTFOO= leaves npm out)
	scripts/loaders.sh $(VENV) $(LOADERS)

lock: ## Compile requirements/*.txt again from requirements/*.in (needs uv; UPGRADE=1 takes newer versions)
	scripts/lock.sh
