# `make demo` and `make test` take a machine with git, make and CPython 3.11 or 3.12 to a result. Whatever is
# done already is not done again. `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV ?= .venv
PRESET ?= release
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 20
# Compilers differ in what they warn about, so warnings stop a build only where asked: make test WERROR=ON
WERROR ?= OFF
# The oldest OpenUSD that we serve, and the tests that touch pxr: authoring, the lanes of extraction, the crate reader
# beside it, cases and laws, the second witness, and whole runs.
OLDEST_PXR := usd-core==24.11
BRIDGE_TESTS := $(patsubst %,tests/python/test_%.py,author author_laws lanes crate cases diff_laws second_witness \
    compose_variants point_instancers example usd_validation odd_places workflow_end_to_end)
# Python tests that run at the same time; each may use several threads and much memory.
PYTEST_JOBS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n : 4)))
PYTEST := -m pytest -n $(PYTEST_JOBS) --dist worksteal
# Arguments for pytest and ctest: make pytest ARGS="-k weld", make ctest ARGS="-R weld"
ARGS ?=

PY := $(VENV)/bin/python
STAMPS := build/.stamps
VENV_READY := $(VENV)/.ready
LOGS := build/logs
export PYTHONPATH := $(CURDIR)/python
export CTEST_PARALLEL_LEVEL := $(JOBS)
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
export USDTUNE_WERROR := $(WERROR)

CPP_FILES = $(shell find core bindings tests fuzz benches -name '*.h' -o -name '*.cpp' -o -name '*.hpp')
PYTHON_TREES = $(wildcard python tests tools benches examples)
# Debian 12's kernel settings can be too random for ThreadSanitizer's fixed address layout.
FIXED_ADDRESSES := $(shell setarch -R true 2> /dev/null && echo setarch -R)

.PHONY: help
help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# --- Setting up --------------------------------------------------------------------------------------------

$(STAMPS)/system: tools/install_system_packages.sh
	@tools/install_system_packages.sh core
	@mkdir -p $(STAMPS) && touch $@

$(VENV_READY): pyproject.toml tools/make_venv.sh tools/list_requirements.py | $(STAMPS)/system
	@tools/make_venv.sh $(VENV) build runtime usd dev test
	@touch $@

.PHONY: venv
venv: $(VENV_READY)  ## Install system packages and make .venv

.PHONY: build
build: $(VENV_READY)  ## Build the core, its tests and the Python module (PRESET=release)
	@tools/configure.sh $(PRESET) $(PY)
	cmake --build --preset $(PRESET)

.PHONY: install-hooks
install-hooks: $(VENV_READY)  ## Format and check on every git commit
	$(PY) -m pip install --quiet pre-commit && $(VENV)/bin/pre-commit install

# --- Looking at it -----------------------------------------------------------------------------------------

.PHONY: demo
demo: build  ## Make a plant of 2,000 meshes and tune it
	@mkdir -p build/demo
	$(VENV)/bin/usdtune example plant -o build/demo/plant.usdc --meshes 2000 --seed 1
	$(VENV)/bin/usdtune run build/demo/plant.usdc -o build/demo/out --approve restructure=optimize-as-is --overwrite

# --- Testing -----------------------------------------------------------------------------------------------

.PHONY: test
test: lint ctest stubs-check docs-check pytest pytest-oldest-pxr ctest-asan-ubsan ctest-tsan  ## Everything a change has to pass

.PHONY: lint
lint: $(VENV_READY)  ## Rooms, formatting, ruff, mypy
	$(PY) tools/check_rooms.py --self-test
	$(PY) tools/check_rooms.py
	@$(VENV)/bin/clang-format --dry-run --Werror --ferror-limit=1 $(CPP_FILES)
	$(VENV)/bin/ruff check $(PYTHON_TREES)
	$(VENV)/bin/ruff format --check $(PYTHON_TREES)
	$(VENV)/bin/mypy

.PHONY: ctest
ctest: build  ## The core's tests (PRESET=release)
	@mkdir -p $(LOGS)
	ctest --preset $(PRESET) $(ARGS) 2>&1 | tee $(LOGS)/ctest-$(PRESET).txt | tools/quiet_ctest.sh

.PHONY: ctest-asan-ubsan ctest-tsan
ctest-asan-ubsan ctest-tsan: ctest-%: $(VENV_READY)  ## The core's tests under sanitizers
	@tools/configure.sh $* $(PY)
	cmake --build --preset $*
	@mkdir -p $(LOGS)
	$(FIXED_ADDRESSES) ctest --preset $* 2>&1 | tee $(LOGS)/ctest-$*.txt | tools/quiet_ctest.sh

# Pages are tested in a browser where one can be had.
$(STAMPS)/browser: tools/install_system_packages.sh
	@tools/install_system_packages.sh browser || echo "No browser: its tests will be skipped." >&2
	@mkdir -p $(STAMPS) && touch $@

.PHONY: pytest
pytest: build $(STAMPS)/browser  ## The Python tests (ARGS="-k name")
	@mkdir -p $(LOGS)
	$(PY) $(PYTEST) $(ARGS) 2>&1 | tee $(LOGS)/pytest.txt

