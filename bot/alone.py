"""One bot over one data folder and one database: a second one would take up the first one's running jobs."""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bot.settings import Settings
from inference.contract.errors import AtelierError
from storage.backup.mark import require_whole
from storage.lock import WhenLost, alone_over


class AlreadyRunningError(AtelierError):
    """Another bot has the data folder."""


@asynccontextmanager
async def alone(
    settings: Settings, *, when_lost: WhenLost | None = None, is_restoring: bool = False
) -> AsyncIterator[None]:
    """Keep others out for the length of the block: of the data folder, and of the database, wherever that is.

    `when_lost` is called when another took the database after the connection to it broke: the block must end then.

    Raises `AlreadyRunningError`, `DatabaseTakenError`, `StorageUnavailableError`, `OSError`, and unless `is_restoring`
    `RestoreUnfinishedError`.
    """
    with _alone_in(settings.data_dir):
        if not is_restoring:
            require_whole(settings.data_dir)
        async with alone_over(settings.storage_url, when_lost=when_lost):
            yield


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"another Atelier is running over {folder.absolute()}") from None
        yield
