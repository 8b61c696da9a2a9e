"""Turns a GGUF file into a folder of transformers, once: GGUF takes half a minute to load, safetensors a second.

`python -m inference.engines.conversion FOLDER` reads weights.gguf there, and writes the folder model and versions.json.
"""

import json
import logging
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

_LIBRARIES: Final = ("torch", "transformers", "gguf")


def convert(folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    options: dict[str, Any] = {"gguf_file": "weights.gguf", "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(folder, **options)
    # Without dequantising, saving raises.
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True), **options
    )
    model.save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    versions = {library: version(library) for library in _LIBRARIES}
    (folder / "versions.json").write_text(json.dumps(versions), encoding="utf-8")


def main() -> None:
    """Fails with one line on stderr."""
    logging.disable(logging.WARNING)
    try:
        convert(Path(sys.argv[1]))
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}".replace("\n", " "))


if __name__ == "__main__":
    main()
