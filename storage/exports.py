"""All that is stored about one member, as files to take away: zip archives, written in constant memory."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import Any, Final

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, ServerId
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
    DuelRow,
    FavouriteRow,
    JobRow,
    RatingRow,
    RemarkRow,
    ReportRow,
    Row,
    UploadRow,
)

_PAGE: Final = 200
_INSCRIBED: Final = "image/png"

Inscribe = Callable[[CreationId, int, bytes], Awaitable[bytes]]  # A work, which of its artifacts, and its file.


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
        is_in_log = (AuditRow.moderator == member) | (AuditRow.member == member)
        async with self._database.snapshot() as session:
            return Holdings(
                requests=await _count(session, JobRow, JobRow.member == member, JobRow.reply_server == server),
                works=await _count(session, CreationRow, works),
                files_bytes=await _bytes(session, (JobRow.member == member) & (JobRow.reply_server == server)),
                ratings=await _count_here(session, RatingRow, server, member),
                remarks=await _count_here(session, RemarkRow, server, member),
                duels=await _count(session, DuelRow, DuelRow.member == member, DuelRow.server == server),
                favourites=await _count_here(session, FavouriteRow, server, member),
                reports=await _count(session, ReportRow, ReportRow.reporter == member, ReportRow.server == server),
                statements=await _count(session, ConsentRow, ConsentRow.member == member, ConsentRow.server == server),
                audit_entries=await _count(session, AuditRow, is_in_log, AuditRow.server == server),
            )

    async def media_bytes(self, member: MemberId) -> int:
        """The size of all files of a member's works, and of those that they gave, before they are packed."""
        async with self._database.reading() as session:
            return await _bytes(session, JobRow.member == member)

    async def archives(
        self,
        member: MemberId,
        *,
        readme: str,
        limit_bytes: int | None = None,
        has_media: bool = True,
        inscribe: Inscribe | None = None,
    ) -> AsyncGenerator[Archive, None]:
        """Everything about a member, in as many archives as it takes when none may be larger than `limit_bytes`.

        `inscribe` writes into the file of a picture how it was made; without it pictures are packed as they lie here.
        Raises `StorageUnavailableError`, `DiskFullError`.
        """
        with translated():
            packer = await asyncio.to_thread(Packer, self._media.scratch, limit_bytes)
            try:
                async for name, content in self._entries(member, readme, inscribe, has_media=has_media):
                    if await asyncio.to_thread(packer.is_full_for, name, content):
                        with await asyncio.to_thread(packer.finish) as file:
                            yield Archive(file=file, left_out=tuple(packer.left_out))
                    await asyncio.to_thread(packer.add, name, content)
                with await asyncio.to_thread(packer.finish) as file:
                    yield Archive(file=file, left_out=tuple(packer.left_out))
            finally:
                packer.close()

    async def _entries(
        self, member: MemberId, readme: str, inscribe: Inscribe | None, *, has_media: bool
    ) -> AsyncIterator[tuple[str, bytes | Path]]:
        yield "README.txt", readme.encode()
        for section in SECTIONS:
            number = 1
            async for told in self._pages(section, member):
                name = f"{section.name}.json" if number == 1 else f"{section.name}-{number}.json"
                yield name, await asyncio.to_thread(_as_json, told)
                number += 1
        if has_media:
            async for file in self._files(member):
                try:
                    content = await self._content_of(file, inscribe)
                except FileNotFoundError:  # The work was deleted meanwhile.
                    continue
                yield filename_in_export(file), content

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

    async def _content_of(self, file: ArtifactRow | UploadRow, inscribe: Inscribe | None) -> bytes | Path:
        path = self._media.path(file.sha256, file.media_type)
        if inscribe is None or isinstance(file, UploadRow) or file.media_type != _INSCRIBED:
            return path
        return await inscribe(file.creation, file.part, await asyncio.to_thread(path.read_bytes))

    async def _files(self, member: MemberId) -> AsyncIterator[ArtifactRow | UploadRow]:
        for files, key in _FILES:
            query = files.add_columns(*key).where(JobRow.member == member)
            last: tuple[Any, ...] | None = None
            while True:
                async with self._database.reading() as session:
                    found = (await session.execute(_page_after(query, key, last))).all()
                for file, *_ in found:
                    yield file
                if len(found) < _PAGE:
                    break
                last = tuple(found[-1])[1:]


_ARTIFACTS: Final[Select[Any]] = (
    select(ArtifactRow)
    .join(CreationRow, CreationRow.id == ArtifactRow.creation)
    .join(JobRow, JobRow.id == CreationRow.job_id)
)
_UPLOADS: Final[Select[Any]] = select(UploadRow).join(JobRow, JobRow.id == UploadRow.job)
# The files of members, each with the key of their order.
_FILES: Final = (
    (_ARTIFACTS, (JobRow.submitted_at, JobRow.id, ArtifactRow.part)),
    (_UPLOADS, (JobRow.submitted_at, JobRow.id, UploadRow.part)),
)


def _page_after(query: Select[Any], key: tuple[Any, ...], last: tuple[Any, ...] | None) -> Select[Any]:
    query = query.order_by(*key).limit(_PAGE)
    return query if last is None else query.where(tuple_(*key) > tuple_(*last, types=[one.type for one in key]))


async def _bytes(session: AsyncSession, which: ColumnElement[bool]) -> int:
    made = _ARTIFACTS.with_only_columns(func.sum(ArtifactRow.size_bytes)).where(which)
    given = _UPLOADS.with_only_columns(func.sum(UploadRow.size_bytes)).where(which)
    return int(await session.scalar(made) or 0) + int(await session.scalar(given) or 0)


async def _count(session: AsyncSession, table: type[Row], *which: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(table).where(*which)) or 0


async def _count_here(
    session: AsyncSession, table: type[RatingRow | RemarkRow | FavouriteRow], server: ServerId, member: MemberId
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
