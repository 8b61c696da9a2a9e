"""The host's terminal: what went wrong in one line, and what the host can do about it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import discord
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from bot.settings import Settings, unknown_variables, variable_of
from inference.catalog.errors import ModelUnsuitableError
from inference.contract.errors import AtelierError, ModelMissingError, ModelUnknownError
from storage import MediaMismatchError, SchemaNewerError, SchemaOutdatedError
from storage.schema import Upgrade

console = Console(stderr=True)

WHAT_BELONGS_TOGETHER: Final = (
    "set ATELIER_DATABASE_URL and ATELIER_DATA_DIR to a database and a folder that belong together; "
    "or, if these two are to belong together from now on, run: atelier db adopt"
)


def require_writable(folder: Path) -> None:
    """Raises `OSError` with the folder's name: what fails later, such as SQLite, does not tell it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder.absolute()))


@contextmanager
def said_in_one_line() -> Iterator[Settings]:
    """Run a command with the host's settings; what the host can mend is said in one line, without a traceback."""
    try:
        try:
            settings = Settings.read()
            for name, nearest in unknown_variables():
                hint = f" Did you mean {nearest}?" if nearest else ""
                console.print(
                    f"[bold yellow]warning:[/] {name} is not a setting.{hint}", highlight=False, soft_wrap=True
                )
            yield settings
        except BaseExceptionGroup as group:  # A service ended the block, or the block ended the services.
            raise _only_error_of(group) from group
    except (AtelierError, OSError, discord.DiscordException, ValidationError) as error:
        console.print(f"[bold red]error:[/] {escape(one_line(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def upgraded(upgrade: Upgrade) -> str:
    """What an upgrade of the database did."""
    if not upgrade.is_needed:
        return f"the database is up to date (revision {upgrade.after})"
    if upgrade.before is None:
        return f"the database is made (revision {upgrade.after})"
    return f"the database is upgraded from revision {upgrade.before} to {upgrade.after}"


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
        case discord.ConnectionClosed(code=4004):
            return "the token was reset: Discord does not accept it any longer. Copy the new one into DISCORD_TOKEN."
        case discord.PrivilegedIntentsRequired():
            return (
                "Discord does not allow this bot an intent that it asks for. See Bot, Intents in the developer portal."
            )
        case discord.ConnectionClosed(code=code):
            return f"Discord closed the connection for good, with code {code}. Is this the newest version of Atelier?"
        case discord.DiscordException():
            return f"Discord refused: {error}"
        case ValidationError():
            wrong = error.errors()[0]
            return f"setting {variable_of(str(wrong['loc'][0]))}: {wrong['msg']}"
        case SchemaOutdatedError():
            return "the database is not ready for this version. Run: atelier db upgrade"
        case SchemaNewerError():
            return "the database was upgraded by a newer version of Atelier. Install that version or restore a backup."
        case MediaMismatchError():
            return f"{error}. Nothing was changed. To go on, {WHAT_BELONGS_TOGETHER}."
        case ModelMissingError(name=name):
            return f"the model {name!r} is not here. Run: atelier models pull {name}"
        case ModelUnknownError(name=name):
            return f"the catalog has no model named {name!r}. `atelier models list` names those that it has."
        case ModelUnsuitableError(name=name, medium=medium):
            return f"setting {variable_of(f'{medium}_model')}: the model {name!r} makes something else."
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
