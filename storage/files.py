"""Which files of the media store rows still name: those of creations, and those that members gave to begin from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.artifacts import Artifact
from storage.database import Database
from storage.media import MediaStore, StoredFile
from storage.tables import ArtifactRow, UploadRow

_NAMING: Final = (ArtifactRow, UploadRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The files of a media folder, held against the rows of a database."""

    files: int
    size_bytes: int
    strays: Sequence[StoredFile]  # Those that no row names.

    @property
    def named(self) -> int:
        return self.files - len(self.strays)


async def inventory(database: Database, media: MediaStore) -> Inventory:
    """Looks at each file once. Raises `StorageUnavailableError`."""
    files = size_bytes = 0
    strays: list[StoredFile] = []
    async for shard in media.shards():
        async with database.reading() as session:
            known = await named(session, {file.sha256 for file in shard})
        files += len(shard)
        size_bytes += sum(file.size_bytes for file in shard)
        strays += [file for file in shard if file.sha256 not in known]
    return Inventory(files=files, size_bytes=size_bytes, strays=strays)


async def named(session: AsyncSession, hashes: Collection[str]) -> set[str]:
    """Those of some hashes that a row names."""
    found: set[str] = set()
    for table in _NAMING:
        found.update(await session.scalars(select(table.sha256).where(table.sha256.in_(hashes))))
    return found


async def unnamed(session: AsyncSession, media: MediaStore, artifacts: Collection[Artifact]) -> set[Path]:
    """The files of some artifacts whose rows were just deleted, without those that another row names too."""
    hashes = {artifact.sha256 for artifact in artifacts}
    files = {artifact.path for artifact in artifacts}
    for table in _NAMING:
        kept = await session.execute(select(table.sha256, table.media_type).where(table.sha256.in_(hashes)))
        files -= {media.path(sha256, media_type) for sha256, media_type in kept}
    return files
