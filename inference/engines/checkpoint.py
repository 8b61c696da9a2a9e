"""A causal chat model in memory, with all that has to be known of its tokenizer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from inference.catalog.errors import PullError
from inference.catalog.model import Model
from inference.catalog.vetting import CONFIG, vet
from inference.contract.errors import AtelierError, ModelMissingError
from inference.engines.chat import Chat
from inference.engines.decoding import Decoder, RowDecoder
from inference.engines.ending import STOPS
from inference.engines.engine import ModelBrokenError
from inference.engines.folders import source_sha256_of
from inference.engines.markup import Markup, control_ids, ids_ending_in, markup_of

_LIBRARIES = ("torch", "transformers", "tokenizers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """What turns tokens into logits, and what it tells of itself."""

    engine: str
    device: torch.device
    dtype: str
    vocabulary: int  # Logits for each token.
    ends: Sequence[int]  # Tokens by which the model says that it has ended.
    context_tokens: int
    libraries: Sequence[str]  # Whose versions belong to the recipe.
    open_decoder: Callable[[], RowDecoder]  # Without any row.


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Ready to be decoded with. The masks are of shape (vocabulary,), on the backend's device."""

    entry: Model
    backend: Backend
    tokenizer: Any  # Of transformers.
    chat: Chat
    markup: Markup
    forbidden: torch.Tensor  # 0, or minus infinity for control tokens other than `ends`.
    stops: torch.Tensor  # 1 for tokens that end a sentence, and for `ends`; else 0.
    context_tokens: int
    source_sha256: str
    versions: dict[str, str]

    @property
    def ends(self) -> Sequence[int]:
        return self.backend.ends

    @classmethod
    def load(cls, entry: Model, folder: Path, *, device: str, dtype: torch.dtype) -> Self:
        """Raises `ModelMissingError`, `ModelBrokenError`, `MemoryError`."""
        if not (folder / CONFIG).is_file():
            raise ModelMissingError(entry.name)
        try:
            vet(entry.name, folder, entry.architecture)
            # Local files and no code of theirs: what a model's folder says is never run.
            options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
            tokenizer = AutoTokenizer.from_pretrained(folder, **options)
            network: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, use_safetensors=True, **options)
            return cls.assembled(entry, folder, _backend_of(entry, network.to(device).eval(), tokenizer), tokenizer)
        except PullError as error:
            raise ModelBrokenError(entry.name, str(error)) from error
        except AtelierError:
            raise
        except Exception as error:  # Each of the libraries that read a model has errors of its own.
            if is_out_of_memory(error):
                raise MemoryError from error
            raise ModelBrokenError(entry.name, type(error).__name__) from error

    @classmethod
    def assembled(cls, entry: Model, folder: Path, backend: Backend, tokenizer: Any) -> Self:
        """With what the tokenizer tells. Raises `ModelBrokenError`."""
        if not tokenizer.chat_template:
            raise ModelBrokenError(entry.name, "no chat template")
        ends, vocabulary = list(backend.ends), backend.vocabulary
        forbidden = torch.zeros(vocabulary)
        # Rows beyond the tokenizer are padding of the weights, and spell nothing.
        forbidden[len(tokenizer) :] = -torch.inf
        forbidden[[token for token in control_ids(tokenizer) if token < vocabulary]] = -torch.inf
        stops = torch.zeros(vocabulary)
        stops[[*ids_ending_in(tokenizer, vocabulary, STOPS), *ends]] = 1.0
        forbidden[ends] = 0.0
        return cls(
            entry=entry,
            backend=backend,
            tokenizer=tokenizer,
            chat=Chat(tokenizer, entry.template_arguments),
            markup=markup_of(tokenizer),
            forbidden=forbidden.to(backend.device),
            stops=stops.to(backend.device),
            context_tokens=min(entry.context_tokens, backend.context_tokens),
            source_sha256=source_sha256_of(entry, folder),
            versions={library: version(library) for library in backend.libraries},
        )


def is_out_of_memory(error: BaseException) -> bool:
    """On a device torch has a type for it, in the machine's own memory only a message."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _backend_of(entry: Model, network: Any, tokenizer: Any) -> Backend:
    if getattr(network, "_is_stateful", False):
        raise ModelBrokenError(entry.name, "keeps a state that rows cannot share")
    return Backend(
        engine="transformers",
        device=network.device,
        dtype=str(network.dtype).removeprefix("torch."),
        vocabulary=network.get_output_embeddings().weight.shape[0],
        ends=_ends_of(network, tokenizer),
        context_tokens=network.config.max_position_embeddings,
        libraries=_LIBRARIES,
        open_decoder=lambda: Decoder(network),
    )


def _ends_of(network: Any, tokenizer: Any) -> list[int]:
    configured = network.generation_config.eos_token_id
    ends = {*(configured if isinstance(configured, list) else [configured]), tokenizer.eos_token_id}
    return sorted(token for token in ends if token is not None)
