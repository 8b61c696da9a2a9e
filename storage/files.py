"""Which files of the media store rows still name: those of creations, and those that members gave to begin from."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.artifacts import Artifact
from storage.media import MediaStore
from storage.tables import ArtifactRow, UploadRow

_NAMING: Final = (ArtifactRow, UploadRow)


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
