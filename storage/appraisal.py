"""Reads the ratings of a server, page by page, and has a process of its own find out what they come to."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import BigInteger, Executable, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from inference.contract.environment import passed_on_to_computing
from inference.contract.errors import AtelierError
from inference.contract.identifiers import CreationId, ServerId
from storage.database import Database, read
from storage.scoring.verdict import Frame, Kind, Verdict, framed, unpacked
from storage.tables import ArtifactRow, CreationRow, RatingRow

_WORKS_A_PAGE: Final = 500  # Some ten milliseconds of a database and of the event loop.
_MODULE: Final = "storage.scoring.process"
_FINGERPRINT_DIGITS: Final = 16


class AppraisalError(AtelierError):
    """The process that was to judge the ratings ended without an answer."""


class _Milliseconds(FunctionElement[int]):
    """A `UtcDateTime` as milliseconds since 1970."""

    type = BigInteger()
    inherit_cache = True


async def appraised(database: Database, server: ServerId) -> Verdict:
    """What all ratings come to. Each page is of one moment, and all of them are not: who writes by it looks again.

    Raises `AppraisalError`, `StorageUnavailableError`.
    """
    async with _process() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answer = asyncio.create_task(process.stdout.read(), name="read a verdict")
        try:
            async for page in _pages(database, server):
                process.stdin.write(page)
                await process.stdin.drain()
            process.stdin.close()
            told = await answer
        except (BrokenPipeError, ConnectionResetError) as error:
            raise AppraisalError(f"exit code {await process.wait()}") from error
        finally:
            answer.cancel()
        if exit_code := await process.wait():
            raise AppraisalError(f"exit code {exit_code}")
    return await asyncio.to_thread(unpacked, told)


@asynccontextmanager
async def _process() -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", _MODULE), stdin=PIPE, stdout=PIPE, env=passed_on_to_computing()
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _pages(database: Database, server: ServerId) -> AsyncIterator[bytes]:
    after = CreationId(0)
    while True:
        async with database.snapshot() as session:
            works = await read(session, _works_after(server, after))
            if not works:
                return
            first, after = works[0].id, works[-1].id
            opinions = await read(session, _opinions_between(server, first, after))
            files = await read(session, files_between(server, first, after))
        yield framed(Frame.WORKS, works) + framed(Frame.OPINIONS, opinions) + framed(Frame.FILES, numbered(files))


def _works_after(server: ServerId, after: CreationId) -> Executable:
    query = select(CreationRow.id, CreationRow.member).where(CreationRow.server == server, CreationRow.id > after)
    return query.order_by(CreationRow.id).limit(_WORKS_A_PAGE)


def _opinions_between(server: ServerId, first: CreationId, last: CreationId) -> Executable:
    return (
        select(
            RatingRow.creation,
            RatingRow.member,
            func.sum(RatingRow.stars),
            func.count(),
            # What was found by looking bears the work's birth: all such stand at one moment, which means no known one.
            case(
                (func.max(RatingRow.rated_at) <= func.max(CreationRow.created_at), 0),
                else_=_Milliseconds(func.max(RatingRow.rated_at)),
            ),
        )
        .join(CreationRow, CreationRow.id == RatingRow.creation)
        .where(CreationRow.server == server, RatingRow.creation.between(first, last))
        .group_by(RatingRow.creation, RatingRow.member)
        .order_by(RatingRow.creation, RatingRow.member)
    )


def files_between(server: ServerId, first: CreationId, last: CreationId) -> Executable:
    """Work, kind and hexadecimal digits of the fingerprint of each file."""
    kind = case(
        (ArtifactRow.fingerprint.is_(None), Kind.FILE.value),
        (ArtifactRow.width.is_(None), Kind.TEXT.value),
        else_=Kind.PICTURE.value,
    )
    digits = func.coalesce(ArtifactRow.fingerprint, func.substr(ArtifactRow.sha256, 1, _FINGERPRINT_DIGITS))
    return (
        select(ArtifactRow.creation, kind, digits)
        .join(CreationRow, CreationRow.id == ArtifactRow.creation)
        .where(CreationRow.server == server, ArtifactRow.creation.between(first, last))
    )


def numbered(files: Iterable[Any]) -> Iterable[tuple[int, int, int]]:
    """Work, kind and fingerprint as a signed number, of what `files_between` found."""
    for creation, kind, digits in files:
        yield creation, kind, int.from_bytes(bytes.fromhex(digits), signed=True)


@compiles(_Milliseconds, "sqlite")
def _milliseconds_on_sqlite(element: _Milliseconds, compiler: SQLCompiler, **options: Any) -> str:
    at = compiler.process(*element.clauses, **options)
    return f"CAST(round((julianday({at}) - 2440587.5) * 86400000.0) AS INTEGER)"


@compiles(_Milliseconds, "postgresql")
def _milliseconds_on_postgresql(element: _Milliseconds, compiler: SQLCompiler, **options: Any) -> str:
    at = compiler.process(*element.clauses, **options)
    return f"CAST(floor(EXTRACT(EPOCH FROM {at}) * 1000) AS BIGINT)"
