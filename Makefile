# The commands for contributors; `make help` lists them. They need Python 3.11 or 3.12, git and make. Everything else is
# installed into virtual environments and .build, below this folder and ignored by git.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?=
VENV := .venv/bin/python
# For pytest: make unit ARGS="-k tags -x"
ARGS ?=

# A stamp says that an environment has what its requirements file lists.
MAIN := .venv/requirements.stamp
OLDEST := .venv-oldest/requirements.stamp
NEWEST := .venv-newest/requirements.stamp
SUPPORTED := .venv-2.17/requirements.stamp .venv-2.18/requirements.stamp
BENCHMARKS := .venv-benchmarks/requirements.stamp
IMPORTER := .venv-importer/requirements.stamp
CHECKS = $(VENV) -m tests.checks --pytest-args="$(ARGS)"

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: $(MAIN) ## a tour: the demo playbooks against a local AWS on loopback
	@$(VENV) -m tests.demo

.PHONY: local-aws
local-aws: $(MAIN) ## the local AWS, until Ctrl-C; prints what to paste and try
	@$(VENV) -m tests.local_aws --tour

.PHONY: test
test: ## all tests, linters and sanity checks
	@$(MAKE) --jobs=2 $(MAIN) $(OLDEST)
	@$(CHECKS)

.PHONY: unit integration reliability contract sanity lint artifact
unit: $(MAIN) ## unit tests
integration: $(MAIN) ## ansible-playbook against the local AWS
reliability: $(MAIN) ## faults, kills and concurrent writers, in the quick form
contract: $(MAIN) ## the questions of tests/live, asked of the local AWS
sanity: $(MAIN) ## ansible-test sanity
lint: $(MAIN) ## ruff, mypy, ansible-lint, yamllint, documentation, changelog and licences
artifact: $(MAIN) ## build and install the collection, and read the installed documentation
unit integration reliability contract sanity lint artifact:
	@$(CHECKS) $@

.PHONY: test-oldest
test-oldest: $(MAIN) $(OLDEST) ## unit tests and marked playbooks on the oldest supported versions
	@$(CHECKS) oldest

.PHONY: test-newest
test-newest: $(MAIN) $(NEWEST) ## unit tests and all playbooks on the newest versions; needs Python 3.12; CI runs it
	@$(CHECKS) newest

.PHONY: test-supported
test-supported: $(MAIN) $(SUPPORTED) ## all playbooks on 2.17 and 2.18 with a current botocore; CI runs it
	@$(CHECKS) supported

.PHONY: importer
importer: $(MAIN) $(IMPORTER) ## what Ansible Galaxy will say about the artifact; needed before a release
	@$(VENV) -m tests.checks.importer

.PHONY: release-notes
release-notes: $(MAIN) ## CHANGELOG.rst from the fragments, for the version in galaxy.yml; repeat it for newer fragments
	@PATH="$(CURDIR)/.venv/bin:$$PATH" antsibull-changelog release --reload-plugins --update-existing

.PHONY: pre-commit
pre-commit: $(MAIN) ## have git run the quick checks before each commit
	@$(VENV) -m pre_commit install

.PHONY: bench
bench: $(MAIN) $(BENCHMARKS) ## the benchmarks; ARGS=--small for a quick try
	@$(VENV) -m tests.benchmarks $(ARGS)

.PHONY: live
live: $(MAIN) ## the questions of tests/live, asked of AWS: ARGS="--account ID"; see tests/live/README.md
	@$(VENV) -m tests.live live $(ARGS)

.PHONY: assumptions
assumptions: $(MAIN) ## the table of what we assume about AWS, from the questions of tests/live
	@$(VENV) -m tests.live assumptions

.PHONY: soak
soak: $(MAIN) ## the long form of the reliability tests; ARGS="soak --minutes 5" runs a part
	@$(VENV) -m tests.reliability $(ARGS)

.PHONY: docs
docs: $(MAIN) ## the documentation as HTML, in .build/site
	@$(VENV) -m tests.checks.site

.PHONY: format
format: $(MAIN) ## format the Python code, and generate the pages that are made from code
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .
	@$(VENV) -m tests.rules_page

.PHONY: lock
lock: ## pin the newest versions that tests/requirements*.in allow
	@tests/environment.sh lock tests/requirements tests/requirements-oldest tests/requirements-newest \
		tests/requirements-2.17 tests/requirements-2.18 tests/requirements-benchmarks tests/requirements-importer

.PHONY: clean
clean: ## remove everything that these targets created
	rm -rf .build .venv .venv-oldest .venv-2.17 .venv-2.18 .venv-newest .venv-benchmarks .venv-importer
	rm -rf .ansible .hypothesis .pytest_cache .ruff_cache collections tests/output
	find . -name __pycache__ -prune -exec rm -rf {} +

$(MAIN): tests/requirements.txt
$(OLDEST): tests/requirements-oldest.txt
$(NEWEST): tests/requirements-newest.txt
.venv-2.17/requirements.stamp: tests/requirements-2.17.txt
.venv-2.18/requirements.stamp: tests/requirements-2.18.txt
$(BENCHMARKS): tests/requirements-benchmarks.txt
$(IMPORTER): tests/requirements-importer.txt
$(MAIN) $(OLDEST) $(NEWEST) $(SUPPORTED) $(BENCHMARKS) $(IMPORTER): tests/environment.sh
	@PYTHON="$(PYTHON)" tests/environment.sh install $(@D) $(filter %.txt,$^)
	@touch $@
