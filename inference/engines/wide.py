"""Prompts through a bfloat16 model on a processor that cannot multiply in bfloat16: in float32, three times as fast."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import torch
from torch.overrides import TorchFunctionMode

_WORTH_IT: Final = 16  # Tokens from which widening the weights costs less than multiplying without the instructions.


class WideLinear(TorchFunctionMode):
    """Widens the operands of each linear layer for the length of its multiplication; the sums are the more exact."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func is torch.nn.functional.linear and not kwargs and is_worth_widening(args[0]):
            inputs, weight, *rest = args
            bias = rest[0].float() if rest and rest[0] is not None else None
            return torch.nn.functional.linear(inputs.float(), weight.float(), bias).to(inputs.dtype)
        return func(*args, **(kwargs or {}))


def for_prompts(device: torch.device) -> AbstractContextManager[object]:
    """The mode in which prompts go through a model on this device."""
    if device.type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported():  # noqa: SLF001 (torch offers no other way to ask)
        return nullcontext()
    return WideLinear()


def is_worth_widening(inputs: torch.Tensor) -> bool:
    return inputs.dtype is torch.bfloat16 and inputs.numel() >= _WORTH_IT * inputs.shape[-1]
