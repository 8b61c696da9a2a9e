"""The text engine over llama.cpp: GGUF files as they are, on the processor, for hosts without a GPU."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoTokenizer

from inference.catalog.errors import PullError
from inference.catalog.model import Model
from inference.catalog.vetting import vet_code
from inference.contract.errors import AtelierError, ModelMissingError
from inference.engines.checkpoint import Backend, Checkpoint
from inference.engines.engine import ModelBrokenError
from inference.engines.llama_binding import GgufModel, GgufUnreadableError, LlamaUnusableError
from inference.engines.llama_decoding import LlamaDecoder, LlamaNetwork
from inference.engines.markup import control_ids
from inference.engines.shelf import Shelf
from inference.engines.text import TextEngine

WEIGHTS: Final = "weights.gguf"
_LIBRARIES: Final = ("torch", "transformers", "tokenizers", "xllamacpp")


class LlamaEngine(TextEngine):
    """Differs from its base in what computes: rows, chances, lengths and endings are the same."""

    name = "llama"

    def __init__(
        self,
        *,
        shelf: Shelf,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(shelf=shelf, device="cpu", clock=clock)

    def _loaded(self, entry: Model, folder: Path) -> Checkpoint:
        return load(entry, folder, max_rows=self.max_rows)


def load(entry: Model, folder: Path, *, max_rows: int) -> Checkpoint:
    """Raises `ModelMissingError`, `ModelBrokenError`, `MemoryError`."""
    if not (folder / WEIGHTS).is_file():
        raise ModelMissingError(entry.name)
    try:
        vet_code(entry.name, folder)
        model = GgufModel(folder / WEIGHTS)
        if not model.is_decoder:
            raise ModelBrokenError(entry.name, "has an encoder")
        tokenizer = _tokenizer_in(folder)
        return Checkpoint.assembled(entry, folder, _backend_of(entry, model, tokenizer, max_rows), tokenizer)
    except GgufUnreadableError as error:
        raise ModelBrokenError(entry.name, f"llama.cpp cannot read {WEIGHTS}") from error
    except LlamaUnusableError as error:
        raise ModelBrokenError(entry.name, str(error)) from error
    except PullError as error:
        raise ModelBrokenError(entry.name, str(error)) from error
    except (AtelierError, MemoryError):
        raise
    except Exception as error:  # Each way to read a tokenizer has errors of its own.
        raise ModelBrokenError(entry.name, type(error).__name__) from error


def _backend_of(entry: Model, model: GgufModel, tokenizer: Any, max_rows: int) -> Backend:
    tokens = min(entry.context_tokens, model.context_tokens)
    network = LlamaNetwork(model, max_rows=max_rows, context_tokens=tokens)
    return Backend(
        engine=LlamaEngine.name,
        device=torch.device("cpu"),
        dtype=model.kind_of_weights,
        vocabulary=model.vocabulary,
        ends=_ends_of(model, tokenizer),
        context_tokens=tokens,
        libraries=_LIBRARIES,
        open_decoder=lambda: LlamaDecoder(network),
    )


def _tokenizer_in(folder: Path) -> Any:
    """The one that the puller took out of the GGUF file; without it, which takes seconds, the one inside."""
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    if not (folder / "tokenizer.json").is_file():
        options["gguf_file"] = WEIGHTS
    return AutoTokenizer.from_pretrained(folder, **options)


def _ends_of(model: GgufModel, tokenizer: Any) -> Sequence[int]:
    """What llama.cpp takes for the end of a turn, by the file and by name, and what the tokenizer does."""
    ends = {token for token in control_ids(tokenizer) if token < model.vocabulary and model.is_end(token)}
    if tokenizer.eos_token_id is not None:
        ends.add(tokenizer.eos_token_id)
    return sorted(ends)
