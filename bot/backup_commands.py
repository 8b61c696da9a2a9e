"""`atelier backup` and `atelier restore`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from bot.terminal import console, require_writable, said_in_one_line

if TYPE_CHECKING:
    from storage.backup.manifest import Manifest
    from storage.backup.restoring import Restored
    from storage.backup.taking import Progress as Tell
    from storage.backup.taking import Taken


def backup(
    to: Annotated[Path | None, typer.Option(help="The folder of backups; without it, one in the data folder.")] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="How many backups stay there; older ones are removed.")
    ] = None,
    is_check: Annotated[
        bool, typer.Option("--check", help="Make none; read those that are there from beginning to end.")
    ] = False,
) -> None:
    """Back up the database, the media and what belongs to them. The bot may go on running."""
    from bot import backups

    with said_in_one_line() as settings:
        place = to or backups.usual_folder(settings)
        if is_check:
            Console().print(_table(asyncio.run(backups.check(settings, place))))
            return
        require_writable(settings.data_dir)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            taken = asyncio.run(backups.back_up(settings, place, keep=keep, progress=_shown(bar)))
        for line in taken_lines(taken):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def restore(
    place: Annotated[
        Path | None, typer.Argument(metavar="FROM", help="The folder of backups; without it, that in the data folder.")
    ] = None,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Of the backup; without it, the newest.")] = None,
    over: Annotated[
        bool, typer.Option("--over", help="Move aside what is in the data folder now. Nothing is deleted.")
    ] = False,
) -> None:
    """Bring a backup back into the data folder, without what was erased since. Only while the bot is stopped."""
    from bot import backups

    with said_in_one_line() as settings:
        require_writable(settings.data_dir)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            restored = asyncio.run(
                backups.bring_back(
                    settings, place or backups.usual_folder(settings), name, over=over, progress=_shown(bar)
                )
            )
        for line in _restored_lines(restored):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def taken_lines(taken: "Taken") -> list[str]:
    """What a backup came to."""
    manifest = taken.manifest
    works = manifest.counts.get("creations", 0)
    lines = [f"{taken.folder}: {works:,} works, {len(manifest.pooled):,} files, of which {taken.added:,} are new"]
    if manifest.lost:
        more = f", and {len(manifest.lost) - 1:,} more" if len(manifest.lost) > 1 else ""
        lines.append(f"Missing or damaged in the data folder, and so not in it: {manifest.lost[0]}{more}")
    if taken.erased:
        lines.append(f"{taken.erased:,} files that were erased since are gone from the older backups")
    if taken.pruned:
        lines.append(f"{len(taken.pruned):,} older backups were removed")
    return lines


def _restored_lines(restored: "Restored") -> list[str]:
    manifest, replayed = restored.manifest, restored.replayed
    lines = [f"{restored.backup} is back, as it was at {manifest.taken_at:%Y-%m-%d %H:%M} UTC"]
    if replayed.members or replayed.works:
        lines.append(f"Erased again: {replayed.members:,} members, {replayed.works:,} single works")
    if restored.missing:
        lines.append(f"{restored.missing:,} files are not in the backup; `atelier doctor --ledger` names their works")
    if restored.aside:
        lines.append(f"What was there before lies in {restored.aside}")
    if restored.schema_aside:
        lines.append(f"The tables that were there before lie in the schema {restored.schema_aside}")
    return lines


def _table(found: "list[tuple[str, Manifest]]") -> Table:
    table = Table("backup", "why", "revision", "works", "files", "is whole")
    for name, manifest in found:
        counts = (f"{manifest.counts.get('creations', 0):,}", f"{len(manifest.pooled):,}")
        table.add_row(name, manifest.why, manifest.revision or "", *counts, "✓")
    return table


def _shown(bar: Progress) -> "Tell":
    """A line of the bar for each thing that is counted."""
    lines: dict[str, TaskID] = {}

    def tell(what: str, done: int, of: int) -> None:
        if what not in lines:
            lines[what] = bar.add_task(what, total=of)
        bar.update(lines[what], completed=done)

    return tell
