"""The catalog's models on the host's terminal: what is to know of each, and a pull as a bar."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, assert_never

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.measure import Measurement
from rich.padding import Padding
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from inference.catalog.catalog import Catalog
from inference.catalog.hub import THE_HUB, Access
from inference.catalog.model import Model
from inference.catalog.puller import is_present, pull
from inference.catalog.record import needs_acknowledgement
from inference.catalog.sources import BuiltinSource, FolderSource, HubSource, PartsSource, WheelSource, WheelsSource
from inference.catalog.workplace import Converting, Downloading, PullEvent, Ready, Verifying, bytes_begun
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium

_HEADINGS: Final = ("model", "here", "medium", "languages", "to fetch", "memory", "licence", "agreed to", "from")
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


def models_list(catalog: Catalog, folder: Path, *, in_use: Collection[ModelName], width: int) -> RenderableType:
    """All models and what each needs: a table where one fits, else a paragraph each. No name is ever cut."""
    table = Table(*_HEADINGS)
    for model in catalog:
        name, *facts = _facts_of(model, folder, is_in_use=model.name in in_use)
        table.add_row(name, *map(escape, facts))
    if _natural_width(table) <= width:
        return table
    return Group(*(_paragraph(model, folder, is_in_use=model.name in in_use) for model in catalog))


def _natural_width(table: Table) -> int:
    """How wide the table is when nothing in it is folded."""
    return Measurement.get(console := Console(width=1000), console.options, table).maximum


def _facts_of(model: Model, folder: Path, *, is_in_use: bool) -> Sequence[str]:
    """In the order of `_HEADINGS`."""
    agreed = "no" if needs_acknowledgement(model, folder) else "yes"
    return (
        f"{model.name} (in use)" if is_in_use else model.name,
        presence_of(model, folder),
        model.medium,
        ", ".join(model.languages) or "any",
        size_of(model),
        f"{model.memory_gib:g} GiB",
        model.licence,
        agreed if model.acknowledgement else "not asked",
        origin_of(model),
    )


def _paragraph(model: Model, folder: Path, *, is_in_use: bool) -> RenderableType:
    name, *facts = _facts_of(model, folder, is_in_use=is_in_use)
    about = "; ".join(f"{heading}: {fact}" for heading, fact in zip(_HEADINGS[1:], facts, strict=True))
    return Group(Text(name, style="bold", overflow="ignore", no_wrap=True), Padding(Text(about), (0, 0, 0, 2)))


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
