# demo · test · check · bench · prove: the only commands a newcomer needs.
PY := .venv/bin/python
# The distribution's own Python first: it is built with optimisation, and pages take a sixth less than with one that is not.
PYTHON ?= $(shell for each in /usr/bin/python3 python3; do \
	$$each -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
export UV_PYTHON_DOWNLOADS = never
.DEFAULT_GOAL := demo
.PHONY: demo test check bench prove lock assets

.venv/ready: requirements.lock
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer with venv is needed: apt-get install python3-venv'; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@test -x .venv/bin/uv || $(PY) -m pip install --quiet --disable-pip-version-check uv
	.venv/bin/uv pip sync --quiet --require-hashes --python $(PY) requirements.lock
	@touch $@

assets: .venv/ready
	@$(PY) -m app.assets

demo: assets
	@ENVIRONMENT=demo .venv/bin/flask --app wsgi demo $(ARGS)

test: assets
	$(PY) -m pytest -n auto $(ARGS)

check: assets
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: assets
	$(PY) -m tests.benchmarks $(ARGS)

prove: assets
	$(PY) -m tests.proofs $(ARGS)

lock: 
	@test -x .venv/bin/uv || { $(PYTHON) -m venv .venv && $(PY) -m pip install --quiet --disable-pip-version-check uv; }
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock
