# The commands of this project, each by one word. Owns only names: what a command does stands in the tool it calls.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help tools test test-stack torture check demo run bench clean

# The pinned tools first on PATH, and one build folder for every clone. `run` and `demo` do without: what a plain
# `cargo run` has built is theirs.
ENV := . tests/tools/env.sh;

help: ## Show these commands
	@echo 'AI-Implement'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

tools: ## Install the pinned test tools into the cache (at once when they are there)
	@tests/tools/install

test: tools ## Run everything: formatting, lints, licences, documentation, all tests
	@tests/tools/run-checks

test-stack: tools ## Deploy the template to a local AWS and let people comment (a part of test)
	@$(ENV) cargo test --quiet --package tests --test stack --locked

torture: tools ## Play ten thousand schedules of faults (TORTURE_SEED=7: one, shown step by step)
	@$(ENV) cargo test --quiet --profile torture --package tests --test torture --locked -- --ignored --nocapture

check: ## Check formatting and lints, nothing else
	@$(ENV) cargo fmt --all --check
	@$(ENV) cargo clippy --workspace --all-targets --locked -- -D warnings
	@$(ENV) cargo clippy --package tests --test stack --locked -- -D warnings

demo: ## Watch comments become runs, against a sandbox GitHub
	@cargo run --quiet -- demo

run: ## Start the whole system on this machine
	@cargo run

bench: ## Measure
	@$(ENV) cargo bench --package tests

clean: ## Remove what was built; the installed tools stay
	@$(ENV) cargo clean
