"""What storage alone can find wrong with the database that it is given; the rest stands in the contract."""

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
