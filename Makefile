# Thin targets over plain commands. Works with GNU make 3.81 (macOS) and later.

PYTHON ?= python3
BIN := .venv/bin

# Some machines set it; without bytecode every import is compiled again, in every process.
unexport PYTHONDONTWRITEBYTECODE
# An environment that happens to be active must not leak into ours.
unexport PYTHONPATH
unexport PYTHONHOME
unexport VIRTUAL_ENV

# All a page is made from. Folders are in the list because a deleted file changes only its folder;
# not the folder book, which make would take for the target.
INPUTS := $(shell find _config.yml _toc.yml course.yml book course data notebooks seeds techpolitik \
	-not -path book -not -path '*/.*' -not -path '*/__pycache__*' -not -name '*.tmp')

.PHONY: help book book-zip book-pdf lab test check bench lint pins exit clean browser sandbox
.DEFAULT_GOAL := help

help:
	@echo "make book       execute the notebooks and build the site into _build/html"
	@echo "make book-zip   the site as one archive that opens by double click, search included"
	@echo "make book-pdf   the whole book as one PDF"
	@echo "make lab        open the lessons in JupyterLab"
	@echo "make test       build the book and run every test"
	@echo "make check LESSON=rare_earths   build the book and test one lesson"
	@echo "make bench      compare speed and size with stock Jupyter Book"
	@echo "make lint       check the style of the code"
	@echo "make exit       build with the newest Sphinx, without Jupyter Book, and compare"
	@echo "make pins       renew every pinned list: requirements.txt and requirements/"
	@echo "make clean      delete what was built (.venv stays)"
	@echo
	@echo "The first call installs what is needed into .venv, with $(PYTHON)."
	@echo "Choose another interpreter (3.11 to 3.14) with: make book PYTHON=python3.12"

.venv/installed: requirements/site.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
		{ echo "$(PYTHON) is not Python 3.11 to 3.14: $$($(PYTHON) -V 2>&1)" >&2; \
		echo "Choose one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -r $<
# Some packages ship files for other versions of Python, which cannot be compiled.
	@$(BIN)/python -m compileall -q $(BIN)/../lib >/dev/null 2>&1 || true
	@touch $@

.venv/installed-tests: requirements/test.txt .venv/installed
	$(BIN)/python -m pip install --disable-pip-version-check -r $<
	@touch $@

_build/built: .venv/installed $(INPUTS)
	$(BIN)/techpolitik book
	@touch $@

book: _build/built
	@echo "The book: $(CURDIR)/_build/html/index.html"
	@if [ -t 1 ]; then \
		echo "To read it in a browser: $(BIN)/python -m http.server -d _build/html"; fi

book-zip: book
	$(BIN)/techpolitik zip

book-pdf: book browser
	$(BIN)/techpolitik pdf

lab: .venv/installed
	$(BIN)/jupyter lab notebooks

lint: .venv/installed-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

# A Chromium from CHROMIUM or PATH, else Debian's, else the one Playwright downloads for itself.
browser: .venv/installed-tests
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do \
		[ -n "$$name" ] && command -v "$$name" && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && grep -qs '^ID=debian' /etc/os-release; then \
		apt-get update -q && apt-get install -qy chromium; \
	else $(BIN)/playwright install chromium; fi

# Bubblewrap, without which grading runs nothing: Debian's where it may be installed.
sandbox:
	@if [ "$$(uname)" = Linux ] && ! command -v bwrap; then \
		if [ "$$(id -u)" = 0 ] && grep -qs '^ID=debian' /etc/os-release; then \
			apt-get update -q && apt-get install -qy bubblewrap; \
		else echo "Install bubblewrap: the tests of grading need the command bwrap." >&2; exit 1; fi; fi

# Tests of one file share what is slow to make, such as a running kernel: they stay together.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile

test: book browser sandbox lint
	$(BIN)/python -m pytest $(PARALLEL)
	@echo "All tests passed."

check: book browser
	@[ -n "$(LESSON)" ] || { echo "Name a lesson: make check LESSON=rare_earths" >&2; exit 2; }
	$(BIN)/python -m pytest $(PARALLEL) -q --lesson $(LESSON) tests/content tests/site
	@echo "The lesson $(LESSON) holds. make test says whether all else does."

bench: book browser sandbox
	$(BIN)/python -m bench

# The newest versions that go together on every supported Python. An existing list is what uv prefers
# its versions from, so the shorter lists hold those of the longest.
pins: .venv/installed-tests
	@pin() { list=$$1; shift; echo "-e .[$$list]" | $(BIN)/uv pip compile --quiet --universal \
		--python-version 3.11 --no-annotate --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make pins" --output-file "$$@" -; }; set -e; \
	pin lab,site,grade,test requirements/test.txt --upgrade; \
	for part in site:lab,site grade:lab,grade lesson:lab; do \
		cp requirements/test.txt "requirements/$${part%:*}.txt"; \
		pin "$${part#*:}" "requirements/$${part%:*}.txt"; done
	mv requirements/lesson.txt requirements.txt

# The way out of Jupyter Book 1, kept open: an environment of its own, with the newest packages.
EXIT := _build/exit
exit: book
	@[ -x $(EXIT)/.venv/bin/pip ] || $(BIN)/python -m venv $(EXIT)/.venv
	$(EXIT)/.venv/bin/python -m pip install --disable-pip-version-check --upgrade -e . "sphinx>=9" \
		myst-nb sphinx-external-toc sphinxcontrib-bibtex beautifulsoup4 vl-convert-python
	$(EXIT)/.venv/bin/python -m sphinx -q -W --keep-going -c deploy/sphinx -d $(EXIT)/doctrees \
		-D nb_execution_cache_path=$(EXIT)/.jupyter_cache . $(EXIT)/html
	$(BIN)/python deploy/sphinx/compare.py _build/html $(EXIT)/html

clean:
	rm -rf _build
