"""Makes a model's folder of a GGUF file, once, in a process of its own.

`python -m inference.engines.conversion FOLDER` reads weights.gguf there, and writes the folder model and versions.json:
in the layout of transformers, since GGUF takes half a minute to load and safetensors a second. With `--as-it-is`, for
llama.cpp, the file goes there itself, beside its tokenizer, which takes seconds to read out of it.
"""

import json
import logging
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

AS_IT_IS: Final = "--as-it-is"
_WEIGHTS: Final = "weights.gguf"
_LIBRARIES: Final = ("torch", "transformers", "gguf")
_OPTIONS: Final[dict[str, Any]] = {"gguf_file": _WEIGHTS, "local_files_only": True}


def convert(folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, GgufConfig

    # Without dequantising, saving raises.
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True), **_OPTIONS
    )
    model.save_pretrained(folder / "model")
    _finish(folder)


def take_over(folder: Path) -> None:
    """Leave the weights as they are."""
    _finish(folder)
    (folder / _WEIGHTS).replace(folder / "model" / _WEIGHTS)


def _finish(folder: Path) -> None:
    from transformers import AutoTokenizer

    AutoTokenizer.from_pretrained(folder, **_OPTIONS).save_pretrained(folder / "model")
    versions = {library: version(library) for library in _LIBRARIES}
    (folder / "versions.json").write_text(json.dumps(versions), encoding="utf-8")


def main() -> None:
    """Fails with one line on stderr."""
    logging.disable(logging.WARNING)
    folder, *options = sys.argv[1:]
    try:
        (take_over if AS_IT_IS in options else convert)(Path(folder))
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}".replace("\n", " "))


if __name__ == "__main__":
    main()
