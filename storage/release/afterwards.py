"""What became since of what a release holds: works and raters that were taken back."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import select

from inference.contract.identifiers import CreationId
from storage.database import Database
from storage.release.eligibility import gathered
from storage.release.pseudonyms import Aliases
from storage.release.reading import rows_of
from storage.release.reasons import consenting
from storage.release.tombs import why_gone
from storage.release.values import ReleaseRequest, Split, TakenBack
from storage.tables import ReleasedWorkRow, ReleaseRow

_A_PAGE: Final = 5_000


async def taken_back(database: Database, request: ReleaseRequest, folder: Path, aliases: Aliases) -> TakenBack:
    """Of the release of this server and version. `aliases`: its own. Raises `StorageUnavailableError`, `OSError`.

    The database does not know whose ratings a release holds: they are told by their names in the folder.
    """
    async with database.snapshot() as session:
        members = await consenting(session, request)
        facts = await gathered(session, request, members)
    works = 0
    async for work in _works(database, request):
        works += why_gone(work, facts.works, facts.reason) is not None
    agreeing = frozenset().union(*map(aliases.of_opinions, members.raters))
    return TakenBack(works=works, raters=len(set(_raters(folder)) - agreeing))


async def _works(database: Database, request: ReleaseRequest) -> AsyncIterator[CreationId]:
    after = CreationId(0)
    of_release = (ReleaseRow.server == request.server) & (ReleaseRow.version == request.version)
    query = (
        select(ReleasedWorkRow.creation)
        .join(ReleaseRow, ReleaseRow.id == ReleasedWorkRow.release)
        .where(of_release)
        .order_by(ReleasedWorkRow.creation)
        .limit(_A_PAGE)
    )
    while True:
        async with database.reading() as session:
            page = list(await session.scalars(query.where(ReleasedWorkRow.creation > after)))
        if not page:
            return
        for work in page:
            yield work
        after = page[-1]


def _raters(folder: Path) -> Iterator[str]:
    for split in Split:
        for row in rows_of(folder, "ratings", split, ["rater"]):
            yield row["rater"]
