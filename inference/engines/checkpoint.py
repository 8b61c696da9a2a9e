"""A causal chat model in memory, with all that has to be known of its tokenizer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from inference.catalog.catalog import FolderSource, Model
from inference.contract.errors import AtelierError, ModelMissingError
from inference.engines.ending import STOPS
from inference.engines.engine import ModelBrokenError
from inference.engines.markup import Markup, control_ids, ids_ending_in, markup_of

_LIBRARIES = ("torch", "transformers", "tokenizers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Ready to be decoded with. The masks are of shape (vocabulary,), on the model's device."""

    entry: Model
    network: Any  # Of transformers, evaluating.
    tokenizer: Any
    markup: Markup
    ends: Sequence[int]  # Tokens by which the model says that it has ended.
    forbidden: torch.Tensor  # 0, or minus infinity for control tokens other than `ends`.
    stops: torch.Tensor  # 1 for tokens that end a sentence, and for `ends`; else 0.
    context_tokens: int
    source_sha256: str
    versions: dict[str, str]

    @property
    def dtype(self) -> str:
        return str(self.network.dtype).removeprefix("torch.")

    @classmethod
    def load(cls, entry: Model, folder: Path, *, device: str, dtype: torch.dtype) -> Self:
        """Raises `ModelMissingError`, `ModelBrokenError`, `MemoryError`."""
        if not (folder / "config.json").is_file():
            raise ModelMissingError(entry.name)
        try:
            # Local files and no code of theirs: what a model's folder says is never run.
            options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
            tokenizer = AutoTokenizer.from_pretrained(folder, **options)
            network: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, use_safetensors=True, **options)
            return cls._of(entry, folder, network.to(device).eval(), tokenizer)
        except AtelierError:
            raise
        except Exception as error:  # Each of the libraries that read a model has errors of its own.
            if is_out_of_memory(error):
                raise MemoryError from error
            raise ModelBrokenError(entry.name, type(error).__name__) from error

    @classmethod
    def _of(cls, entry: Model, folder: Path, network: Any, tokenizer: Any) -> Self:
        if not tokenizer.chat_template:
            raise ModelBrokenError(entry.name, "no chat template")
        if getattr(network, "_is_stateful", False):
            raise ModelBrokenError(entry.name, "keeps a state that rows cannot share")
        ends = _ends_of(network, tokenizer)
        vocabulary = network.get_output_embeddings().weight.shape[0]
        forbidden = torch.zeros(vocabulary)
        # Rows beyond the tokenizer are padding of the weights, and spell nothing.
        forbidden[len(tokenizer) :] = -torch.inf
        forbidden[[token for token in control_ids(tokenizer) if token < vocabulary]] = -torch.inf
        stops = torch.zeros(vocabulary)
        stops[[*ids_ending_in(tokenizer, vocabulary, STOPS), *ends]] = 1.0
        forbidden[ends] = 0.0
        return cls(
            entry=entry,
            network=network,
            tokenizer=tokenizer,
            markup=markup_of(tokenizer),
            ends=ends,
            forbidden=forbidden.to(network.device),
            stops=stops.to(network.device),
            context_tokens=min(entry.context_tokens, network.config.max_position_embeddings),
            source_sha256=_sha256_of(entry, folder),
            versions={library: version(library) for library in _LIBRARIES},
        )


def folder_of(entry: Model, models: Path) -> Path:
    """Where the model's files are, pulled or provided."""
    return entry.source.path if isinstance(entry.source, FolderSource) else models / entry.name


def is_out_of_memory(error: BaseException) -> bool:
    """On a device torch has a type for it, in the machine's own memory only a message."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _ends_of(network: Any, tokenizer: Any) -> list[int]:
    configured = network.generation_config.eos_token_id
    ends = {*(configured if isinstance(configured, list) else [configured]), tokenizer.eos_token_id}
    return sorted(token for token in ends if token is not None)


def _sha256_of(entry: Model, folder: Path) -> str:
    """The sum that the puller verified, or the catalog's."""
    try:
        marker = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        return str(marker["source_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return entry.source_sha256
