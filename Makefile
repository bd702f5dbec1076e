# Two commands are all a newcomer needs: `make demo` and `make test`.
SHELL  := /bin/bash
PYTHON ?= python3
BIN    := .venv/bin
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup demo align-demo test properties ray-test lint format docs bench bench-gate wheel clean

help:        ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/installed  ## make .venv and install everything pinned

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup  ## check the example conversations with the support policy
	$(BIN)/guardrail check examples/support/*.jsonl -p policies/support_bot.guard --fail-on never
	@echo "Next: read policies/support_bot.guard, then docs/tutorial.md to write your own."

align-demo: setup  ## align a tiny chat model with the support policy, three seeds
	$(BIN)/python recipes/support_bot/demo.py --out runs/support_bot --seeds 0 1 2

test: setup  ## run the whole test suite
	$(PYTEST) -n 2
	@echo "Next: docs/design/architecture.md shows where everything is; 'make help' lists the rest."

properties: setup  ## run the properties at full size (about 20 minutes)
	GUARDRAIL_PROPERTIES=20 $(PYTEST) -n 2 -m properties -rP

ray-test: setup  ## run the tests of `--engine ray`; installs Ray, 240 MB
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[ray]'
	GUARDRAIL_RAY=1 $(PYTEST) tests/ray

lint: setup  ## ruff, mypy and our own linter over our own policies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/guardrail fmt --check policies examples
	$(BIN)/guardrail lint --strict policies examples

format: setup  ## put code and policies into the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/guardrail fmt policies examples

docs: setup  ## build the documentation as a site in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "Next: python3 -m http.server --directory build/site shows it at http://localhost:8000."

bench: setup  ## print ratios against bare engines and peers
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.realistic
	$(BIN)/python -m benchmarks.lsp
	$(BIN)/python -m benchmarks.pii
	$(BIN)/python -m benchmarks.secrets
	$(BIN)/python -m benchmarks.views
	$(BIN)/python -m benchmarks.streams
	$(BIN)/python -m benchmarks.models
	$(BIN)/python -m benchmarks.generation
	$(BIN)/python -m benchmarks.rewards
	$(BIN)/python -m benchmarks.garak
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.watch
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m benchmarks.peers

bench-gate: setup  ## hold the main ratios against those of the last kept run
	$(BIN)/python -m benchmarks.gate

wheel: setup  ## build the wheel and run the demo with it, in an empty environment elsewhere
	rm -rf dist build/wheel-venv
	$(BIN)/python -m build --wheel --outdir dist .
	$(PYTHON) -m venv build/wheel-venv
	build/wheel-venv/bin/python -m pip install --quiet -c constraints.txt "$$(ls dist/*.whl)[pii]"
	cp -r examples policies build/ && cd build && \
	  wheel-venv/bin/guardrail check examples/support/*.jsonl -p policies/support_bot.guard --fail-on never

clean:       ## remove what was built
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
