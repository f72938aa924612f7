# `make demo` and `make test` set everything up by themselves; see README.md.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo serve docs test test-all dist try-dist lint bench lock clean

demo: $(READY)
	@scripts/ensure-system $(BIN)/python papers
	@$(BIN)/examgen demo

# The site in a browser, on a workspace with made-up people of each role.
serve: $(READY)
	@scripts/ensure-system $(BIN)/python papers
	@$(BIN)/examgen serve --demo

# The handbook in Thai and English as a site, in output/handbook.
docs: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

test: $(READY)
	@scripts/ensure-system $(BIN)/python papers tests
	@scripts/ensure-system $(BIN)/python browser || echo "The tests of the site in a browser are skipped." >&2
	OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= scripts/in-memory $(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

# What `make test` leaves out too, and every case of what it tries some of: before a release.
test-all:
	EXAMGEN_TESTS=all $(MAKE) test

# What a version is published as, in dist/: wheel, source archive, checksums.
dist: $(READY)
	@$(BIN)/python scripts/release

# The wheel of dist/ in an empty environment of PYTHON, and an exam gone through with it.
try-dist:
	@scripts/ensure-system $(PYTHON) papers
	@$(PYTHON) scripts/try-wheel web scan signing

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	@scripts/ensure-system $(BIN)/python papers
	$(BIN)/python benchmarks/run.py

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: none found" >&2; exit 5; }
	@scripts/ensure-system $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --no-compile --quiet --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --no-compile --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q -j 0 -x /tests/ $(VENV)/lib examgen
	@touch $@

# Pins every dependency anew; needs uv (`pip install uv`).
lock:
	uv pip compile --quiet --universal --generate-hashes --extra dev pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --group docs -c requirements.lock -o requirements-docs.lock

clean:
	rm -rf $(VENV) dist output/*/ .pytest_cache .mypy_cache .ruff_cache
