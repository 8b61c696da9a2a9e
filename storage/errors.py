"""What storage alone can find wrong with the database that it is given; the rest stands in the contract."""

from pathlib import Path

from inference.contract.errors import AtelierError


class DatabaseUrlError(AtelierError):
    """The address names no database that Atelier speaks; the address itself, which may hold a password, is left out."""


class SchemaError(AtelierError):
    """The tables are not those that this code was written for."""

    def __init__(self, *, found: str | None, expected: str) -> None:
        super().__init__(f"schema {found or 'none'}, this code needs {expected}")
        self.found = found
        self.expected = expected


class SchemaOutdatedError(SchemaError):
    """The database is empty or older than the code: `Storage.upgrade` brings it up."""


class SchemaNewerError(SchemaError):
    """A later version of Atelier has upgraded the database."""


class DatabaseTakenError(AtelierError):
    """Another bot is at work over this database; `holder` says which."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"another Atelier holds the database: {holder}")
        self.holder = holder


class MediaMismatchError(AtelierError):
    """The media folder is not this database's: whoever went on would lose the files of another one."""

    def __init__(self, message: str, *, folder: Path) -> None:
        super().__init__(message)
        self.folder = folder


class MediaForeignError(MediaMismatchError):
    """The folder belongs to another database."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"the media in {folder} belong to another database", folder=folder)


class MediaUnclaimedError(MediaMismatchError):
    """The folder belongs to no database yet, and this one does not know most of its files."""

    def __init__(self, folder: Path, *, files: int, named: int) -> None:
        super().__init__(f"the database knows {named} of the {files} media files in {folder}", folder=folder)
        self.files = files
        self.named = named
