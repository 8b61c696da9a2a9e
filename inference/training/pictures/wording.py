"""The states that the denoiser reads a prompt from, as diffusers' pipeline makes them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

_BATCH: Final = 64


class Wording:
    """A frozen text encoder that remembers what it has read."""

    def __init__(self, tokenizer: Any, encoder: Any) -> None:
        self.tokenizer = tokenizer
        self.encoder = encoder
        self._known: dict[str, Tensor] = {}

    @classmethod
    def of(cls, folder: Path) -> Self:
        """From the folders `tokenizer` and `text_encoder` of a model in diffusers' layout."""
        tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
        encoder = AutoModel.from_pretrained(folder / "text_encoder").float().eval()
        return cls(tokenizer, encoder)

    @property
    def vocabulary(self) -> Mapping[str, int]:
        found: Mapping[str, int] = self.tokenizer.get_vocab()
        return found

    def states(self, texts: Sequence[str]) -> Tensor:
        """Shape (len(texts), tokens, width). The denoiser sees the padding's states too: the pipeline masks none."""
        unknown = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(unknown), _BATCH):
            self._read(unknown[start : start + _BATCH])
        return torch.stack([self._known[text] for text in texts]).float()

    def _read(self, texts: Sequence[str]) -> None:
        read = self.tokenizer(list(texts), padding="max_length", truncation=True, return_tensors="pt")
        with torch.no_grad():
            states = self.encoder(read.input_ids, attention_mask=read.attention_mask)[0]
        self._known.update(zip(texts, states.half(), strict=True))
