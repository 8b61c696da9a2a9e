"""Which device an engine works on, and what torch tells of it."""

from dataclasses import replace

from inference.hardware import Hardware, processor


def device_of(wish: str) -> str:
    """The device that the host wishes for; of `auto` the best that torch finds."""
    if wish != "auto":
        return wish
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


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
