"""A pull of a model as a bar on the host's terminal."""

from pathlib import Path
from typing import assert_never

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from inference.catalog.catalog import Model
from inference.catalog.puller import Converting, Downloading, PullEvent, Ready, Verifying, is_present, pull


async def shown_pull(model: Model, folder: Path, console: Console) -> None:
    """Pull a model and show how far it is. Raises what `pull` raises."""
    if is_present(model, folder):
        console.print(f"{model.name} is here", highlight=False)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task(f"downloading {model.name}", total=None)
        await pull(model, folder, lambda event: _show(bars, bar, model, event))


def _show(bars: Progress, bar: TaskID, model: Model, event: PullEvent) -> None:
    match event:
        case Downloading(bytes=done, total=total):
            bars.update(bar, completed=done, total=total)
        case Verifying():
            bars.update(bar, description=f"checking {model.name}")
        case Converting():
            bars.update(bar, description=f"converting {model.name}, once", total=None)
        case Ready():
            bars.update(bar, description=f"{model.name} is here")
        case _:
            assert_never(event)
