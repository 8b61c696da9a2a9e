"""The environment of the processes that we start: an allow-list, so that none holds a secret that it does not need."""

import os
from pathlib import Path
from typing import Final

_ROOT: Final = str(Path(__file__).resolve().parents[2])

# Libraries that would report about their use, or make up an id of this machine, do neither.
# onnxruntime reads its variable while it is imported: to call its `disable_telemetry_events` afterwards is too late.
QUIET: Final = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}

# Where programs, libraries and modules are, and how text is written.
_PLAIN: Final = ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "HOME", "LANG", "TZ", "TMPDIR")
_PLAIN_PREFIXES: Final = ("LC_", "PYTHON", "MALLOC_")

# What steers drivers and numerical libraries: which card, how many threads, how much memory.
_COMPUTING_PREFIXES: Final = (
    *("CUDA_", "CUBLAS_", "CUDNN_", "NVIDIA_", "HIP_", "HSA_", "ROCR_", "ROCM_", "MIOPEN_", "VK_", "MTL_"),
    *("TORCH", "PYTORCH_", "TRITON_", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "ONEDNN_", "GGML_"),
)

_SECRETS: Final = ("DISCORD_TOKEN", "ATELIER_DATABASE_URL", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


def passed_on(*names: str, prefixes: tuple[str, ...] = ()) -> dict[str, str]:
    """What any program of ours needs to start, and of this process's environment what else is named."""
    wanted, beginnings = {*_PLAIN, *names}, (*_PLAIN_PREFIXES, *prefixes)
    kept = {name: value for name, value in os.environ.items() if name in wanted or name.startswith(beginnings)}
    path = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))
    return kept | QUIET | {"PYTHONPATH": path}


def passed_on_to_computing(*names: str, prefixes: tuple[str, ...] = ()) -> dict[str, str]:
    """The same for a process that computes on the device."""
    return passed_on(*names, prefixes=(*_COMPUTING_PREFIXES, *prefixes))


def caches_in(folder: Path) -> dict[str, str]:
    """Where libraries keep what they compile, or find out about the machine: here, and nowhere else."""
    here = folder.absolute()
    return {
        "XDG_CACHE_HOME": str(here),
        "CUDA_CACHE_PATH": str(here / "cuda"),
        "MPLCONFIGDIR": str(here / "matplotlib"),
        "TORCHINDUCTOR_CACHE_DIR": str(here / "torchinductor"),
        "TRITON_CACHE_DIR": str(here / "triton"),
    }


def forget_secrets() -> None:
    """For a process that has read its settings, so that those which it starts inherit none of them."""
    for name in _SECRETS:
        os.environ.pop(name, None)
