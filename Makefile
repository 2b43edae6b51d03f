# Everything here begins from a fresh clone: the set-up is part of each target.
PYTHON_BIN := .venv/bin/python
PYTEST_WORKERS ?= 2

.PHONY: commands words install uninstall demo test test-long test-real lint wheels lock bill advisories release clean

install: ## the program, for use: for you, or typed as root for everybody on this computer
	@tools/install

uninstall: ## takes the program away; what it kept stays
	@tools/install --remove

demo: .venv/.run-ready ## the whole job, once, on photos and a site that ship with the program
	@$(PYTHON_BIN) -m monitor demo --out demo-out

test: .venv/.dev-ready lint ## lint, types, import contracts, and every test that is not long
	@$(PYTHON_BIN) -m pytest -n $(PYTEST_WORKERS) --dist worksteal

test-long: .venv/.dev-ready ## soaks, thousands of kills and mutations
	@$(PYTHON_BIN) -m pytest -m long --timeout 3600

test-real: .venv/.dev-ready ## real forums, galleries and engines, installed and started here: as root, REAL_INSTALL=yes installs them
	@$(PYTHON_BIN) -m pytest tests/real -m real --timeout 1800

lint: .venv/.dev-ready
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

wheels: .venv/.dev-ready ## every run-time dependency has wheels for Python 3.11-3.14 on x86-64 and arm64
	@tools/check-wheels

words: .venv/.dev-ready ## after a change of what the page, alerts or the digest say
	@tools/words

commands: .venv/.dev-ready ## after a change of a command: the manual page and the completions
	@tools/commands

lock: .venv/.dev-ready ## after a change of the dependencies in pyproject.toml
	@tools/lock

bill: .venv/.dev-ready ## what the program is made of, as CycloneDX
	@tools/bill

advisories: .venv/.dev-ready ## the lock files against the list of advisories beside them; asks nobody
	@tools/advisories

release: .venv/.dev-ready ## COMMIT=... INTO=FOLDER: wheel, bill of materials and their hashes (docs/releasing.md)
	@tools/release $(COMMIT) $(INTO)

.venv/.run-ready: requirements.lock pyproject.toml tools/setup tools/common.sh
	@tools/setup run

.venv/.dev-ready: requirements-dev.lock pyproject.toml tools/setup tools/common.sh
	@tools/setup dev

clean:
	rm -rf .venv demo-out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
