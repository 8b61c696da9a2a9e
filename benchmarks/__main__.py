"""`python -m benchmarks`: measure, show tables, and write them down."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import typer
from rich.console import Console

from benchmarks import (
    burst,
    history,
    latency,
    llama,
    memory,
    pictures,
    pictures_memory,
    pictures_wait,
    reactions,
    recovery,
    releases,
    standings,
    studio_page,
    throughput,
)
from benchmarks.machine import machine
from benchmarks.neighbours import watched
from benchmarks.report import PAGE, page
from benchmarks.table import Table
from benchmarks.workplace import Workplace

Figure = Callable[..., Awaitable[Table]]

FIGURES: Final[Mapping[str, Figure]] = MappingProxyType(
    {
        "throughput": throughput.run,
        "llama": llama.run,
        "latency": latency.run,
        "memory": memory.run,
        "pictures": pictures.run,
        "pictures-memory": pictures_memory.run,
        "pictures-wait": pictures_wait.run,
        "history": history.run,
        "studio-page": studio_page.run,
        "recovery": recovery.run,
        "reactions": reactions.run,
        "burst": burst.run,
        "standings": standings.run,
        "releases": releases.run,
    }
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=True)


@app.command()
def measure(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(FIGURES)}; without any, all of them.", show_default=False)
    ] = None,
    *,
    quick: Annotated[bool, typer.Option(help="Less of everything, in two minutes.")] = False,
    date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Of the page; else today.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The page whose tables to renew. Without it docs/benchmarks.md, if all was measured and not quickly."
        ),
    ] = None,
) -> None:
    """Measure on this machine, show the tables, and write them down."""
    chosen = names or list(FIGURES)
    if unknown := [name for name in chosen if name not in FIGURES]:
        raise typer.BadParameter(f"no benchmark {unknown[0]!r}; there are {', '.join(FIGURES)}")
    tables = asyncio.run(_measure(chosen, is_quick=quick))
    if out is None and set(chosen) == set(FIGURES) and not quick:
        out = PAGE
    if out is not None:
        day = (date or datetime.now().astimezone()).date()
        earlier = out.read_text(encoding="utf-8") if out.exists() else ""
        out.write_text(page(tables, on=day, earlier=earlier), encoding="utf-8")
        console.print(f"written to {out}", highlight=False)


async def _measure(names: Sequence[str], *, is_quick: bool) -> Sequence[Table]:
    """The machine's table, and one for each figure; each is shown as soon as it is there."""
    workplace = await Workplace.prepared(console)
    tables = [machine()]
    for name in names:
        with watched() as neighbours:
            table = await FIGURES[name](workplace, is_quick=is_quick)
        table = table.with_note(f"Other programs took {neighbours.cores:.2f} cores meanwhile.")
        Console().print(table.for_terminal())
        tables.append(table)
    return tables


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