OLDEST := build/oldest-pxr
$(OLDEST)/.ready: pyproject.toml $(VENV_READY)
	$(PY) -m venv $(OLDEST)
	$(PY) tools/list_requirements.py runtime test | $(OLDEST)/bin/python -m pip install --quiet "$(OLDEST_PXR)" -r /dev/stdin
	@touch $@

.PHONY: pytest-oldest-pxr
pytest-oldest-pxr: build $(OLDEST)/.ready  ## The tests that touch pxr, beside the oldest one that we serve
	@mkdir -p $(LOGS)
	$(OLDEST)/bin/python $(PYTEST) $(BRIDGE_TESTS) $(ARGS) 2>&1 | tee $(LOGS)/pytest-oldest-pxr.txt

.PHONY: stubs stubs-check build/_core.pyi
stubs: build/_core.pyi  ## Write python/usdtune/_core.pyi again, after the bindings changed
	cp build/_core.pyi python/usdtune/_core.pyi
stubs-check: build/_core.pyi
	@diff -u python/usdtune/_core.pyi build/_core.pyi || { echo "The bindings changed: run 'make stubs'" >&2; exit 1; }
build/_core.pyi: build
	@$(PY) -m nanobind.stubgen -q -m usdtune._core -o $@
	@$(VENV)/bin/ruff format --quiet $@

.PHONY: docs docs-check
docs: build  ## Write docs/ops and docs/rules again, after a page in the catalogue changed
	$(PY) tools/generate.py
docs-check: build
	$(PY) tools/generate.py --check

.PHONY: fuzz
fuzz:  ## Run every fuzzer for FUZZ_SECONDS
	tools/install_system_packages.sh core fuzz
	cmake --preset fuzz
	cmake --build --preset fuzz
	tools/run_fuzzers.sh build/fuzz/fuzz $(FUZZ_SECONDS)

.PHONY: coverage
coverage: $(VENV_READY)  ## Line coverage of the core's tests
	$(PY) tools/list_requirements.py coverage | $(PY) -m pip install --quiet -r /dev/stdin
	@tools/configure.sh coverage $(PY)
	cmake --build --preset coverage
	find build/coverage -name '*.gcda' -delete
	ctest --preset coverage --quiet
	$(VENV)/bin/gcovr --root . --filter core/ --print-summary --html-details build/coverage/index.html build/coverage > /dev/null
	@echo "build/coverage/index.html"

.PHONY: bench
bench: $(VENV_READY)  ## A short round of the measurements; benches/README.md has the long ones
	tools/install_system_packages.sh core bench
	@tools/configure.sh release $(PY)
	cmake --preset release -DUSDTUNE_BENCHES=ON > /dev/null
	cmake --build --preset release
	$(PY) benches/scale_chain.py --sizes 2000 20000 --runs 1 --folder build/bench --usdtune "$(VENV)/bin/usdtune"
	$(PY) benches/extraction_lanes.py build/bench/plant_2000.usdc --runs 1
	build/release/benches/kernel_benches --benchmark_min_time=0.1 build/bench/plant_2000.usdc build/bench/plant_20000.usdc

# --- Tidying -----------------------------------------------------------------------------------------------

.PHONY: format
format: $(VENV_READY)  ## Format C++ and Python
	@$(VENV)/bin/clang-format -i $(CPP_FILES)
	$(VENV)/bin/ruff check --fix --quiet $(PYTHON_TREES) || true
	$(VENV)/bin/ruff format $(PYTHON_TREES)

.PHONY: tidy
tidy: $(VENV_READY)  ## clang-tidy over the core
	$(PY) tools/list_requirements.py tidy | $(PY) -m pip install --quiet -r /dev/stdin
	@tools/configure.sh dev $(PY)
	find core bindings -name '*.cpp' | xargs -P $(JOBS) -n 4 $(VENV)/bin/clang-tidy --quiet -p build/dev

# --- Giving it away ----------------------------------------------------------------------------------------

.PHONY: wheel
wheel: $(VENV_READY)  ## A wheel for this CPython that needs no C++ packages, into dist/
	$(PY) tools/list_requirements.py wheel | $(PY) -m pip install --quiet -r /dev/stdin
	rm -rf build/wheel/raw
	$(PY) -m build --wheel --no-isolation --outdir build/wheel/raw
	PATH="$$(realpath -s $(VENV))/bin:$$PATH" $(VENV)/bin/auditwheel repair --wheel-dir dist build/wheel/raw/*.whl

.PHONY: wheel-test
wheel-test: $(VENV_READY)  ## Wheels for CPython 3.11 and 3.12, each tested beside four pxr (ARGS="--python python3.11")
	$(PY) tools/test_wheels.py $(ARGS) $(BRIDGE_TESTS)

.PHONY: clean
clean:  ## Remove everything that was built
	rm -rf build dist python/usdtune/_core.*.so .mypy_cache .pytest_cache .ruff_cache

.PHONY: distclean
distclean: clean  ## ... and .venv
	rm -rf .venv
