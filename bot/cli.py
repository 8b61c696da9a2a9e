"""The host's command line: `atelier run | doctor | models | db`."""

import asyncio
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import discord
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot import logs
from bot.progress import shown_pull
from bot.settings import Settings
from inference.catalog.catalog import Catalog
from inference.catalog.puller import is_present
from inference.contract.errors import AtelierError, ModelMissingError, ModelUnknownError
from inference.contract.identifiers import ModelName
from storage import SchemaNewerError, SchemaOutdatedError, Storage

app = typer.Typer(
    name="atelier",
    help="A self-hosted Discord bot with which a community makes, rates and releases creative works.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="The models of the catalog.", no_args_is_help=True)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(models, name="models")
app.add_typer(db, name="db")

console = Console(stderr=True)


@app.command()
def run() -> None:
    """Serve Discord, or without a DISCORD_TOKEN the studio on this machine."""
    from bot.app import serve

    with _said_in_one_line() as settings:
        logs.configure(settings)
        require_writable(settings.data_dir)
        asyncio.run(serve(settings, announce=lambda line: console.print(line, soft_wrap=True, highlight=False)))


@app.command()
def doctor() -> None:
    """Look at everything that the bot needs, and say what to do about what is missing."""
    from bot import doctor as checks

    with _said_in_one_line() as settings:
        logs.configure(settings)
        findings = asyncio.run(checks.examine(settings))
        table = Table("", "what", "found", "what to do")
        for finding in findings:
            table.add_row("✓" if finding.is_well else "✗", finding.subject, finding.found, finding.advice)
        Console().print(table)
        if not all(finding.is_well for finding in findings):
            raise typer.Exit(1)


@models.command("list")
def list_models() -> None:
    """What the catalog has, and what of it is here."""
    with _said_in_one_line() as settings:
        table = Table("model", "here", "medium", "languages", "memory", "licence", "from")
        for model in Catalog.load(settings.catalog):
            table.add_row(
                model.name,
                "yes" if is_present(model, settings.models_folder) else "no",
                model.medium,
                ", ".join(model.languages) or "any",
                f"{model.memory_gib:g} GiB",
                model.licence,
                type(model.source).__name__.removesuffix("Source").lower(),
            )
        Console().print(table)


@models.command("pull")
def pull_model(
    name: Annotated[str | None, typer.Argument(help="As in `atelier models list`; without it, the one in use.")] = None,
) -> None:
    """Fetch a model, check it and bring it into the form that is loaded fastest. Does nothing when it is here."""
    with _said_in_one_line() as settings:
        catalog = Catalog.load(settings.catalog)
        model = catalog.get(ModelName(name) if name else settings.text_model or catalog.default)
        require_writable(settings.data_dir)
        asyncio.run(shown_pull(model, settings.models_folder, console))


@db.command("upgrade")
def upgrade_database() -> None:
    """Create the database, or bring it to the form that this version needs."""
    with _said_in_one_line() as settings:
        require_writable(settings.data_dir)
        asyncio.run(Storage.upgrade(settings.storage_url))


def require_writable(folder: Path) -> None:
    """Raises `OSError` with the folder's name: what fails later, such as SQLite, does not tell it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder.absolute()))


@contextmanager
def _said_in_one_line() -> Iterator[Settings]:
    """Run a command with the host's settings; what the host can mend is said in one line, without a traceback."""
    try:
        try:
            yield Settings()
        except BaseExceptionGroup as group:  # A service ended the block, or the block ended the services.
            raise _only_error_of(group) from group
    except (AtelierError, OSError, discord.DiscordException, ValidationError) as error:
        console.print(f"[bold red]error:[/] {escape(one_line(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _only_error_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def one_line(error: Exception) -> str:  # noqa: C901 -- one line an error, flat on purpose.
    """What is wrong and what the host can do about it."""
    match error:
        case discord.LoginFailure():
            return "Discord does not accept the token. Copy it again from the developer portal into DISCORD_TOKEN."
        case discord.DiscordException():
            return f"Discord refused: {error}"
        case ValidationError():
            wrong = error.errors()[0]
            return f"setting {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
        case SchemaOutdatedError():
            return "the database is not ready for this version. Run: atelier db upgrade"
        case SchemaNewerError():
            return "the database was upgraded by a newer version of Atelier. Install that version or restore a backup."
        case ModelMissingError(name=name):
            return f"the model {name!r} is not here. Run: atelier models pull {name}"
        case ModelUnknownError(name=name):
            return f"the catalog has no model named {name!r}. `atelier models list` names those that it has."
        case OSError(errno=errno.EADDRINUSE):
            return "the studio's port is in use. Stop the other program or set ATELIER_STUDIO_PORT to another port."
        case OSError(errno=errno.EACCES | errno.EROFS | errno.EPERM):
            return f"may not write {error.filename or 'the data folder'}. Change its owner or set ATELIER_DATA_DIR."
        case FileExistsError() | NotADirectoryError():
            return f"{error.filename} is a file where a folder is needed. Move it or set ATELIER_DATA_DIR."
        case OSError(errno=errno.ENOSPC):
            return "the disk is full. Make room where ATELIER_DATA_DIR stands."
        case _:
            return str(error)


def main() -> None:
    """The console script."""
    if sys.platform == "win32":
        console.print("Atelier runs on Linux and macOS; on Windows use WSL.")
        sys.exit(1)
    os.umask(0o077)  # Prompts and tokens are the members' and the host's alone.
    app()
