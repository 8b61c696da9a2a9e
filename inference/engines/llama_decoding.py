"""Rows of tokens through a GGUF model: the same steps as `decoding.Decoder`, in memory that llama.cpp keeps."""

from collections.abc import Sequence

import numpy as np
import torch

from inference.engines.llama_binding import GgufContext, GgufModel


class LlamaNetwork:
    """A model with the contexts that nobody uses: to open one takes a second, mostly to fill its memory with zeros."""

    def __init__(self, model: GgufModel, *, max_rows: int, context_tokens: int) -> None:
        self.max_rows = max_rows
        self._model = model
        self._context_tokens = context_tokens
        self._idle = [self._opened()]

    def borrow(self) -> GgufContext:
        """An empty context. One that is not handed back is freed with the last reference to it."""
        return self._idle.pop() if self._idle else self._opened()

    def hand_back(self, context: GgufContext) -> None:
        """Take an empty context back; one is kept."""
        if not self._idle:
            self._idle.append(context)

    def _opened(self) -> GgufContext:
        return self._model.context(rows=self.max_rows, tokens=self._context_tokens, threads=torch.get_num_threads())


class LlamaDecoder:
    """Fills the port `RowDecoder`."""

    def __init__(self, network: LlamaNetwork) -> None:
        self._network = network
        self._context: GgufContext | None = None  # Borrowed while there are rows.
        self._places: list[int] = []  # Where each row is in the context.
        self._lengths: list[int] = []  # Tokens in the context, by row.

    @property
    def rows(self) -> int:
        return len(self._places)

    def join(self, prompt: Sequence[int], *, copies: int = 1) -> torch.Tensor:
        """The prompt goes through the model alone, as in `Decoder`."""
        if self._context is None:
            self._context = self._network.borrow()
        free = sorted(set(range(self._network.max_rows)) - set(self._places))
        place, *others = free[:copies]
        piece: Sequence[int] = ()
        for start in range(0, len(prompt), GgufContext.max_tokens):
            piece = prompt[start : start + GgufContext.max_tokens]
            self._context.decode(piece, rows=[place] * len(piece), positions=range(start, start + len(piece)))
        for other in others:
            self._context.copy(place, other)
        self._places += [place, *others]
        self._lengths += [len(prompt)] * copies
        return _logits(self._context, [len(piece) - 1]).repeat(copies, 1)

    def advance(self, tokens: Sequence[int]) -> torch.Tensor:
        assert self._context is not None
        self._context.decode(tokens, rows=self._places, positions=self._lengths)
        self._lengths = [length + 1 for length in self._lengths]
        return _logits(self._context, range(len(tokens)))

    def leave(self, rows: Sequence[int]) -> None:
        if self._context is None:
            return
        for row in rows:
            self._context.forget(self._places[row])
        kept = [row for row in range(self.rows) if row not in set(rows)]
        self._places = [self._places[row] for row in kept]
        self._lengths = [self._lengths[row] for row in kept]
        if not kept:
            self._network.hand_back(self._context)
            self._context = None


def _logits(context: GgufContext, places: Sequence[int]) -> torch.Tensor:
    return torch.from_numpy(np.stack([context.logits(place) for place in places]))
