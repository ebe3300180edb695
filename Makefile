# Everything runs in .venv, made from requirements.lock and remade when that changes. `make help` lists the rest.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.requirements
# With it every process of a stack would compile everything anew at each start.
unexport PYTHONDONTWRITEBYTECODE

LOCKED := --universal --generate-hashes --no-emit-index-url -p 3.11 -q
COMPOSE := docker compose -f deploy/docker-compose.yml

NPM := sh .ci/npm $(VENV)

.PHONY: help setup web check test test-containers demo up bench soak compose-up compose-demo compose-down docs lock clean
.DEFAULT_GOAL := help

help: ## list these
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv (Python 3.11 to 3.14) with everything in it

$(STAMP): requirements.lock pyproject.toml
	@sh .ci/setup "$(VENV)"

web: setup ## build the dashboard into services/api/built
	@sh .ci/web "$(VENV)"

check: web ## lint, format, types, import rules, generated documents; the same of the dashboard
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/make.py --check
	$(NPM) run --silent check

test: web ## all tests: make test ARGS="tests/unit -k name"
	$(if $(ARGS),,$(NPM) --silent test)
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

test-containers: web ## integration tests and the compose stack on Docker
	UMBRA_TEST_BACKEND=containers $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder tests/integration $(ARGS)
	$(BIN)/pytest -m containers $(ARGS)

demo: web ## the whole story in a minute: make demo ARGS="--json FILE"
	@$(BIN)/umbra demo $(ARGS)

up: web ## the whole system on this machine, until Ctrl-C: make up ARGS="--data-dir D"
	@$(BIN)/umbra up $(ARGS)

bench: web ## measure; writes JSON and prints tables
	$(BIN)/python -m benchmarks $(ARGS)

soak: web ## the long proof: 1,000 switches, 500,000 images, with kills
	$(BIN)/pytest -m soak $(ARGS)

compose-up: ## the whole system on Docker, in the background
	$(COMPOSE) up --build --detach --wait
	@echo "API http://127.0.0.1:$${API_PORT:-8080}/docs   ingest http://127.0.0.1:$${INGEST_PORT:-8081}/docs"

compose-demo: ## the demo on Docker; what it started stays up
	$(COMPOSE) --profile demo run --build --rm demo

compose-down: ## stop and remove the containers; the volumes stay
	$(COMPOSE) --profile '*' down

docs: setup ## renew the generated documents
	$(BIN)/python docs/make.py

lock: setup ## renew both lock files from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev $(LOCKED) -o requirements.lock $(ARGS)
	$(BIN)/uv pip compile pyproject.toml --extra worker-gpu $(LOCKED) -c requirements.lock \
	  -o requirements.worker-gpu.lock $(ARGS)

clean: ## remove .venv, caches and the local stack's data
	rm -rf $(VENV) web/node_modules services/api/built .umbra .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache umbra.egg-info
