"""A cache of keys and values whose rows come and go, and which grows by chunks instead of being copied every token."""

from typing import Any, Final, Self, cast

import torch
from transformers.cache_utils import Cache, CacheLayerMixin

_CHUNK: Final = 256  # Tokens by which the buffers grow.


class RowLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]  # Its `__init_subclass__` is untyped.
    """One layer: buffers of shape (rows, heads, capacity, size), of which the first `length` columns are in use.

    Rows are aligned at their last token; a shorter row has zeros before its first, which the attention mask hides.
    """

    is_sliding = False
    is_croppable = False

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Untyped in the library.
        self.length = 0
        self.key_room = self.value_room = torch.empty(0)

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        rows = len(key_states)
        self.key_room, self.value_room = _room(key_states, rows, 0), _room(value_states, rows, 0)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_args: Any, **_kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append the states of new tokens to every row; returns all that are in use."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start, end = self.length, self.length + key_states.shape[-2]
        if end > self.key_room.shape[-2]:
            self.key_room = _moved(self.key_room[:, :, :start], end)
            self.value_room = _moved(self.value_room[:, :, :start], end)
        self.key_room[:, :, start:end] = key_states
        self.value_room[:, :, start:end] = value_states
        self.length = end
        return self.key_room[:, :, :end], self.value_room[:, :, :end]

    def merge(self, other: "RowLayer") -> None:
        """Add the rows of another layer below these."""
        self.key_room = _stacked(self.key_room[:, :, : self.length], other.key_room[:, :, : other.length])
        self.value_room = _stacked(self.value_room[:, :, : self.length], other.value_room[:, :, : other.length])
        self.length = max(self.length, other.length)

    def repeat(self, copies: int) -> None:
        """Make this layer's one row as many."""
        self.key_room = self.key_room.repeat(copies, 1, 1, 1)
        self.value_room = self.value_room.repeat(copies, 1, 1, 1)

    def keep(self, rows: torch.Tensor, length: int) -> None:
        """Drop all other rows, and the columns before the last `length`, which no kept row uses."""
        rows, start = rows.to(self.key_room.device), self.length - length
        self.key_room = _moved(self.key_room[rows, :, start : self.length], length)
        self.value_room = _moved(self.value_room[rows, :, start : self.length], length)
        self.length = length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        return self.length

    def get_max_length(self) -> int:
        return -1


class RowCache(Cache):
    """The cache of a whole model."""

    def __init__(self) -> None:
        super().__init__(layer_class_to_replicate=RowLayer)

    def merge(self, other: Self) -> None:
        for mine, theirs in zip(self._rows(), other._rows(), strict=True):
            mine.merge(theirs)

    def repeat(self, copies: int) -> None:
        if copies > 1:
            for layer in self._rows():
                layer.repeat(copies)

    def keep(self, rows: torch.Tensor, length: int) -> None:
        for layer in self._rows():
            layer.keep(rows, length)

    def _rows(self) -> list[RowLayer]:
        return cast("list[RowLayer]", self.layers)


def _room(like: torch.Tensor, rows: int, length: int) -> torch.Tensor:
    """Zeros, not uninitialised memory: a hidden column is weighed with 0, and 0 times NaN is NaN."""
    capacity = -(-length // _CHUNK) * _CHUNK
    return like.new_zeros((rows, like.shape[1], capacity, like.shape[3]))


def _moved(states: torch.Tensor, length: int) -> torch.Tensor:
    """A copy with room for `length` columns at least."""
    room = _room(states, len(states), length)
    room[:, :, : states.shape[2]] = states
    return room


def _stacked(upper: torch.Tensor, lower: torch.Tensor) -> torch.Tensor:
    """Both, aligned at their last columns."""
    length = max(upper.shape[2], lower.shape[2])
    room = _room(upper, len(upper) + len(lower), length)
    room[: len(upper), :, length - upper.shape[2] : length] = upper
    room[len(upper) :, :, length - lower.shape[2] : length] = lower
    return room
