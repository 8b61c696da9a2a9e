"""All that is stored about one member, as files to take away: zip archives, written in constant memory."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import Any, Final

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import MemberId, ServerId
from storage.database import Database
from storage.domain import Holdings
from storage.faults import translated
from storage.media import MediaStore, filename_in_export
from storage.packing import Packer
from storage.records import SECTIONS, Facts, Section
from storage.tables import (
    ArtifactRow,
    AuditRow,
    ConsentRow,
    CreationRow,
    FavouriteRow,
    JobRow,
    RatingRow,
    ReportRow,
    Row,
)

_PAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One zip file. It is gone when the next one is asked for, and whatever happens to whoever asked."""

    file: BufferedRandom  # At its beginning.
    left_out: tuple[str, ...]  # What is too large for any archive, as far as is known when this one is full.


class Exports:
    """Reads alone, and in short questions, so that a long export keeps nobody waiting."""

    def __init__(self, database: Database, media: MediaStore) -> None:
        self._database = database
        self._media = media

    async def holdings(self, server: ServerId, member: MemberId) -> Holdings:
        """How much is stored about a member in a server."""
        works = (CreationRow.server == server) & (CreationRow.member == member)
        files = _FILES.with_only_columns(func.sum(ArtifactRow.size_bytes)).where(works)
        is_in_log = (AuditRow.moderator == member) | (AuditRow.member == member)
        async with self._database.snapshot() as session:
            return Holdings(
                requests=await _count(session, JobRow, JobRow.member == member, JobRow.reply_server == server),
                works=await _count(session, CreationRow, works),
                files_bytes=int(await session.scalar(files) or 0),
                ratings=await _count_here(session, RatingRow, server, member),
                favourites=await _count_here(session, FavouriteRow, server, member),
                reports=await _count(session, ReportRow, ReportRow.reporter == member, ReportRow.server == server),
                statements=await _count(session, ConsentRow, ConsentRow.member == member, ConsentRow.server == server),
                audit_entries=await _count(session, AuditRow, is_in_log, AuditRow.server == server),
            )

    async def media_bytes(self, member: MemberId) -> int:
        """The size of all files of a member's works, before they are packed."""
        query = _FILES.with_only_columns(func.sum(ArtifactRow.size_bytes)).where(JobRow.member == member)
        async with self._database.reading() as session:
            return int(await session.scalar(query) or 0)

    async def archives(
        self, member: MemberId, *, readme: str, limit_bytes: int | None = None, has_media: bool = True
    ) -> AsyncGenerator[Archive, None]:
        """Everything about a member, in as many archives as it takes when none may be larger than `limit_bytes`.

        Raises `StorageUnavailableError`, `DiskFullError`.
        """
        with translated():
            packer = await asyncio.to_thread(Packer, self._media.scratch, limit_bytes)
            try:
                async for name, content in self._entries(member, readme, has_media=has_media):
                    if await asyncio.to_thread(packer.is_full_for, name, content):
                        with await asyncio.to_thread(packer.finish) as file:
                            yield Archive(file=file, left_out=tuple(packer.left_out))
                    await asyncio.to_thread(packer.add, name, content)
                with await asyncio.to_thread(packer.finish) as file:
                    yield Archive(file=file, left_out=tuple(packer.left_out))
            finally:
                packer.close()

    async def _entries(
        self, member: MemberId, readme: str, *, has_media: bool
    ) -> AsyncIterator[tuple[str, bytes | Path]]:
        yield "README.txt", readme.encode()
        for section in SECTIONS:
            number = 1
            async for told in self._pages(section, member):
                name = f"{section.name}.json" if number == 1 else f"{section.name}-{number}.json"
                yield name, await asyncio.to_thread(_as_json, told)
                number += 1
        if has_media:
            async for name, path in self._files(member):
                yield name, path

    async def _pages(self, section: Section, member: MemberId) -> AsyncIterator[list[Facts]]:
        """At least one page, also of nothing, so that the reader sees that there is nothing."""
        last: tuple[Any, ...] | None = None
        while True:
            async with self._database.snapshot() as session:
                page = _page_after(section.of(member), section.key, last)
                rows = (await session.scalars(page)).all()
                told = await section.told(session, rows, member)
            if rows or last is None:
                yield told
            if len(rows) < _PAGE:
                return
            last = section.key_of(rows[-1])

    async def _files(self, member: MemberId) -> AsyncIterator[tuple[str, Path]]:
        query = _FILES_IN_ORDER.where(JobRow.member == member)
        last: tuple[Any, ...] | None = None
        while True:
            async with self._database.reading() as session:
                found = (await session.execute(_page_after(query, _FILE_KEY, last))).all()
            for artifact, *_ in found:
                yield filename_in_export(artifact), self._media.path(artifact.sha256, artifact.media_type)
            if len(found) < _PAGE:
                return
            last = tuple(found[-1])[1:]


_FILES: Final = (
    select(ArtifactRow)
    .join(CreationRow, CreationRow.id == ArtifactRow.creation)
    .join(JobRow, JobRow.id == CreationRow.job_id)
)
_FILE_KEY: Final = (JobRow.submitted_at, JobRow.id, ArtifactRow.part)
_FILES_IN_ORDER: Final[Select[Any]] = _FILES.add_columns(*_FILE_KEY)


def _page_after(query: Select[Any], key: tuple[Any, ...], last: tuple[Any, ...] | None) -> Select[Any]:
    query = query.order_by(*key).limit(_PAGE)
    return query if last is None else query.where(tuple_(*key) > tuple_(*last, types=[one.type for one in key]))


async def _count(session: AsyncSession, table: type[Row], *which: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(table).where(*which)) or 0


async def _count_here(
    session: AsyncSession, table: type[RatingRow] | type[FavouriteRow], server: ServerId, member: MemberId
) -> int:
    query = (
        select(func.count(table.creation.distinct()))
        .join(CreationRow, CreationRow.id == table.creation)
        .where(table.member == member, CreationRow.server == server)
    )
    return await session.scalar(query) or 0


def _as_json(told: list[Facts]) -> bytes:
    """As UTF-8; of what UTF-8 cannot say, such as half an emoji, the escape that JSON has for it."""
    text = json.dumps([to_jsonable_python(facts) for facts in told], ensure_ascii=False, indent=1)
    return text.encode("utf-8", "backslashreplace")
