"""The one place where what a driver or a disk reports becomes an error of the contract."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from inference.contract.errors import DiskFullError, StorageUnavailableError

_FULL_DISK_ERRNOS: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL_DISK_SQLSTATE: Final = "53100"
# Primary result codes, https://www.sqlite.org/rescode.html
_SQLITE_UNAVAILABLE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, read-only transaction, authorization,
# no such database, deadlock, resources, lock not available, operator intervention, system error.
_POSTGRES_UNAVAILABLE: Final = ("08", "25006", "28", "3D000", "40P01", "53", "55P03", "57", "58")


@contextmanager
def translated() -> Iterator[None]:
    """Raises `DiskFullError` or `StorageUnavailableError` in place of what the disk or the database could not do.

    Mistakes in the code (a constraint broken, a table misspelt) pass through as they are.
    """
    try:
        yield
    except (DBAPIError, OSError, PoolTimeoutError, sqlite3.Error) as error:
        fault = _fault_of(error)
        if fault is None:
            raise
        raise fault from error


def _fault_of(error: Exception) -> StorageUnavailableError | None:
    match error:
        case DBAPIError(orig=sqlite3.Error() as cause):
            return _sqlite_fault(cause)
        case sqlite3.Error():
            return _sqlite_fault(error)
        case DBAPIError():
            return _postgres_fault(error)
        case OSError(errno=code) if code in _FULL_DISK_ERRNOS:
            return DiskFullError(str(error))
        case _:
            return StorageUnavailableError(str(error))


def _sqlite_fault(error: sqlite3.Error) -> StorageUnavailableError | None:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return DiskFullError(str(error))
    return StorageUnavailableError(str(error)) if code in _SQLITE_UNAVAILABLE else None


def _postgres_fault(error: DBAPIError) -> StorageUnavailableError | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    if state == _FULL_DISK_SQLSTATE:
        return DiskFullError(str(error.orig))
    if error.connection_invalidated or state.startswith(_POSTGRES_UNAVAILABLE):
        return StorageUnavailableError(str(error.orig))
    return None
