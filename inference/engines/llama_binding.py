"""The few C functions of llama.cpp that decode rows of tokens, as the extension module of xllamacpp exports them."""

import ctypes
import weakref
from collections.abc import Mapping, Sequence
from ctypes import (
    POINTER,
    Structure,
    c_bool,
    c_char_p,
    c_float,
    c_int8,
    c_int32,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.contract.errors import AtelierError

_TAIL: Final = 128  # Eight bytes each: more than is left of either structure, in which we set nothing there.
_NO_GPU_LAYERS: Final = 0
_USUAL: Final = MappingProxyType(
    {"n_batch": 2048, "n_ubatch": 512, "n_seq_max": 1, "n_threads": 4, "n_threads_batch": 4}
)


class LlamaUnusableError(AtelierError):
    """xllamacpp is missing, or is not the version whose structures we know."""


class GgufUnreadableError(AtelierError):
    """llama.cpp cannot make a model of the file."""


class _ModelParams(Structure):
    _fields_ = (
        ("devices", c_void_p),
        ("tensor_buft_overrides", c_void_p),
        ("n_gpu_layers", c_int32),
        ("others", c_uint64 * _TAIL),
    )


class _ContextParams(Structure):
    _fields_ = (
        ("n_ctx", c_uint32),
        ("n_batch", c_uint32),
        ("n_ubatch", c_uint32),
        ("n_seq_max", c_uint32),
        ("n_rs_seq", c_uint32),
        ("n_outputs_max", c_uint32),
        ("n_outputs_max_per_seq", c_uint32),
        ("n_threads", c_int32),
        ("n_threads_batch", c_int32),
        ("others", c_uint64 * _TAIL),
    )


class _Batch(Structure):
    _fields_ = (
        ("n_tokens", c_int32),
        ("token", POINTER(c_int32)),
        ("embd", c_void_p),
        ("pos", POINTER(c_int32)),
        ("n_seq_id", POINTER(c_int32)),
        ("seq_id", POINTER(POINTER(c_int32))),
        ("logits", POINTER(c_int8)),
    )


_LOGGER: Final = ctypes.CFUNCTYPE(None, ctypes.c_int, c_char_p, c_void_p)
_silent: Final = _LOGGER(lambda *_: None)  # It would write to our stderr; kept, since llama.cpp keeps a pointer to it.

# Of llama.h: what each function returns and takes.
_SIGNATURES: Final[Mapping[str, tuple[Any, tuple[Any, ...]]]] = MappingProxyType(
    {
        "llama_backend_init": (None, ()),
        "llama_log_set": (None, (_LOGGER, c_void_p)),
        "llama_model_default_params": (_ModelParams, ()),
        "llama_context_default_params": (_ContextParams, ()),
        "llama_model_load_from_file": (c_void_p, (c_char_p, _ModelParams)),
        "llama_model_free": (None, (c_void_p,)),
        "llama_model_get_vocab": (c_void_p, (c_void_p,)),
        "llama_model_n_ctx_train": (c_int32, (c_void_p,)),
        "llama_model_has_encoder": (c_bool, (c_void_p,)),
        "llama_model_desc": (c_int32, (c_void_p, c_char_p, c_size_t)),
        "llama_vocab_n_tokens": (c_int32, (c_void_p,)),
        "llama_vocab_is_eog": (c_bool, (c_void_p, c_int32)),
        "llama_init_from_model": (c_void_p, (c_void_p, _ContextParams)),
        "llama_free": (None, (c_void_p,)),
        "llama_n_ctx_seq": (c_uint32, (c_void_p,)),
        "llama_n_seq_max": (c_uint32, (c_void_p,)),
        "llama_n_threads": (c_int32, (c_void_p,)),
        "llama_get_memory": (c_void_p, (c_void_p,)),
        "llama_memory_seq_rm": (c_bool, (c_void_p, c_int32, c_int32, c_int32)),
        "llama_memory_seq_cp": (None, (c_void_p, c_int32, c_int32, c_int32, c_int32)),
        "llama_decode": (c_int32, (c_void_p, _Batch)),
        "llama_get_logits_ith": (POINTER(c_float), (c_void_p, c_int32)),
    }
)


class GgufModel:
    """A GGUF file in memory, mapped from disk. Raises `LlamaUnusableError`, `GgufUnreadableError`."""

    def __init__(self, file: Path) -> None:
        self._library = _library()
        params = self._library.llama_model_default_params()
        params.n_gpu_layers = _NO_GPU_LAYERS
        self._handle = self._library.llama_model_load_from_file(str(file).encode(), params)
        if not self._handle:
            raise GgufUnreadableError(str(file))
        weakref.finalize(self, self._library.llama_model_free, self._handle)
        self._vocabulary = self._library.llama_model_get_vocab(self._handle)

    @property
    def vocabulary(self) -> int:
        return int(self._library.llama_vocab_n_tokens(self._vocabulary))

    @property
    def context_tokens(self) -> int:
        """What it was trained with."""
        return int(self._library.llama_model_n_ctx_train(self._handle))

    @property
    def is_decoder(self) -> bool:
        return not self._library.llama_model_has_encoder(self._handle)

    @property
    def kind_of_weights(self) -> str:
        """As "Q4_1" or "Q4_K - Medium"."""
        room = ctypes.create_string_buffer(128)
        self._library.llama_model_desc(self._handle, room, len(room))
        return room.value.decode(errors="replace").split(maxsplit=2)[-1]

    def is_end(self, token: int) -> bool:
        return bool(self._library.llama_vocab_is_eog(self._vocabulary, token))

    def context(self, *, rows: int, tokens: int, threads: int) -> "GgufContext":
        """Room for `rows` of `tokens` each. Raises `MemoryError`, `LlamaUnusableError`."""
        params = self._library.llama_context_default_params()
        params.n_ctx = rows * tokens
        params.n_seq_max = rows
        params.n_batch = params.n_ubatch = GgufContext.max_tokens
        params.n_threads = params.n_threads_batch = threads
        handle = self._library.llama_init_from_model(self._handle, params)
        if not handle:
            raise MemoryError
        context = GgufContext(self, self._library, handle)
        got = self._library.llama_n_seq_max(handle), self._library.llama_n_threads(handle)
        if got != (rows, threads) or self._library.llama_n_ctx_seq(handle) < tokens:
            raise LlamaUnusableError("its structures are not those that we know")
        return context


class GgufContext:
    """The keys and values of some rows, in llama.cpp's memory. Only `GgufModel.context` makes one."""

    max_tokens: Final = 128  # Of one `decode`. Twice as fast to open as with 512, and no slower.

    def __init__(self, model: GgufModel, library: Any, handle: int) -> None:
        self._model = model  # Which has to outlive its contexts.
        self._library = library
        self._handle = handle
        weakref.finalize(self, library.llama_free, handle)
        self._memory = library.llama_get_memory(handle)

    def decode(self, tokens: Sequence[int], *, rows: Sequence[int], positions: Sequence[int]) -> None:
        """Append each token to the row that stands beside it. Raises `MemoryError`, `RuntimeError`."""
        count = len(tokens)
        numbers = (c_int32 * count)(*rows)
        step = ctypes.sizeof(c_int32)
        batch = _Batch(
            n_tokens=count,
            token=(c_int32 * count)(*tokens),
            pos=(c_int32 * count)(*positions),
            n_seq_id=(c_int32 * count)(*[1] * count),
            seq_id=(POINTER(c_int32) * count)(
                *[ctypes.pointer(c_int32.from_buffer(numbers, step * place)) for place in range(count)]
            ),
            logits=(c_int8 * count)(*[_is_last(rows, place) for place in range(count)]),
        )
        match self._library.llama_decode(self._handle, batch):
            case 0:
                return
            case 1:
                raise MemoryError
            case code:
                raise RuntimeError(f"llama_decode: {code}")

    def logits(self, place: int) -> NDArray[np.float32]:
        """After the token at `place` of the last `decode`, if it was its row's last there; good until the next one."""
        found = self._library.llama_get_logits_ith(self._handle, place)
        return np.ctypeslib.as_array(found, (self._model.vocabulary,))

    def copy(self, row: int, to: int) -> None:
        """Make `to`, which must be empty, begin as `row` does."""
        self._library.llama_memory_seq_cp(self._memory, row, to, -1, -1)

    def forget(self, row: int) -> None:
        self._library.llama_memory_seq_rm(self._memory, row, -1, -1)


def version_of_library() -> str:
    """Raises `LlamaUnusableError`."""
    return str(_extension().__version__)


def _is_last(rows: Sequence[int], place: int) -> bool:
    return place + 1 == len(rows) or rows[place + 1] != rows[place]


def _extension() -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise LlamaUnusableError('the package xllamacpp is missing: pip install ".[llama]"') from error
    return xllamacpp


@cache
def _library() -> Any:
    """Raises `LlamaUnusableError`."""
    library = ctypes.CDLL(_extension().xllamacpp.__file__)
    try:
        for name, (returned, taken) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = returned, taken
    except AttributeError as error:  # Not every system's linker exports what nobody asked it to.
        raise LlamaUnusableError("its build for this system exports no functions of llama.cpp") from error
    usual = library.llama_context_default_params()
    if any(getattr(usual, name) != value for name, value in _USUAL.items()):
        raise LlamaUnusableError("its structures are not those that we know")
    library.llama_log_set(_silent, None)
    library.llama_backend_init()
    return library
