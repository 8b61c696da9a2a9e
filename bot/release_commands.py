"""`atelier release preview | make | list | verify | push`: what the curators accepted, as a dataset."""

import asyncio
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.settings import Settings
from bot.terminal import console, one_line, require_writable, said_in_one_line
from inference.contract.environment import forget_secrets
from inference.contract.errors import AtelierError
from storage.release.values import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.releasing import Tell
    from storage.release.values import TakenBack

app = typer.Typer(help="Releases: the works that curators accepted, as a dataset.", no_args_is_help=True)


class Included(StrEnum):
    """What a host may let in; see `MAY_BE_INCLUDED`."""

    PARENT_WITHOUT_CONSENT = Reason.PARENT_WITHOUT_CONSENT.value
    FROM_UPLOAD = Reason.FROM_UPLOAD.value
    LICENCE_FORBIDS = Reason.LICENCE_FORBIDS.value


class ProgressForm(StrEnum):
    """How a command says how far it is."""

    BAR = "bar"
    JSON = "json"


Server = Annotated[int | None, typer.Option(help="The server's id in Discord; not needed where there is one alone.")]
Include = Annotated[
    list[Included] | None, typer.Option(help="Let works in that are left out for this reason; the card says so.")
]
Form = Annotated[ProgressForm, typer.Option("--progress", help="A bar, or lines of JSON for another program.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a release.")]


@app.command()
def preview(server: Server = None, include: Include = None, progress: Form = ProgressForm.BAR) -> None:
    """What a release would hold now, and why other works would not be in it."""
    from bot import releasing

    with _told(progress) as (settings, tell):
        request, found = asyncio.run(releasing.preview(settings, server, _reasons(include), tell))
        if progress is ProgressForm.JSON:
            releasing.say({"preview": releasing.preview_fields(request, found)})
        else:
            Console().print(releasing.preview_table(request, found), highlight=False)


@app.command()
def make(
    out: Annotated[Path | None, typer.Option(help="The new folder; without it, one in the data folder.")] = None,
    server: Server = None,
    version: Annotated[int | None, typer.Option(min=1, help="Without it, the next one.")] = None,
    include: Include = None,
    title: Annotated[str, typer.Option(help="Of the collection.")] = "",
    contact: Annotated[str, typer.Option(help="How readers reach you; stands in the card.")] = "",
    member: Annotated[int | None, typer.Option("--by", hidden=True, help="Who asked for it, by their id.")] = None,
    progress: Form = ProgressForm.BAR,
) -> None:
    """Make a release: a folder that is whole or not there. The bot may go on running."""
    from bot import releasing

    with _told(progress) as (settings, tell):
        require_writable(settings.data_dir)
        request = releasing.Wish(
            out=out, server=server, version=version, included=_reasons(include), by=member, title=title, contact=contact
        )
        made = asyncio.run(releasing.make(settings, request, tell))
        if progress is ProgressForm.JSON:
            releasing.say({"made": releasing.made_fields(made)})
        else:
            counts = f"{made.works:,} works, {made.ratings:,} ratings, {made.pairs:,} pairs, {made.size_bytes:,} bytes"
            console.print(f"{made.folder}: version {made.version}, {counts}", highlight=False, soft_wrap=True)


@app.command("list")
def list_releases(server: Server = None) -> None:
    """The releases that were made, newest first, and what was taken back of each since."""
    from bot import releasing

    with said_in_one_line() as settings:
        table = Table("version", "made at", "works", "ratings", "pairs", "bytes")
        table.add_column("since then")
        table.add_column("folder", overflow="fold")
        for made, taken_back in asyncio.run(releasing.since(settings, server)):
            figures = (made.works, made.ratings, made.pairs, made.size_bytes)
            at = f"{made.made_at:%Y-%m-%d %H:%M} UTC"
            table.add_row(str(made.version), at, *map("{:,}".format, figures), _since(taken_back), made.folder)
        Console().print(table)


@app.command()
def verify(folder: Folder) -> None:
    """Look at every file and every row of a release, name what is not as it was made, and say who can be named."""
    from storage.release.verification import risk_told, verified

    with said_in_one_line():
        faults = 0
        for fault in verified(folder):
            faults += 1
            console.print(fault, markup=False, highlight=False, soft_wrap=True)
        found = f"{faults:,} faults" if faults else "as it was made"
        if not faults:
            console.print("\n".join(risk_told(folder)), markup=False, highlight=False, soft_wrap=True)
        console.print(f"{folder}: {found}", highlight=False, soft_wrap=True)
        if faults:
            raise typer.Exit(1)


@app.command()
def push(
    folder: Folder,
    repository: Annotated[str, typer.Argument(metavar="REPO", help="On the hub, such as owner/name.")],
    public: Annotated[bool, typer.Option("--public", help="For all to see; otherwise it is private.")] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="Also what was made from another data folder.")] = False,
) -> None:
    """Bring a release to a repository of the hub, with the token in HF_TOKEN."""
    from bot import releasing
    from bot.releasing_push import shown_push
    from storage.release.verification import first_faults

    with said_in_one_line() as settings:

        def verify(release: Path) -> "Sequence[str]":
            faults = first_faults(release)
            if not faults:
                asyncio.run(releasing.require_current(settings, release, may_be_unknown=unknown))
            return faults

        shown_push(settings, folder, repository, is_public=public, verify=verify, console=console)


def _since(found: "TakenBack | None") -> str:
    if found is None:
        return "folder not there, or broken"
    if not found.works and not found.raters:
        return "as it was"
    return f"overtaken: {found.works:,} works, {found.raters:,} raters taken back"


def _reasons(include: "list[Included] | None") -> frozenset[Reason]:
    return frozenset(Reason(one.value) for one in include or ())


@contextmanager
def _told(form: ProgressForm) -> "Iterator[tuple[Settings, Tell]]":
    """Run a command with the host's settings. Who reads JSON is told in JSON what went wrong, too."""
    from bot import releasing

    if form is ProgressForm.BAR:
        with said_in_one_line() as settings, releasing.Bars(console) as tell:
            forget_secrets()
            yield settings, tell
        return
    try:
        settings = Settings.read()
        forget_secrets()
        yield settings, releasing.tell_in_json
    except (AtelierError, OSError) as error:
        releasing.say({"error": one_line(error), "code": type(error).__name__})
        raise typer.Exit(1) from error
