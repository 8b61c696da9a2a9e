"""Fill a data folder with a simulated community."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from benchmarks.community.filling import fill

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=True)


@app.command()
def community(
    works: Annotated[int, typer.Option(min=1, help="How many works were made.")],
    raters: Annotated[int, typer.Option(min=2, help="How many members rate; the authors are among them.")],
    out: Annotated[Path, typer.Option(help="The data folder, which must not have a database yet.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same community.")] = 7,
) -> None:
    """Make works of known quality and raters of known taste, for `ATELIER_DATA_DIR`; `truth.npz` in it is the truth."""
    if (out / "atelier.db").exists():
        raise typer.BadParameter(f"{out} has a database already")
    with Progress(console=console) as progress:
        bar = progress.add_task("works", total=works)
        asyncio.run(
            fill(out, works=works, raters=raters, seed=seed, told=lambda done: progress.update(bar, completed=done))
        )
    console.print(f"{out}: {works:,} works, {raters:,} raters", highlight=False)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks.community")
