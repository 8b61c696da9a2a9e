"""Which media folder belongs to which database: both hold the same id, and whoever opens them compares.

The id of a database is drawn once, by the migration that makes its table. A copy has the same id, and so has a backup.
"""

from sqlalchemy import select

from storage.database import Database
from storage.errors import MediaForeignError, MediaMismatchError, MediaUnclaimedError
from storage.files import inventory
from storage.media import MediaStore
from storage.tables import IdentityRow


async def identity_of(database: Database) -> str:
    """Raises `StorageUnavailableError`."""
    async with database.reading() as session:
        return (await session.scalars(select(IdentityRow.id))).one()


async def mismatch(database: Database, media: MediaStore) -> MediaMismatchError | None:
    """Why the folder may not be used with this database; None when it may. Changes nothing.

    A folder without files is anybody's, and one without an id is that of the database which knows most of its files.
    """
    ours, owner = await identity_of(database), await media.owner()
    if owner == ours:
        return None
    found = await inventory(database, media)
    if not found.files and not await media.trashed():
        return None
    if owner is not None:
        return MediaForeignError(media.folder)
    if 2 * found.named <= found.files:
        return MediaUnclaimedError(media.folder, files=found.files, named=found.named)
    return None


async def claim(database: Database, media: MediaStore) -> None:
    """Have the folder belong to this database, if it does not yet and may.

    Raises `MediaForeignError`, `MediaUnclaimedError`, `StorageUnavailableError`.
    """
    if refusal := await mismatch(database, media):
        raise refusal
    await adopt(database, media)


async def adopt(database: Database, media: MediaStore) -> None:
    """Have the folder belong to this database, whatever it belonged to: the host's word alone allows that."""
    ours = await identity_of(database)
    if await media.owner() != ours:
        await media.belong_to(ours)
