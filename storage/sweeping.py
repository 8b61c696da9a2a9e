"""Files that no row names: they go to the trash for a while, and only where few of them are in question.

A database that is older than its media folder names only some of the files: then the database lacks something, and the
folder has nothing too much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage.database import Database
from storage.files import Inventory, inventory, named
from storage.media import MediaStore, StoredFile

STRAY_AGE: Final = timedelta(hours=1)  # Spares what another process is taking in now.
TRASH_AGE: Final = timedelta(days=30)
FEW: Final = 8  # What two crashes may leave, each in the middle of one job's files.
_FEW_OF_A_HUNDRED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep did."""

    restored: int  # Files that a row names again; they are back from the trash.
    trashed: int
    left: int  # Files without a row that need the host's word to go; they stay.
    expired: int  # Files that are gone from the trash for good.


class Strays:
    """The files that no row names, and the trash that they go to."""

    def __init__(self, database: Database, media: MediaStore) -> None:
        self._database = database
        self._media = media

    async def sweep(self, *, at: datetime, is_agreed: bool = False) -> Swept:
        """`is_agreed`: the host knows that many files have no row. Raises `StorageUnavailableError`."""
        restored = await self._restore()
        found = await inventory(self._database, self._media)
        strays = old_strays(found, at=at)
        may_go = is_agreed or are_few(len(strays), found)
        if may_go:
            await self._media.trash(strays, at=at)
        await self._media.remove(await self._media.half_files(before=at - STRAY_AGE))
        expired = await self._media.empty_trash(before=at - TRASH_AGE)
        trashed = len(strays) if may_go else 0
        return Swept(restored=restored, trashed=trashed, left=len(strays) - trashed, expired=expired)

    async def _restore(self) -> int:
        """Bring back what a row names, as after the return of a newer database."""
        trashed = await self._media.trashed()
        async with self._database.reading() as session:
            wanted = await named(session, {file.sha256 for file in trashed})
        return await self._media.restore(file for file in trashed if file.sha256 in wanted)


def are_few(strays: int, found: Inventory) -> bool:
    """Whether so many files may go without the host's word. Of a database that names none, none may."""
    return found.named > 0 and (strays <= FEW or 100 * strays <= _FEW_OF_A_HUNDRED * found.files)


def old_strays(found: Inventory, *, at: datetime) -> Sequence[StoredFile]:
    """Those that nobody is taking in any more."""
    return [file for file in found.strays if file.changed_at < (at - STRAY_AGE).timestamp()]
