"""Everything that is remembered, behind one door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

from storage import identity, schema
from storage.audit import Audit
from storage.blocks import Blocks
from storage.commands import CommandTrees
from storage.consents import Consents
from storage.creations import Creations
from storage.curation import Curation
from storage.database import BUSY_TIMEOUT_SECONDS, Database
from storage.decisions import Decisions
from storage.duels import Duels
from storage.erased import ErasedList
from storage.erasure import Erasures
from storage.errors import SchemaError
from storage.exports import Exports
from storage.favourites import Favourites
from storage.files import Inventory, inventory
from storage.healing import heal_standings
from storage.jobs import SqlJobStore
from storage.lineage import Lineage
from storage.media import MediaStore
from storage.outdated import Outdated
from storage.pseudonyms import PSEUDONYMS, Pseudonyms
from storage.ratings import Ratings
from storage.refit import Refits
from storage.release.releases import Releases
from storage.reports import Reports
from storage.servers import Servers
from storage.standings import Standings
from storage.statistics import Statistics
from storage.styles import Styles
from storage.survey import Survey
from storage.sweeping import Strays

# Beside the media folder.
RELEASES: Final = "releases"


class Storage:
    """The collections. Each call is one transaction of its own, and frozen values are all that leaves.

    One process makes and deletes creations; others may read.
    """

    def __init__(
        self, database: Database, media: MediaStore, pseudonyms: Pseudonyms, erased: ErasedList, releases: Path
    ) -> None:
        self._database = database
        self.media = media
        self.survey = Survey(database, media)
        self.strays = Strays(database, media)
        self.jobs = SqlJobStore(database, media)
        self.creations = Creations(database, media, erased)
        self.ratings = Ratings(database, pseudonyms)
        self.standings = Standings(database)
        self.curation = Curation(database)
        self.duels = Duels(database)
        self.refits = Refits(database)
        self.favourites = Favourites(database, pseudonyms)
        self.lineage = Lineage(database)
        self.command_trees = CommandTrees(database)
        self.servers = Servers(database)
        self.styles = Styles(database)
        self.statistics = Statistics(database)
        self.blocks = Blocks(database, pseudonyms)
        self.audit = Audit(database)
        self.reports = Reports(database)
        self.consents = Consents(database)
        self.exports = Exports(database, media)
        self.erasures = Erasures(database, media, pseudonyms, erased)
        self.outdated = Outdated(database)
        self.decisions = Decisions(database)
        self.releases = Releases(database, media, pseudonyms, releases)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        address: str,
        *,
        media_folder: Path,
        busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
    ) -> AsyncIterator[Self]:
        """Opens the database at `address` and the media folder that belongs to it; no file is removed by it.

        Raises `SchemaOutdatedError`, `SchemaNewerError`, `MediaMismatchError`, `StorageUnavailableError`,
        `DatabaseUrlError`.
        """
        async with Database.open(address, busy_timeout_seconds=busy_timeout_seconds) as database:
            await schema.check(database)
            media = MediaStore(media_folder)
            await media.prepare()
            await identity.claim(database, media)
            pseudonyms = Pseudonyms(media_folder.with_name(PSEUDONYMS))
            erased = ErasedList(media_folder.parent, pseudonyms)
            yield cls(database, media, pseudonyms, erased, media_folder.with_name(RELEASES))

    @staticmethod
    async def upgrade(address: str) -> schema.Upgrade:
        """Make the tables, or bring them up to date. Raises as `open`, save for `SchemaOutdatedError`."""
        return await schema.upgrade(address)

    @staticmethod
    async def adopt(address: str, *, media_folder: Path, is_agreed: bool) -> Inventory:
        """Have the media folder belong to this database, whatever it belonged to. Returns what lies in it.

        Without the host's word nothing is changed. Raises as `open`, save for `MediaMismatchError`.
        """
        async with Database.open(address) as database:
            await schema.check(database)
            media = MediaStore(media_folder)
            found = await inventory(database, media)
            if is_agreed:
                await media.prepare()
                await identity.adopt(database, media)
            return found

    @staticmethod
    async def is_current(address: str) -> bool:
        """Whether `open` would find its tables. Raises `StorageUnavailableError`, `DatabaseUrlError`."""
        async with Database.open(address) as database:
            try:
                await schema.check(database)
            except SchemaError:
                return False
        return True

    async def heal(self) -> int:
        """Add what an earlier version of the bot left out of works. Returns of how many.

        Raises `StorageUnavailableError`.
        """
        return await heal_standings(self._database)

    async def ping(self) -> None:
        """One round trip. Raises `StorageUnavailableError` unless the database answers."""
        await self._database.ping()
