# Everything on a fresh machine that has Python ≥ 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := sample_pcaps/config/refer-missing-by-record.pcap

.PHONY: demo fleet-demo test lint linear fuzz mutants thresholds check gallery screenshots clean

demo: $(BIN)/.installed
	@$(BIN)/sipdiag analyze $(SAMPLE) --overwrite
	@echo "Open it in a browser: file://$(CURDIR)/reports/$(basename $(notdir $(SAMPLE))).html"
	@echo "Yours: $(BIN)/sipdiag call.pcap --open   ('pipx install .' makes it 'sipdiag' everywhere)"

# A dataset of the samples, and the page on it.
fleet-demo: $(BIN)/.dev-installed
	$(BIN)/sipdiag fleet run sample_pcaps -o build/fleet-demo
	$(BIN)/sipdiag fleet query build/fleet-demo root-causes | head -n 12
	$(BIN)/sipdiag fleet report build/fleet-demo -o build/fleet-demo.html --title "The samples"

test: $(BIN)/.dev-installed system-deps
	$(BIN)/pytest -n auto
	$(BIN)/sipdiag test sample_pcaps

lint: $(BIN)/.dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Time must be linear in the input, whoever made it; no unit test can say so.
linear: $(BIN)/.dev-installed
	$(BIN)/python -m benchmarks.linear

# Mutated input through every stage and output, as many cases as one likes: make fuzz N=20000
N := 2000
fuzz: $(BIN)/.dev-installed
	$(BIN)/python -m tests.fuzz $(N)

# What the tests hold: faults planted in facts and calls, and thresholds halved and doubled (docs/mutants.md).
mutants: $(BIN)/.dev-installed
	$(BIN)/python -m tests.mutation.mutants

thresholds: $(BIN)/.dev-installed
	$(BIN)/python -m tests.mutation.thresholds

check: lint linear test

gallery: $(BIN)/.dev-installed
	$(BIN)/python -m tests.gallery reports/gallery

screenshots: $(BIN)/.dev-installed system-deps
	$(BIN)/python -m tests.screenshots docs/images

# Big captures of several GB in the temporary folder; peers that are installed run beside it.
bench: $(BIN)/.dev-installed
	$(BIN)/python -m benchmarks.run

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "sipdiag needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Install one and run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing. Run: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(BIN)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(BIN)/.dev-installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(BIN)/.installed

# tshark, chromium and pdftotext only where we may install them: in CI, or when asked to.
.PHONY: system-deps
system-deps:
	@if [ "$$CI" = true ] || [ "$$SYSTEM_DEPS" = 1 ]; then \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    command -v tshark >/dev/null && command -v chromium >/dev/null && command -v pdftotext >/dev/null || { \
	      apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends tshark chromium fonts-dejavu-core poppler-utils; } >/dev/null; \
	  else echo "SYSTEM_DEPS: tshark and chromium are installed only on Debian as root; tests that need them will skip" >&2; fi; \
	fi
