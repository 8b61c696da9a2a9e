"""Which command tree each application last told Discord of, so that it is told again only when the tree changed."""

from inference.contract.identifiers import ApplicationId
from storage.database import Database
from storage.tables import CommandTreeRow


class CommandTrees:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def digest(self, application: ApplicationId) -> str | None:
        """None: this application was never synced."""
        async with self._database.reading() as session:
            row = await session.get(CommandTreeRow, application)
        return None if row is None else row.digest

    async def synced(self, application: ApplicationId, digest: str) -> None:
        """Discord has taken the tree with this digest."""
        async with self._database.writing() as session:
            await session.merge(CommandTreeRow(application=application, digest=digest))
