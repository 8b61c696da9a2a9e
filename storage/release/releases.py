"""The releases of a server: what one would hold, making one, and those that were made."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, ReleaseId, ServerId
from storage.audit import note
from storage.database import Database, hold
from storage.domain import AuditEntry, Deed
from storage.faults import translated
from storage.media import MediaStore
from storage.pseudonyms import Pseudonyms
from storage.release.errors import (
    FolderTakenError,
    NothingToReleaseError,
    ReleaseOvertakenError,
    ReleaseUnplacedError,
    VersionTakenError,
)
from storage.release.place import Workshop, alone_in, put_in_place, require_free, sweep, sync, workshop
from storage.release.places import Places, manifest_sha256_of
from storage.release.reasons import obstacles
from storage.release.values import Made, Phase, Preview, Progress, Reason, ReleaseRequest, TakenBack, Tombstone
from storage.tables import ReleasedRaterRow, ReleasedWorkRow, ReleaseRow

if TYPE_CHECKING:
    from storage.release.developing import Inscribe
    from storage.release.making import Built
    from storage.release.plan import Plan

_TRIES: Final = 3
_WORKS_A_STEP: Final = 5_000


class Releases:
    """Made and looked at in a process of their own: arrays and Parquet stay out of the bot's memory."""

    def __init__(self, database: Database, media: MediaStore, pseudonyms: Pseudonyms, folder: Path) -> None:
        """`folder`: of all releases of this data folder, whose lock keeps two makers apart."""
        self._database = database
        self._media = media
        self._pseudonyms = pseudonyms
        self._folder = folder
        self._places = Places(folder.absolute())

    async def listed(self, server: ServerId) -> Sequence[Made]:
        """Newest first."""
        query = select(ReleaseRow).where(ReleaseRow.server == server).order_by(ReleaseRow.version.desc())
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        return await asyncio.to_thread(lambda: [self._made(row) for row in rows])

    async def obstacles(self, request: ReleaseRequest, work: CreationId) -> Sequence[Reason]:
        """All for which a release would leave the work out although a curator accepts it; files are not looked at."""
        async with self._database.snapshot() as session:
            return await obstacles(session, request, work)

    async def next_version(self, server: ServerId) -> int:
        async with self._database.reading() as session:
            return await _newest(session, server) + 1

    async def known(self, manifest_sha256: str) -> tuple[ServerId, Made] | None:
        """The release with this manifest, and its server; None: it was not made here."""
        query = select(ReleaseRow).where(ReleaseRow.manifest_sha256 == manifest_sha256)
        async with self._database.reading() as session:
            row = await session.scalar(query)
        return None if row is None else (row.server, await asyncio.to_thread(self._made, row))

    async def taken_back(self, request: ReleaseRequest, folder: Path) -> TakenBack:
        """What is in a release that was made, and may not be in one now. `folder`: where it stands.

        Raises `StorageUnavailableError`, `OSError`.
        """
        from storage.release.afterwards import taken_back
        from storage.release.pseudonyms import Aliases

        aliases = await Aliases.of_release(self._pseudonyms, request.server, request.version)
        return await taken_back(self._database, request, folder, aliases)

    async def preview(self, request: ReleaseRequest, progress: Progress = lambda *_: None) -> Preview:
        """What a release would hold now. Files are not read: one that is damaged is found by making it alone.

        Raises `StorageUnavailableError`.
        """
        from storage.release.previewing import previewed

        return await previewed(self._database, self._media, request, progress)

    async def tombstones(self, request: ReleaseRequest) -> Sequence[Tombstone]:
        """Works of releases before `request.version` that are not to be used any more."""
        from storage.release.plan import planned
        from storage.release.tombs import tombstones

        plan = await planned(self._database, self._media, request)
        return [one async for one in tombstones(self._database, request.server, plan, below=request.version)]

    async def make(
        self,
        request: ReleaseRequest,
        folder: Path,
        *,
        by: MemberId | None,
        inscribe: "Inscribe",
        clock: Callable[[], datetime],
        progress: Progress = lambda *_: None,
    ) -> Made:
        """Make a release into a folder that is not there yet, by its absolute path. `by`: None, the host.

        It stands there whole or not at all. Raises `ReleaseUnderWayError`, `FolderTakenError`, `VersionTakenError`,
        `NothingToReleaseError`, `ReleaseOvertakenError`, `ReleaseUnplacedError`, `ProcessLostError`, `DiskFullError`,
        `StorageUnavailableError`.
        """
        with translated(), alone_in(self._folder):
            await self._finish_earlier(folder.parent)
            lost: frozenset[CreationId] = frozenset()
            for _ in range(_TRIES):
                outcome = await self._tried(request, folder, lost, by, inscribe, clock, progress)
                if isinstance(outcome, Made):
                    return outcome
                lost |= outcome
        raise ReleaseOvertakenError

    async def _tried(
        self,
        request: ReleaseRequest,
        folder: Path,
        lost: Collection[CreationId],
        by: MemberId | None,
        inscribe: "Inscribe",
        clock: Callable[[], datetime],
        progress: Progress,
    ) -> Made | frozenset[CreationId]:
        """The release; or, when it was overtaken, works whose files are lost."""
        from storage.release.making import Maker, finished, in_thread
        from storage.release.plan import planned
        from storage.release.pseudonyms import Aliases
        from storage.release.tombs import rater_tombstones
        from storage.release.writing import FilesLostError

        await self._require_free(request)
        with workshop(folder) as place:
            progress(Phase.PLAN, 0, 1)
            plan = await planned(self._database, self._media, request, lost)
            if not len(plan.chosen):
                raise NothingToReleaseError
            aliases = await Aliases.of_release(self._pseudonyms, request.server, request.version)
            gone = await rater_tombstones(self._database, self._pseudonyms, request, plan.raters)
            maker = Maker(self._database, self._media, request, plan, aliases, gone)
            try:
                built = await maker.build(place.root, inscribe, progress)
            except FilesLostError as error:
                return error.works
            progress(Phase.CHECK, 0, 1)
            await in_thread(sync, place.root)
            if not await maker.is_still_there():
                return frozenset()
            return await finished(self._published(place, request, plan, built, folder, by, clock()))

    async def _published(
        self,
        place: Workshop,
        request: ReleaseRequest,
        plan: "Plan",
        built: "Built",
        folder: Path,
        by: MemberId | None,
        at: datetime,
    ) -> Made | frozenset[CreationId]:
        """Nothing in between is known to have failed: the folder outlives all that may come after the commit."""
        place.is_kept = True
        try:
            made = await self._written_down(request, plan, built, folder, by, at)
        except (FolderTakenError, VersionTakenError):
            place.is_kept = False
            raise
        if made is None:
            place.is_kept = False
            return frozenset()
        try:
            put_in_place(place.root, folder)
        except (FolderTakenError, OSError) as error:
            raise ReleaseUnplacedError(version=made.version, folder=folder) from error
        place.is_kept = False
        return made

    async def _require_free(self, request: ReleaseRequest) -> None:
        async with self._database.reading() as session:
            newest = await _newest(session, request.server)
        if request.version <= newest:
            raise VersionTakenError(version=request.version, newest=newest)

    async def _written_down(
        self, request: ReleaseRequest, plan: "Plan", built: "Built", folder: Path, by: MemberId | None, at: datetime
    ) -> Made | None:
        """None: something that is in it may not be released any more. From here on the release is a fact."""
        from storage.release.plan import is_overtaken

        async with self._database.writing() as session:
            await hold(session, request.server)
            if await is_overtaken(session, request, plan):
                return None
            newest = await _newest(session, request.server)
            if request.version <= newest:
                raise VersionTakenError(version=request.version, newest=newest)
            require_free(folder)
            row = ReleaseRow(
                server=request.server,
                version=request.version,
                made_by=by,
                made_at=at,
                works=built.works,
                ratings=built.ratings,
                pairs=built.pairs,
                size_bytes=built.size_bytes,
                manifest_sha256=built.manifest_sha256,
                folder=self._places.stored(folder),
            )
            session.add(row)
            await session.flush()
            await _name_works(session, row.id, plan)
            await _name_raters(session, row.id, built.raters)
            detail = f"v{request.version}: {built.works} works"
            note(session, AuditEntry(server=request.server, moderator=by, deed=Deed.PUBLISHED, at=at, detail=detail))
            return self._made(row)

    def _made(self, row: ReleaseRow) -> Made:
        return Made(
            version=row.version,
            folder=str(self._places.found(row.folder, row.manifest_sha256)),
            works=row.works,
            ratings=row.ratings,
            pairs=row.pairs,
            size_bytes=row.size_bytes,
            manifest_sha256=row.manifest_sha256,
            made_at=row.made_at,
        )

    async def _finish_earlier(self, parent: Path) -> None:
        """Put a release in its place whose maker died between its last two steps; remove what is not whole."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(ReleaseRow))
            known = {row.manifest_sha256: self._places.named(row.folder) for row in rows}
        parents = {parent, *(place.parent for place in known.values())}

        def finish(root: Path) -> Path | None:
            digest = manifest_sha256_of(root)
            return None if digest is None else known.get(digest)

        for each in sorted(parents):
            sweep(each, finish)


async def _newest(session: AsyncSession, server: ServerId) -> int:
    return await session.scalar(select(func.max(ReleaseRow.version)).where(ReleaseRow.server == server)) or 0


async def _name_works(session: AsyncSession, release: ReleaseId, plan: "Plan") -> None:
    connection = await session.connection()  # A statement for many rows, which a session would take for objects.
    works = plan.chosen.tolist()
    for start in range(0, len(works), _WORKS_A_STEP):
        some = [{"release": release, "creation": work} for work in works[start : start + _WORKS_A_STEP]]
        await connection.execute(insert(ReleasedWorkRow), some)


async def _name_raters(session: AsyncSession, release: ReleaseId, raters: Collection[str]) -> None:
    if raters:
        connection = await session.connection()
        some = [{"release": release, "rater": rater} for rater in sorted(raters)]
        await connection.execute(insert(ReleasedRaterRow), some)
