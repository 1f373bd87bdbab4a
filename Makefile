# Everything a person does with Một Cửa. Each target sets up what it needs first.
PYTHON ?= python3
APP := .venv/app/bin/python
RASA := .venv/rasa/bin/rasa
RASA_ENV := RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 PYTHONWARNINGS=ignore::DeprecationWarning PYTHONPATH=.
RASA_DATA := --domain nlu/domain.yml --data nlu/data
export TF_CPP_MIN_LOG_LEVEL := 3

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev serve chat index sync test check format evaluate experiments bench load outbox explain clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: ## create both environments from their lock files
	@$(PYTHON) deploy/setup.py

setup-dev: ## the same, with the tools for tests and checks
	@$(PYTHON) deploy/setup.py --dev

serve: setup ## set up, prepare and run the assistant on http://127.0.0.1:8080
	@exec $(APP) -m bot serve

chat: setup ## talk with the running assistant in the terminal
	@$(APP) -m bot chat

index: setup ## build the index and publish it; a running app takes it over
	@$(APP) -m indexer build --publish

sync: setup ## fetch what changed on the national portal, then build and publish
	@$(APP) -m indexer sync

test: setup-dev ## run all tests
	@$(APP) -m pytest

check: setup-dev ## format, lint, types, own records, Rasa's data and stories
	@$(APP) -m ruff format --check .
	@$(APP) -m ruff check .
	@$(APP) -m mypy
	@$(APP) -m indexer check
	@$(APP) -m nlu.generate --check
	@$(APP) -m pytest tests/unit/test_structure.py tests/unit/test_docs.py
	@$(RASA_ENV) $(RASA) data validate $(RASA_DATA) --config config.yml --fail-on-warnings
	@$(RASA_ENV) $(APP) -m bot train
	@$(RASA_ENV) $(RASA) test core --model var/models --stories nlu/tests --fail-on-prediction-errors --out var/rasa-test --no-plot

format: setup-dev ## put every file into the house format
	@$(APP) -m ruff format .
	@$(APP) -m ruff check --fix .

evaluate: setup-dev ## measure on the dev files; writes tables and pictures of docs/evaluation.md
	@$(APP) -m bot with-system -- $(APP) -m indexer evaluate

experiments: setup ## what each part of retrieval is worth; writes the table of docs/evaluation.md
	@$(APP) -m indexer experiments

bench: setup ## time the whole path beside bare Rasa, in one run
	@$(APP) -m bot bench

load: setup-dev ## many people at once, through fakes of the platforms; writes the table of docs/performance.md
	@$(APP) -m tests.load --write

explain: setup ## why a question finds what it finds: make explain Q="lam lai cccd"
	@$(APP) -m indexer explain "$(Q)"

outbox: setup ## answers that a platform did not take: make outbox, make outbox DO="retry", DO="drop 12"
	@$(APP) -m bot outbox $(or $(DO),list)

clean: ## remove environments, indexes, models and databases
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis
