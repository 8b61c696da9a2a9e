"""The host's command line: `atelier run | doctor | backup | restore | inspect | models | db | members | …`."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot import backup_commands, logs
from bot.alone import alone
from bot.backup_commands import taken_lines
from bot.curate_commands import app as curation
from bot.progress import models_list, shown_pull, terms_table
from bot.release_commands import app as releases
from bot.settings import Settings
from bot.terminal import console, one_line, require_writable, said_in_one_line, upgraded
from inference.catalog.catalog import Catalog
from inference.catalog.errors import AcknowledgementNeededError, ModelUnsuitableError
from inference.catalog.hub import Access
from inference.catalog.model import Model
from inference.catalog.puller import is_present
from inference.catalog.record import acknowledge, needs_acknowledgement
from inference.contract.errors import ModelUnknownError
from inference.contract.identifiers import MemberId, ModelName
from storage import Storage
from storage.files import Inventory

app = typer.Typer(
    name="atelier",
    help="A self-hosted Discord bot with which a community makes, rates and releases creative works.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="The models of the catalog.", no_args_is_help=True)
db = typer.Typer(help="The database.", no_args_is_help=True)
members = typer.Typer(help="What is stored about one member.", no_args_is_help=True)
app.command()(backup_commands.backup)
app.command()(backup_commands.restore)
app.add_typer(models, name="models")
app.add_typer(db, name="db")
app.add_typer(members, name="members")
app.add_typer(curation, name="curate")
app.add_typer(releases, name="release")

MemberNumber = Annotated[int, typer.Argument(metavar="MEMBER", min=1, help="The member's id in Discord.")]


@app.command()
def run(
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Move all media files without a row to the trash, however many they are.")
    ] = False,
) -> None:
    """Serve Discord, or without a DISCORD_TOKEN the studio on this machine."""
    from bot.app import serve

    with said_in_one_line() as settings:
        logs.configure(settings)
        require_writable(settings.data_dir)
        announce = partial(console.print, soft_wrap=True, highlight=False)
        asyncio.run(serve(settings, announce=announce, may_sweep_many=sweep))


@app.command()
def doctor(
    ledger: Annotated[bool, typer.Option("--ledger", help="Look at the jobs and the files instead.")] = False,
) -> None:
    """Look at everything that the bot needs, and say what to do about what is missing. Changes nothing."""
    from bot import doctor as checks

    with said_in_one_line() as settings:
        logs.configure(settings)
        findings = asyncio.run((checks.examine_ledger if ledger else checks.examine)(settings))
        Console().print(checks.report(findings))
        if not all(finding.is_well for finding in findings):
            raise typer.Exit(1)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A PNG, JPEG or WebP, from here or anywhere.")],
) -> None:
    """Show what a picture's file says of how it was made. Whoever wrote it may have lied."""
    from bot.inspection import inspection

    with said_in_one_line():
        Console().print(inspection(file))


@models.command("list")
def list_models() -> None:
    """What the catalog has, what of it is here, and what each needs."""
    with said_in_one_line() as settings:
        catalog, folder = Catalog.load(settings.catalog), settings.models_folder
        out = Console()
        try:
            in_use = {model.name for model in catalog.in_use(settings.chosen_models)}
        except (ModelUnknownError, ModelUnsuitableError) as error:  # Who is told so comes here for a better name.
            console.print(f"[bold yellow]warning:[/] {escape(one_line(error))}", highlight=False, soft_wrap=True)
            in_use = set()
        out.print(models_list(catalog, folder, in_use=in_use, width=out.width))
        hint = "ATELIER_TEXT_MODEL=NAME and ATELIER_IMAGE_MODEL=NAME in .env choose those that are used;"
        console.print(f"{hint} docs/models.md says which is for which machine.", soft_wrap=True)


@models.command("pull")
def pull_model(
    name: Annotated[str | None, typer.Argument(help="As in `atelier models list`; without it, those in use.")] = None,
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="Agree to what the model asks for.")] = False,
) -> None:
    """Fetch a model, check it and bring it into the form that is loaded fastest. Does nothing when it is here."""
    with said_in_one_line() as settings:
        catalog, folder = Catalog.load(settings.catalog), settings.models_folder
        wanted = [catalog.get(ModelName(name))] if name else catalog.in_use(settings.chosen_models)
        require_writable(settings.data_dir)
        token = settings.hf_token.get_secret_value() if settings.hf_token else None
        for model in wanted:
            if not is_present(model, folder):
                console.print(terms_table(model), highlight=False)
                if needs_acknowledgement(model, folder):
                    _agree(model, folder, is_accepted=accept_licence)
            asyncio.run(shown_pull(model, folder, console, Access(endpoint=settings.hf_endpoint, token=token)))


def _agree(model: Model, folder: Path, *, is_accepted: bool) -> None:
    """Ask, and write the answer down. Raises `AcknowledgementNeededError` if it is no, or nobody is there to ask."""
    try:
        is_accepted = is_accepted or typer.confirm("Do you agree to this?", err=True)
    except typer.Abort:
        console.print()
    if not is_accepted:
        raise AcknowledgementNeededError(model.name)
    acknowledge(model, folder, at=datetime.now(UTC))


@db.command("upgrade")
def upgrade_database(
    without_backup: Annotated[bool, typer.Option("--without-backup", help="Make no backup first.")] = False,
) -> None:
    """Create the database, or bring it to the form that this version needs. Only while the bot is stopped.

    Where there is anything to lose, a backup is made first.
    """
    from bot import backups

    with said_in_one_line() as settings:
        require_writable(settings.data_dir)
        upgrading = backups.upgrade(settings, without_backup=without_backup, may_go_without=_may_go_without)
        upgrade, taken = asyncio.run(upgrading)
        for line in taken_lines(taken) if taken else ():
            console.print(f"Backed up before the upgrade: {line}", markup=False, highlight=False, soft_wrap=True)
        console.print(upgraded(upgrade), highlight=False)


def _may_go_without(reason: str) -> bool:
    """Ask the host whether to upgrade without a backup; where nobody can answer, that is a no."""
    if not sys.stdin.isatty():
        return False
    console.print(f"No backup can be made before the upgrade: {reason}.", markup=False, highlight=False)
    return typer.confirm("Upgrade without one?", err=True)


@db.command("adopt")
def adopt_media(
    yes: Annotated[bool, typer.Option("--yes", help="Say that the folder is to belong to this database.")] = False,
) -> None:
    """Let the media folder belong to this database, whatever it belonged to. Only while the bot is stopped."""
    with said_in_one_line() as settings:
        require_writable(settings.data_dir)
        found = asyncio.run(_adopted(settings, is_agreed=yes))
        counts = f"{found.files:,} files, of which the database knows {found.named:,}"
        console.print(f"{settings.media_folder}: {counts}", markup=False, highlight=False, soft_wrap=True)
        if not yes:
            console.print("Nothing was changed. Say --yes if the folder is to belong to this database.")
            raise typer.Exit(1)


async def _adopted(settings: Settings, *, is_agreed: bool) -> Inventory:
    async with alone(settings):
        return await Storage.adopt(settings.storage_url, media_folder=settings.media_folder, is_agreed=is_agreed)


@members.command("export")
def export_member(
    member: MemberNumber,
    out: Annotated[Path, typer.Option(help="The zip file to write.")],
) -> None:
    """Write everything about a member into a zip file, media included; the bot may go on running."""
    from bot.members import export

    with said_in_one_line() as settings:
        size_bytes = asyncio.run(export(settings, MemberId(member), out))
        console.print(f"{out}: {size_bytes:,} bytes", highlight=False)


@members.command("erase")
def erase_member(
    member: MemberNumber,
    yes: Annotated[bool, typer.Option("--yes", help="Nothing brings it back; say that you mean it.")] = False,
    messages: Annotated[bool, typer.Option(help="Also the works' messages, when the bot is started next.")] = True,
) -> None:
    """Erase a member in all servers. Only while the bot is stopped; while it runs, `/privacy` does it."""
    from bot.members import erase

    if not yes:
        console.print("Nothing was erased. Say --yes if you mean it.")
        raise typer.Exit(1)
    with said_in_one_line() as settings:
        works = asyncio.run(erase(settings, MemberId(member), takes_messages=messages))
        console.print(f"erased, and {works} works with it", highlight=False)


def main() -> None:
    """The console script."""
    if sys.platform == "win32":
        console.print("Atelier runs on Linux and macOS; on Windows use WSL.")
        sys.exit(1)
    os.umask(0o077)  # Prompts and tokens are the members' and the host's alone.
    app()
