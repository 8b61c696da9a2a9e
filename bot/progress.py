"""The catalog's models on the host's terminal: what is to know of each, and a pull as a bar."""

from pathlib import Path
from typing import Final, assert_never

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from inference.catalog.hub import THE_HUB, Access
from inference.catalog.model import Model
from inference.catalog.puller import is_present, pull
from inference.catalog.sources import BuiltinSource, FolderSource, HubSource, PartsSource, WheelSource, WheelsSource
from inference.catalog.workplace import Converting, Downloading, PullEvent, Ready, Verifying, bytes_begun
from inference.contract.mediums import Medium

_WITH: Final = {Medium.TEXT: ", with the longest texts in a full batch", Medium.IMAGE: ", with a picture under way"}


async def shown_pull(model: Model, folder: Path, console: Console, access: Access = THE_HUB) -> None:
    """Pull a model and show how far it is. Raises what `pull` raises."""
    if is_present(model, folder):
        console.print(f"{model.name} is here", highlight=False)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task(f"downloading {model.name}", total=None)
        await pull(model, folder, lambda event: _show(bars, bar, model, event), access=access)


def presence_of(model: Model, models: Path) -> str:
    """Whether the model is here, or how much of it."""
    if is_present(model, models):
        return "yes"
    begun = bytes_begun(model.name, models)
    if begun and model.download_bytes:
        return f"{min(99, 100 * begun // model.download_bytes)} %"
    return "no"


def size_of(model: Model) -> str:
    """What a pull fetches."""
    if not model.download_bytes:
        return "-" if isinstance(model.source, BuiltinSource | FolderSource) else "?"
    size = model.download_bytes / 1e9
    return f"{size:.1f} GB" if size >= 1 else f"{1000 * size:.0f} MB"


def origin_of(model: Model) -> str:
    """Where a model comes from."""
    match model.source:
        case WheelSource(package=package, version=version):
            return f"PyPI: {package} {version}"
        case WheelsSource(wheels=wheels):
            return f"PyPI: {wheels[0].package} and {len(wheels) - 1} more"
        case PartsSource(package=package, version=version, beside=beside):
            return f"PyPI: {package} {version}{', and Atelier itself' if beside else ''}"
        case HubSource(repository=repository):
            adapters = [adapter.source.repository for adapter in model.adapters]
            return f"hub: {', '.join([repository, *adapters])}"
        case FolderSource(path=path):
            return f"folder: {path}"
        case BuiltinSource():
            return "built in"
        case _:
            assert_never(model.source)


def terms_table(model: Model) -> Table:
    """What a host ought to know before a model comes here."""
    table = Table.grid(padding=(0, 2))
    for label, fact in (
        ("model", model.title),
        ("from", origin_of(model)),
        ("licence", model.licence),
        ("to fetch", size_of(model)),
        ("memory", f"{model.memory_gib:g} GiB{_WITH[model.medium]}"),
        ("languages", ", ".join(model.languages) or "any"),
        ("about", model.notes.replace("\n", " ")),
        ("to agree to", model.acknowledgement.replace("\n", " ")),
    ):
        if fact:
            table.add_row(label, escape(fact))
    return table


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
