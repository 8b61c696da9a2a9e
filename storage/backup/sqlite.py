"""A copy of a file of SQLite that others write to, as it is at one moment."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from storage.backup import disk
from storage.backup.errors import DatabaseUnsoundError
from storage.backup.survey import Contents, contents
from storage.media import MediaStore

_TIMEOUT_SECONDS: Final = 60.0


def copy(source: Path, target: Path) -> None:
    """Written by VACUUM, so that pages which were freed, and what was erased from them, are not in it.

    Writers go on meanwhile. Raises `DatabaseUnsoundError`, `sqlite3.Error`.
    """
    with closing(sqlite3.connect(source, timeout=_TIMEOUT_SECONDS)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    check(target, source.name)
    disk.sync(target)


def check(path: Path, name: str) -> None:
    """Raises `DatabaseUnsoundError`."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            (fault,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise DatabaseUnsoundError(name, str(error)) from error
    if fault != "ok":
        raise DatabaseUnsoundError(name, fault)
    if broken:
        raise DatabaseUnsoundError(name, f"a row of {broken[0]} refers to a row of {broken[2]} that is not there")


def contents_of(path: Path, media: MediaStore) -> Contents:
    # By a connection that is made here: a path may hold what means something in an address.
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(path), poolclass=NullPool)
    with engine.connect() as connection:
        return contents(connection, media)


def raise_numbers(path: Path, by: int) -> None:
    """Let new rows be numbered from far above, in tables that never give a number twice."""
    with closing(sqlite3.connect(path)) as connection, connection:
        counting = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'").fetchall()
        for (table,) in counting:
            found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
            connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            connection.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, (found[0] if found else 0) + by))
