"""`atelier curate accept | reject | reopen`: decisions about many works from the host's command line."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress

from bot.terminal import console, said_in_one_line
from inference.contract.mediums import Medium
from storage.domain import Selection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.settings import Settings
    from storage.decisions import Swept
    from storage.domain import Ranked

app = typer.Typer(help="Which works are for releases, many at once.", no_args_is_help=True)

_DAYS = ["%Y-%m-%d"]
_MOMENTS = ["%Y-%m-%dT%H:%M:%S.%f"]
Server = Annotated[int | None, typer.Option(help="The server's id in Discord; not needed where there is one alone.")]
MinScore = Annotated[float | None, typer.Option(min=1, max=5, help="Only works with at least so many stars.")]
MinRaters = Annotated[int, typer.Option(min=0, help="Only works that at least so many members rated.")]
OfMedium = Annotated[Medium | None, typer.Option("--medium", help="Only works of this kind.")]
Since = Annotated[datetime | None, typer.Option(formats=_DAYS, help="From this day on, in UTC.")]
Until = Annotated[datetime | None, typer.Option(formats=_DAYS, help="Up to this day, in UTC.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count.")]


@app.command()
def accept(
    server: Server = None,
    min_score: MinScore = None,
    min_raters: MinRaters = 0,
    medium: OfMedium = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
) -> None:
    """Accept all works that wait and are like that; hidden works and near duplicates stay as they are."""
    _decide(Selection.ACCEPTED, server, _wanted(min_score, min_raters, medium, since, until), is_dry=dry_run)


@app.command()
def reject(
    server: Server = None,
    min_score: MinScore = None,
    min_raters: MinRaters = 0,
    medium: OfMedium = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
) -> None:
    """Reject all works that wait and are like that; hidden works and near duplicates stay as they are."""
    _decide(Selection.REJECTED, server, _wanted(min_score, min_raters, medium, since, until), is_dry=dry_run)


@app.command()
def reopen(
    moment: Annotated[datetime, typer.Argument(formats=_MOMENTS, help="As `accept` or `reject` told it, in UTC.")],
    server: Server = None,
) -> None:
    """Take back all that one such command decided."""
    with said_in_one_line() as settings:
        opened = asyncio.run(_reopened(settings, server, moment.replace(tzinfo=UTC)))
        console.print(f"{opened:,} works wait again", highlight=False)


def _wanted(
    min_score: float | None, min_raters: int, medium: Medium | None, since: datetime | None, until: datetime | None
) -> "Ranked":
    from bot.ui.curation import Choosing

    return Choosing(
        medium=medium,
        least_score=min_score,
        least_raters=min_raters,
        since=since.date() if since else None,
        until=until.date() if until else None,
    ).wanted()


def _decide(selection: Selection, server: int | None, wanted: "Ranked", *, is_dry: bool) -> None:
    with said_in_one_line() as settings:
        if is_dry:
            count = asyncio.run(_counted(settings, server, wanted))
            console.print(f"{count:,} works would be {selection.value}", highlight=False)
            return
        at = datetime.now(UTC)
        console.print(
            f"to take it back: atelier curate reopen {at:%Y-%m-%dT%H:%M:%S.%f}", highlight=False, soft_wrap=True
        )
        decided = asyncio.run(_decided(settings, server, wanted, selection, at))
        console.print(f"{decided:,} works {selection.value}", highlight=False)


async def _counted(settings: "Settings", server: int | None, wanted: "Ranked") -> int:
    from bot import releasing

    async with releasing.opened(settings) as storage:
        return await storage.decisions.count(await releasing.the_server(storage, server), wanted)


async def _decided(
    settings: "Settings", server: int | None, wanted: "Ranked", selection: Selection, at: datetime
) -> int:
    from bot import releasing
    from storage.decisions import Sweep

    async with releasing.opened(settings) as storage:
        sweep = Sweep(server=await releasing.the_server(storage, server), by=None, at=at)
        return await _shown(storage.decisions.decide(sweep, wanted, selection))


async def _reopened(settings: "Settings", server: int | None, moment: datetime) -> int:
    from bot import releasing
    from storage.decisions import Sweep

    async with releasing.opened(settings) as storage:
        sweep = Sweep(server=await releasing.the_server(storage, server), by=None, at=moment)
        return await _shown(storage.decisions.take_back(sweep, at=datetime.now(UTC)))


async def _shown(steps: "AsyncGenerator[Swept, None]") -> int:
    """How many works it was decided about, with a bar on the way."""
    decided = 0
    with Progress(BarColumn(), MofNCompleteColumn(), console=console) as progress:
        bar = progress.add_task("", total=None)
        async with aclosing(steps):
            async for swept in steps:
                decided = swept.decided
                progress.update(bar, completed=swept.done, total=swept.of)
    return decided
