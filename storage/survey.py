"""What the host wants to know of all that is kept: looked at, and left as it is."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from sqlalchemy import ColumnElement, func, select, text, true
from sqlalchemy.orm import InstrumentedAttribute

from inference.contract.identifiers import CreationId
from inference.contract.jobs import JobState
from storage import schema
from storage.database import Database, normalised
from storage.errors import MediaMismatchError, SchemaOutdatedError
from storage.faults import translated
from storage.files import inventory
from storage.identity import mismatch
from storage.media import MediaStore
from storage.sweeping import are_few, old_strays
from storage.tables import ArtifactRow, JobRow

_PAGE: Final = 1000
_STEPS_BETWEEN_LOOKS: Final = 100_000  # Of SQLite's machine: some milliseconds.

_UNDELIVERED: Final = JobRow.finished_at.is_not(None) & JobRow.delivered_at.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """Jobs of one kind."""

    count: int
    oldest_at: datetime | None  # None: there are none.


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The jobs with which something is still to be done."""

    queued: Pile  # By when they were submitted.
    running: Pile  # By when they were started.
    undelivered: Pile  # Ended, and the note does not show it yet; by when they ended.

    @property
    def piles(self) -> dict[str, Pile]:
        return {"queued": self.queued, "running": self.running, "undelivered": self.undelivered}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    server: str  # Such as "SQLite 3.46.1".
    revision: str
    size_bytes: int
    round_trip_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """What lies in the media folder."""

    files: int  # Of works, and those that members gave to begin from; equal ones are one file.
    size_bytes: int
    strays: int  # Files without a row that are not being taken in just now.
    may_sweep: bool  # Whether a start moves the strays to the trash without the host's word.
    trashed: int
    lacking: Sequence[CreationId]  # The creations of which a file is not there.


class Survey:
    """Reads alone: it may look beside a running bot, and waits for no writer."""

    def __init__(self, database: Database, media: MediaStore) -> None:
        self._database = database
        self._media = media
        self._file = Path(database.url.database or "") if database.url.get_backend_name() == "sqlite" else None

    @classmethod
    @asynccontextmanager
    async def open(cls, address: str, *, media_folder: Path) -> AsyncIterator[Self]:
        """Makes nothing that is not there. Raises as `Storage.open`."""
        url = normalised(address)
        if url.get_backend_name() == "sqlite" and not await asyncio.to_thread(Path(url.database or "").is_file):
            raise SchemaOutdatedError(found=None, expected=schema.REVISION)
        async with Database.open(address) as database:
            await schema.check(database)
            yield cls(database, MediaStore(media_folder))

    async def backlog(self) -> Backlog:
        """Raises `StorageUnavailableError`."""
        return Backlog(
            queued=await self._pile(JobRow.state == JobState.QUEUED, JobRow.submitted_at),
            running=await self._pile(JobRow.state == JobState.RUNNING, JobRow.started_at),
            undelivered=await self._pile(_UNDELIVERED, JobRow.finished_at),
        )

    async def database(self) -> DatabaseFacts:
        """Raises `StorageUnavailableError`."""
        began = time.perf_counter()
        await self._database.ping()
        seconds = time.perf_counter() - began
        if self._file is not None:
            server, size = f"SQLite {sqlite3.sqlite_version}", await asyncio.to_thread(_bytes_of, self._file)
        else:
            async with self._database.reading() as session:
                server = f"PostgreSQL {await session.scalar(text('SHOW server_version'))}"
                size = await session.scalar(text("SELECT pg_database_size(current_database())")) or 0
        return DatabaseFacts(server=server, revision=schema.REVISION, size_bytes=size, round_trip_seconds=seconds)

    async def drift(self) -> Sequence[str]:
        """In what the tables differ from this version's. Raises `StorageUnavailableError`."""
        return await schema.drift(self._database)

    async def damage(self, *, within_seconds: float) -> str | None:
        """What is broken in SQLite's file; None when it is whole, or PostgreSQL's concern.

        Raises `TimeoutError` for a file that takes longer to read, `StorageUnavailableError`.
        """
        if self._file is None:
            return None
        with translated():
            return await asyncio.to_thread(_damage, self._file, within_seconds)

    async def mismatch(self) -> MediaMismatchError | None:
        """Why a start of the bot would refuse the media folder; None when it would not."""
        return await mismatch(self._database, self._media)

    async def media(self, *, at: datetime) -> MediaFacts:
        """Looks at each file and each row once. Raises `StorageUnavailableError`."""
        found = await inventory(self._database, self._media)
        strays = old_strays(found, at=at)
        return MediaFacts(
            files=found.files,
            size_bytes=found.size_bytes,
            strays=len(strays),
            may_sweep=are_few(len(strays), found),
            trashed=len(await self._media.trashed()),
            lacking=await self.incomplete(),
        )

    async def incomplete(self) -> Sequence[CreationId]:
        """The creations of which a file is not there. Raises `StorageUnavailableError`."""
        found: list[CreationId] = []
        last: tuple[int, int] | None = None
        while page := await self._artifacts_after(last):
            paths = [self._media.path(row.sha256, row.media_type) for row in page]
            are_there = await asyncio.to_thread(lambda paths: [path.is_file() for path in paths], paths)
            found += [row.creation for row, is_there in zip(page, are_there, strict=True) if not is_there]
            last = page[-1].creation, page[-1].part
        return list(dict.fromkeys(found))

    async def _pile(
        self, which: ColumnElement[bool], when: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
    ) -> Pile:
        async with self._database.reading() as session:
            count, oldest = (await session.execute(select(func.count(), func.min(when)).where(which))).one()
        return Pile(count=count, oldest_at=oldest)

    async def _artifacts_after(self, last: tuple[int, int] | None) -> Sequence[ArtifactRow]:
        is_later: ColumnElement[bool] = true()
        if last is not None:
            creation, part = last
            is_later = (ArtifactRow.creation > creation) | (
                (ArtifactRow.creation == creation) & (ArtifactRow.part > part)
            )
        query = select(ArtifactRow).where(is_later).order_by(ArtifactRow.creation, ArtifactRow.part).limit(_PAGE)
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()


def _bytes_of(path: Path) -> int:
    """With the write-ahead log beside it."""
    return sum(one.stat().st_size for one in (path, path.with_name(path.name + "-wal")) if one.exists())


def _damage(path: Path, within_seconds: float) -> str | None:
    deadline = time.monotonic() + within_seconds
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
        try:
            (first,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise TimeoutError from error
            raise
    return None if first == "ok" else str(first).splitlines()[-1]
