"""What a database of any revision says of itself, without the tables that this code knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from storage.backup.manifest import Kept
from storage.media import MediaStore

_NAMING: Final = ("artifacts", "uploads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    revision: str | None
    database: str | None
    counts: Mapping[str, int]
    media: tuple[Kept, ...]  # What rows name, by where it stands in the data folder.


def contents(connection: Connection, media: MediaStore) -> Contents:
    tables = set(inspect(connection).get_table_names())
    found: dict[str, Kept] = {}
    for table in tables & set(_NAMING):
        rows = connection.execute(text(f"SELECT DISTINCT sha256, media_type, size_bytes FROM {table}"))  # noqa: S608
        for sha256, media_type, size_bytes in rows:
            path = _place(media, sha256, media_type)
            found[path] = Kept(path=path, sha256=sha256, size_bytes=size_bytes)
    return Contents(
        revision=_scalar(connection, "SELECT version_num FROM alembic_version", tables, "alembic_version"),
        database=_scalar(connection, "SELECT id FROM identity", tables, "identity"),
        counts={table: _count(connection, table) for table in sorted(tables)},
        media=tuple(found[path] for path in sorted(found)),
    )


def identity_in(connection: Connection) -> str | None:
    return _scalar(connection, "SELECT id FROM identity", set(inspect(connection).get_table_names()), "identity")


def still_named(connection: Connection, hashes: list[str]) -> set[str]:
    """Those of some hashes that a row names now."""
    tables = set(inspect(connection).get_table_names()) & set(_NAMING)
    question = "SELECT 1 FROM {} WHERE sha256 = :sha256 LIMIT 1"
    return {
        sha256
        for sha256 in hashes
        for table in tables
        if connection.scalar(text(question.format(table)), {"sha256": sha256})
    }


def _place(media: MediaStore, sha256: str, media_type: str) -> str:
    return str(media.path(sha256, media_type).relative_to(media.folder.parent))


def _scalar(connection: Connection, question: str, tables: set[str], table: str) -> str | None:
    if table not in tables:
        return None
    found: str | None = connection.scalar(text(question))
    return found


def _count(connection: Connection, table: str) -> int:
    return connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0  # noqa: S608


def database_file(folder: Path, kind: str) -> Path:
    """How the copy of the database is called in a backup."""
    return folder / ("atelier.db" if kind == "sqlite" else "atelier.dump")
