"""Rows of tokens through one causal model, with a cache of keys and values; rows join and leave between steps."""

from collections.abc import Sequence
from typing import Any, Protocol

import torch

from inference.engines.cache import RowCache
from inference.engines.wide import for_prompts


class RowDecoder(Protocol):
    """Knows tokens and logits, and nothing of texts or jobs. Rows are numbered in the order in which they joined."""

    @property
    def rows(self) -> int: ...

    def join(self, prompt: Sequence[int], *, copies: int = 1) -> torch.Tensor:
        """Add as many rows that begin alike; returns the logits after the prompt, (copies, vocabulary) in float32."""
        ...

    def advance(self, tokens: Sequence[int]) -> torch.Tensor:
        """Append one token to every row; returns the logits after them, (rows, vocabulary) in float32."""
        ...

    def leave(self, rows: Sequence[int]) -> None:
        """Drop rows; those behind them move up."""
        ...


class Decoder:
    """Fills the port `RowDecoder` with a model of transformers."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._device = model.device
        self._cache = RowCache()
        self._lengths: list[int] = []  # Tokens in the cache, by row.

    @property
    def rows(self) -> int:
        return len(self._lengths)

    def join(self, prompt: Sequence[int], *, copies: int = 1) -> torch.Tensor:
        """The prompt goes through the model alone, so that no neighbour's length touches it."""
        cache = RowCache()
        ids = torch.tensor([prompt], device=self._device)
        positions = torch.arange(len(prompt), device=self._device)[None]
        with for_prompts(self._device):
            logits = self._forward(ids, positions, None, cache)
        cache.repeat(copies)
        if self.rows:
            self._cache.merge(cache)
        else:
            self._cache = cache
        self._lengths += [len(prompt)] * copies
        return logits.repeat(copies, 1)

    def advance(self, tokens: Sequence[int]) -> torch.Tensor:
        ids = torch.tensor(tokens, device=self._device)[:, None]
        lengths = torch.tensor(self._lengths, device=self._device)[:, None]
        width = max(self._lengths)
        mask = None
        if min(self._lengths) < width:
            mask = (torch.arange(width + 1, device=self._device)[None] >= width - lengths).long()
        logits = self._forward(ids, lengths, mask, self._cache)
        self._lengths = [length + 1 for length in self._lengths]
        return logits

    def leave(self, rows: Sequence[int]) -> None:
        kept = [row for row in range(self.rows) if row not in set(rows)]
        self._lengths = [self._lengths[row] for row in kept]
        if kept:
            self._cache.keep(torch.tensor(kept), max(self._lengths))
        else:
            self._cache = RowCache()

    def _forward(
        self, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor | None, cache: RowCache
    ) -> torch.Tensor:
        output = self._model(
            input_ids=ids,
            position_ids=positions,
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits
