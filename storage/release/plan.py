"""Which works of a server a release holds, in which split each, and why the others are not in it."""

import asyncio
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId
from storage.appraisal import files_between, numbered
from storage.database import Database
from storage.media import MediaStore
from storage.release.eligibility import IN, REASONS, Facts, counted, gathered
from storage.release.pairs import plain
from storage.release.reasons import WORKS_A_PAGE, consenting
from storage.release.scrub import scrubbed
from storage.release.splits import NONE, SPLITS, Ties, dealt
from storage.release.values import Reason, ReleaseRequest, Split
from storage.scoring.likeness import components, firsts, prints_of
from storage.scoring.opinions import Marks, Numbers
from storage.showable import is_shown
from storage.tables import ArtifactRow, CreationRow, JobRow

_DIGEST_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What is decided before anything is written: of a work some 40 bytes, of a member who agreed their id.

    Works are in the order of their numbers.
    """

    works: Numbers  # All of the server.
    reason: Numbers  # A place in `REASONS`, or `IN`.
    from_upload: Marks  # Whether a member's own file is beneath it.
    split: Numbers  # A place in `SPLITS`; means nothing where the work is not in.
    raters: frozenset[MemberId]  # Who agreed to have their ratings released.
    is_split_by_author: bool

    @property
    def chosen(self) -> Numbers:
        """The numbers of the works that are in."""
        found: Numbers = self.works[self.reason == IN]
        return found

    @property
    def excluded(self) -> Mapping[Reason, int]:
        return counted(self.reason)

    def is_from_upload(self, work: CreationId) -> bool:
        """Of a work that is known."""
        return bool(self.from_upload[np.searchsorted(self.works, work)])

    def splits_of(self, works: Sequence[CreationId]) -> Mapping[CreationId, Split]:
        """Of those of these works that are in."""
        if not len(self.works) or not works:
            return {}
        place = np.minimum(np.searchsorted(self.works, np.array(works, dtype=np.int64)), len(self.works) - 1)
        known, reason, split = (each[place].tolist() for each in (self.works, self.reason, self.split))
        return {
            work: SPLITS[its]
            for work, one, why, its in zip(works, known, reason, split, strict=True)
            if work == one and why == IN
        }


async def planned(
    database: Database, media: MediaStore, request: ReleaseRequest, lost: Collection[CreationId] = ()
) -> Plan:
    """`lost`: works whose files are known not to be what they were. Raises `StorageUnavailableError`."""
    async with database.snapshot() as session:
        members = await consenting(session, request)
        facts = await gathered(session, request, members)
    reason = facts.reason.copy()
    lost = {*lost, *await _without_files(database, media, request, facts.works[reason == IN])}
    reason[np.isin(facts.works, list(lost)) & (reason == IN)] = REASONS.index(Reason.FILE_LOST)
    chosen = np.flatnonzero(reason == IN)
    deal = dealt(await _ties(database, request, facts, chosen))
    split = np.zeros(len(facts.works), dtype=np.int64)
    split[chosen] = np.where(deal.split == NONE, 0, deal.split)
    reason[chosen[deal.split == NONE]] = REASONS.index(Reason.CROSSES_SPLITS)
    return Plan(
        works=facts.works,
        reason=reason,
        from_upload=facts.from_upload,
        split=split,
        raters=members.raters,
        is_split_by_author=deal.is_by_author,
    )


async def is_overtaken(session: AsyncSession, request: ReleaseRequest, plan: Plan) -> bool:
    """Whether anything that was planned may not be released any more."""
    members = await consenting(session, request)
    facts = await gathered(session, request, members)
    still = facts.works[facts.reason == IN]
    return len(np.setdiff1d(plan.chosen, still, assume_unique=True)) > 0 or not plan.raters <= members.raters


async def _without_files(
    database: Database, media: MediaStore, request: ReleaseRequest, works: Numbers
) -> set[CreationId]:
    """Works of which a file is not there."""

    def missing(rows: Sequence[Any]) -> set[CreationId]:
        return {row.creation for row in rows if not media.path(row.sha256, row.media_type).is_file()}

    found: set[CreationId] = set()
    for first, last in spans_of(works):
        files = (
            select(ArtifactRow.creation, ArtifactRow.sha256, ArtifactRow.media_type)
            .join(CreationRow, CreationRow.id == ArtifactRow.creation)
            .where(CreationRow.server == request.server, ArtifactRow.creation.between(first, last))
            .where(is_shown(ArtifactRow))
        )
        async with database.reading() as session:
            rows = (await session.execute(files)).all()
        found |= await asyncio.to_thread(missing, rows)
    return found


def spans_of(works: Numbers) -> Iterator[tuple[CreationId, CreationId]]:
    """The first and the last of each page."""
    for start in range(0, len(works), WORKS_A_PAGE):
        page = works[start : start + WORKS_A_PAGE]
        yield CreationId(int(page[0])), CreationId(int(page[-1]))


async def _ties(database: Database, request: ReleaseRequest, facts: Facts, chosen: Numbers) -> Ties:
    works = facts.works[chosen]
    prompts, files = [np.empty(0, dtype=np.int64)], [np.empty((0, 3), dtype=np.int64)]
    for first, last in spans_of(works):
        asked = (
            select(CreationRow.id, JobRow.request)
            .join(JobRow, JobRow.id == CreationRow.job_id)
            .where(CreationRow.server == request.server, CreationRow.id.between(first, last))
        )
        async with database.snapshot() as session:
            typed = {row.id: row.request.prompt for row in await session.execute(asked)}
            found = numbered(await session.execute(files_between(request.server, first, last)))
            files.append(np.array(list(found), dtype=np.int64).reshape(-1, 3))
        page = works[np.searchsorted(works, first) : np.searchsorted(works, last, side="right")]
        prompts.append(np.array([_digest(typed.get(work, "")) for work in page.tolist()], dtype=np.int64))
    return Ties(
        author=facts.author[chosen],
        prompt=np.concatenate(prompts),
        alike=firsts(len(works), *prints_of(works, np.concatenate(files))),
        lineage=components(len(facts.works), facts.parents)[chosen],
    )


def _digest(prompt: str) -> int:
    """Equal for prompts that are the same to a reader of the release."""
    words = plain(scrubbed(prompt)).encode("utf-8", "replace")
    digest = hashlib.blake2b(words, digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest, signed=True)
