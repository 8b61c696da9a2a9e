"""Which models are in memory: no more than the budget allows, the least recently used leaves first."""

import gc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from inference.contract.identifiers import ModelName

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class _Resident(Generic[T]):
    model: T
    memory_gib: float
    holders: int = 0


class Residency(Generic[T]):
    """Holds loaded models of type T within `budget_gib`. A model alone may exceed it; one in use never leaves.

    `loading` and `loaded` may be read from another thread.
    """

    def __init__(self, *, budget_gib: float) -> None:
        self.budget_gib = budget_gib
        self._residents: OrderedDict[ModelName, _Resident[T]] = OrderedDict()  # The least recently used first.
        self.loading: ModelName | None = None

    @property
    def loaded(self) -> tuple[ModelName, ...]:
        return tuple(self._residents.copy())

    def has_room(self, name: ModelName, memory_gib: float) -> bool:
        """Whether `hold` could keep to the budget by evicting models that nobody holds."""
        held = [resident for resident in self._residents.values() if resident.holders]
        if name in self._residents or not held:
            return True
        return sum(resident.memory_gib for resident in held) + memory_gib <= self.budget_gib

    def evict_idle(self) -> bool:
        """Let go of every model that nobody holds; whether there was one."""
        idle = [name for name, resident in self._residents.items() if not resident.holders]
        for name in idle:
            del self._residents[name]
        gc.collect()
        return bool(idle)

    @contextmanager
    def hold(self, name: ModelName, memory_gib: float, load: Callable[[], T]) -> Iterator[T]:
        """The model, loaded if need be, kept in memory for the length of the block. Raises what `load` raises."""
        resident = self._residents.get(name) or self._load(name, memory_gib, load)
        self._residents.move_to_end(name)
        resident.holders += 1
        try:
            yield resident.model
        finally:
            resident.holders -= 1

    def _load(self, name: ModelName, memory_gib: float, load: Callable[[], T]) -> _Resident[T]:
        self._evict(memory_gib)
        self.loading = name
        try:
            resident = _Resident(model=load(), memory_gib=memory_gib)
        finally:
            self.loading = None
        self._residents[name] = resident
        return resident

    def _evict(self, memory_gib: float) -> None:
        used = sum(resident.memory_gib for resident in self._residents.values())
        idle = [name for name, resident in self._residents.items() if not resident.holders]
        for name in idle:
            if used + memory_gib <= self.budget_gib:
                break
            used -= self._residents.pop(name).memory_gib
            gc.collect()  # Modules sit in reference cycles; their memory is wanted now.
