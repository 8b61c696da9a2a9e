"""What the host's backups hold, and what is done before the database is upgraded."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.alone import alone
from bot.settings import STUDIO_ARCHIVE, Settings
from inference.contract.errors import AtelierError
from storage import Storage, schema
from storage.backup.errors import ToolMissingError
from storage.backup.folder import BackupFolder
from storage.backup.manifest import Manifest
from storage.backup.restoring import Restored, restore
from storage.backup.taking import Progress, Source, Taken, require_tools, take
from storage.backup.verification import verify
from storage.erased import ERASED, read_gone

# Releases are never made a second time; of the models, what the host agreed to and which commit was pulled first.
_OTHERS: Final = ("releases/**/*", "models/*.json")
BEFORE_UPGRADE: Final = "before an upgrade"
BY_HAND: Final = "asked for"


class UpgradeUnsafeError(AtelierError):
    """No backup can be made before the upgrade, and nobody has said that it may go without."""


def usual_folder(settings: Settings) -> Path:
    return settings.data_dir / "backups"


def source_of(settings: Settings) -> Source:
    return Source(
        address=settings.storage_url,
        media_folder=settings.media_folder,
        databases=(STUDIO_ARCHIVE,),
        others=_OTHERS,
    )


async def back_up(settings: Settings, place: Path, *, keep: int | None, progress: Progress) -> Taken:
    return await take(source_of(settings), place, why=BY_HAND, clock=_now, keep=keep, progress=progress)


async def bring_back(settings: Settings, place: Path, name: str | None, *, over: bool, progress: Progress) -> Restored:
    async with alone(settings, is_restoring=True):
        return await restore(source_of(settings), place, name, over=over, clock=_now, progress=progress)


async def check(settings: Settings, place: Path) -> list[tuple[str, Manifest]]:
    """Read every backup of a folder. Raises `BackupDamagedError`."""
    folder = BackupFolder(place)
    gone = read_gone(folder.erased, settings.data_dir / ERASED)
    with folder.held():
        return [(name, await verify(folder, folder.root / name, gone)) for name in folder.names()]


async def upgrade(
    settings: Settings, *, without_backup: bool, may_go_without: Callable[[str], bool]
) -> tuple[schema.Upgrade, Taken | None]:
    """Bring the database up to date, after a backup where there is anything to lose.

    `may_go_without` asks the host, where PostgreSQL's programs are missing. Raises `UpgradeUnsafeError` where the
    answer is no, and what a backup and an upgrade raise.
    """
    taken = None
    async with alone(settings):
        found = await schema.revision_of(settings.storage_url)
        if found is not None and found < schema.REVISION and not without_backup:
            taken = await _backed_up(settings, may_go_without)
        return await Storage.upgrade(settings.storage_url), taken


async def _backed_up(settings: Settings, may_go_without: Callable[[str], bool]) -> Taken | None:
    source = source_of(settings)
    try:
        require_tools(source)
    except ToolMissingError as error:
        if may_go_without(str(error)):
            return None
        raise UpgradeUnsafeError(
            f"no backup can be made before the upgrade, since {error}. Or make one yourself, and say --without-backup."
        ) from error
    return await take(source, usual_folder(settings), why=BEFORE_UPGRADE, clock=_now)


def _now() -> datetime:
    return datetime.now(UTC)
