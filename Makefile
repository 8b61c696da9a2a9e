# `make run` and `make test` need Python 3.11 or later and nothing else; what they install stays in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# torch comes in one build a device and from one index each, so it is pinned here and not in the lock.
# Empty: PyPI's build (CUDA on Linux). For a machine without a GPU: make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH := torch==2.13.0
TORCH_INDEX ?=

# torch brings these in the versions that it was built with.
TORCH_BRINGS := torch triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc \
	nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse \
	nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx

# Most of the tests' time is waiting for real processes, so a few more than there are cores.
TEST_PROCESSES ?= 3

.PHONY: run test lint format texts bench tour lock

run: $(VENV)/.installed
	@$(BIN)/atelier db upgrade
	@$(BIN)/atelier models pull
	@$(BIN)/atelier run

test: $(VENV)/.installed-dev
	$(BIN)/pytest --numprocesses $(TEST_PROCESSES) --dist worksteal

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The sources' sentences into every language's catalogue, and a list of what is to be translated.
# For a new language: make texts NEW=de
texts: $(VENV)/.installed
	$(BIN)/python -m bot.i18n $(NEW)

bench: $(VENV)/.installed-dev
	$(BIN)/atelier models pull
	$(BIN)/python -m benchmarks

# The README's pictures and recording of the studio; needs Chromium.
tour: $(VENV)/.installed-dev
	$(BIN)/python -m docs.tour

# Anew after a change of the dependencies in pyproject.toml.
lock: $(VENV)/.installed-dev
	$(BIN)/uv pip compile pyproject.toml --output-file requirements.lock $(LOCKED)
	$(BIN)/uv pip compile pyproject.toml --extra dev --output-file requirements-dev.lock $(LOCKED)

LOCKED := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet \
	$(addprefix --no-emit-package ,$(TORCH_BRINGS))

$(VENV)/.installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/pip install $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(BIN)/pip install --no-deps --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/pip install --require-hashes --no-deps --requirement requirements-dev.lock
	touch $@
