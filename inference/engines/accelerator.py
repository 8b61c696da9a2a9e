"""Which device an engine works on, and what torch tells of it."""

import sys
import warnings
from dataclasses import replace

from inference.cards import TorchBuild, cards_of, passed_over, unused
from inference.contract.errors import AtelierError
from inference.contract.outage import Cause, Outage
from inference.hardware import Hardware, processor


class DeviceUnusableError(AtelierError):
    """The device that the host asked for cannot be used."""

    def __init__(self, outage: Outage) -> None:
        super().__init__(outage.reason)
        self.outage = outage


def device_of(wish: str) -> str:
    """The device that the host wishes for; of `auto` the best that torch finds. Raises `DeviceUnusableError`."""
    match wish:
        case "cpu":
            return wish
        case "mps":
            if not _has_mps():
                reason = "torch finds no graphics processor of Apple's"
                raise DeviceUnusableError(Outage(cause=Cause.CARD_MISSING, reason=reason))
            return wish
        case "cuda":
            if outage := unused(cards_of(), torch_build()):
                raise DeviceUnusableError(outage)
            return wish
        case _ if torch_build().sees_card:
            return "cuda"
        case _:
            return "mps" if _has_mps() else "cpu"


def passed_over_by(device: str) -> Outage | None:
    """Why a card is present and the engines, which chose `device` themselves, run without; None: they do not."""
    if device != "cpu" or "torch" not in sys.modules:
        return None
    return passed_over(cards_of(), torch_build())


def torch_build() -> TorchBuild:
    import torch

    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        sees_card = torch.cuda.is_available()
    return TorchBuild(
        version=torch.__version__,
        cuda=torch.version.cuda or torch.version.hip,
        sees_card=sees_card,
        complaint=" ".join(str(complaint.message) for complaint in complaints),
    )


def _has_mps() -> bool:
    import torch

    return torch.backends.mps.is_available()


def hardware_of(device: str) -> Hardware:
    """Name and memory of `cpu`, `cuda` or `mps`. Raises what the driver raises."""
    match device:
        case "cuda":
            import torch

            chip = torch.cuda.get_device_properties(0)
            return Hardware(
                name=chip.name,
                capability=f"{chip.major}.{chip.minor}",
                total_bytes=chip.total_memory,
                free_bytes=free_bytes(device),
            )
        case "mps":
            import torch

            # Its memory is the machine's, of which it takes no more than this.
            return replace(processor(), total_bytes=torch.mps.recommended_max_memory(), free_bytes=free_bytes(device))
        case _:
            return processor()


def free_bytes(device: str) -> int | None:
    """Of the device's own memory, whoever took the rest; None where it has none. Raises what the driver raises."""
    match device:
        case "cuda":
            import torch

            return torch.cuda.mem_get_info(0)[0]
        case "mps":
            import torch

            return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        case _:
            return None
