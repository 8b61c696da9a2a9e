"""Everything about one member, erased: in steps of one transaction each, so that others get their turn in between.

What was asked for stands in a row of its own until the last step, so that a crash half-way loses nothing of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, case, delete, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from inference.contract.identifiers import ChannelId, CreationId, JobId, MemberId, MessageId, ServerId
from storage.creations import without_words
from storage.database import Database
from storage.domain import ERASED_MEMBER, Deed, Erased, Erasure, Posted
from storage.erased import ErasedList
from storage.files import unnamed
from storage.forgotten import forget
from storage.inheritance import fail_and_scrub_heirs, words_of
from storage.leads import hold_kinds, kinds_of, lead
from storage.media import MediaStore
from storage.pseudonyms import Pseudonyms
from storage.reports import take_cards
from storage.standings import rescore
from storage.tables import (
    ArtifactRow,
    AuditRow,
    BlockRow,
    ConsentRow,
    CreationRow,
    DeletionRow,
    DuelRow,
    ErasureRow,
    FavouriteRow,
    JobRow,
    ParentRow,
    PostRow,
    PraiseRow,
    RaterRow,
    RatingRow,
    ReactionRow,
    ReleaseRow,
    RemarkRow,
    RepeatRow,
    ReportRow,
    StandingRow,
    UploadRow,
)

STEP: Final = 100  # Works a transaction: a tenth of a second or two, which is what other writers wait.
_OPINIONS_A_STEP: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What one step takes away besides rows."""

    jobs: tuple[JobId, ...]
    works: int
    files: set[Path]


class Erasures:
    """What members have asked to have erased, and the messages that are still to go because of it."""

    def __init__(
        self,
        database: Database,
        media: MediaStore,
        pseudonyms: Pseudonyms,
        erased: ErasedList | None,
        *,
        step: int = STEP,
    ) -> None:
        """`erased`: where erasures are noted; None: those that are done here stand in the list already."""
        self._database = database
        self._media = media
        self._pseudonyms = pseudonyms
        self._erased = erased
        self._step = step

    async def ask(self, member: MemberId, server: ServerId | None, *, takes_messages: bool, at: datetime) -> Erasure:
        """Write down what a member wants erased, in a server or in all. Once this returns, it will happen."""
        row = ErasureRow(member=member, server=server, takes_messages=takes_messages, asked_at=at)
        async with self._database.writing() as session:
            session.add(row)
            await session.flush()
            erasure = _erasure(row)
            if self._erased is not None:
                await self._erased.note_erasure(erasure)
        if self._erased is not None:
            await self._erased.spread()
        return erasure

    async def pending(self) -> Sequence[Erasure]:
        """What was asked for and is not done, oldest first."""
        async with self._database.reading() as session:
            return [_erasure(row) for row in await session.scalars(select(ErasureRow).order_by(ErasureRow.id))]

    async def carry_on(self, erasure: Erasure, *, at: datetime) -> Erased:
        """One step. The one that finds nothing left takes away the request for the erasure itself.

        The jobs that it returns are gone from the ledger, or have failed because what they began from is gone.
        """
        async with self._media.changing, self._database.writing() as session:
            taken = await self._take_works(session, erasure, at)
            is_done = taken is None and await self._take_the_rest(session, erasure, at)
            if is_done:
                await session.execute(delete(ErasureRow).where(ErasureRow.id == erasure.id))
            if taken and self._erased is not None:
                await self._erased.note_files(taken.files)
            # Before the rows are gone for good: after a crash in between, nobody would know of these files.
            await self._media.erase(taken.files if taken else ())
        if self._erased is not None:
            await self._erased.spread()
        if is_done:
            await self._database.overwrite_erased()
        return Erased(jobs=taken.jobs, works=taken.works) if taken else Erased(is_done=is_done)

    async def places_of(self, member: MemberId, server: ServerId | None) -> Collection[ChannelId]:
        """The channels in which messages of the bot's show what a member asked for; `server` None: of all servers."""
        query = select(JobRow.reply_channel).where(JobRow.member == member).distinct()
        if server is not None:
            query = query.where(JobRow.reply_server == server)
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()

    async def to_delete(self, *, limit: int, without: Collection[MessageId] = ()) -> Sequence[Posted]:
        """Messages of ours that are still to be deleted from Discord."""
        query = select(DeletionRow).where(DeletionRow.message.not_in(without)).order_by(DeletionRow.message)
        async with self._database.reading() as session:
            rows = await session.scalars(query.limit(limit))
            return [Posted(channel=row.channel, message=row.message) for row in rows]

    async def deleted(self, message: MessageId) -> None:
        """The message is gone, or never will be."""
        async with self._database.writing() as session:
            await session.execute(delete(DeletionRow).where(DeletionRow.message == message))

    # Works, and the jobs that made them or were to make them.

    async def _take_works(self, session: AsyncSession, erasure: Erasure, at: datetime) -> _Taken | None:
        """Some jobs with all that came of them; None when there are none.

        The newest first: what came of a work is then others', and is not walked through again with each step.
        """
        query = select(JobRow).where(JobRow.member == erasure.member, _within(erasure, JobRow.reply_server))
        newest = query.order_by(JobRow.submitted_at.desc(), JobRow.id.desc()).limit(self._step)
        jobs = (await session.scalars(newest.with_for_update())).all()
        if not jobs:
            return None
        ids = [job.id for job in jobs]
        # Locked before heirs are looked for: one that is just being added is seen, or finds its parent gone.
        of_jobs = select(CreationRow.id).where(CreationRow.job_id.in_(ids)).with_for_update()
        creations = (await session.scalars(of_jobs)).all()
        words = await words_of(session, jobs, erasure.member)
        failed = await fail_and_scrub_heirs(session, creations, words, erasure.member, at=at)
        await self._note_messages(session, erasure, jobs, creations)
        await take_cards(session, ReportRow.creation.in_(creations))
        files = await self._without(session, ids, creations)
        await session.execute(delete(ParentRow).where(ParentRow.job.in_(ids)))
        stopped = [job.id for job in jobs if not job.state.is_final]
        await session.execute(delete(JobRow).where(JobRow.id.in_(stopped)))
        for job in jobs:
            if job.state.is_final:
                _strip(job, at)
        return _Taken(jobs=(*stopped, *failed), works=len(creations), files=files)

    async def _note_messages(
        self, session: AsyncSession, erasure: Erasure, jobs: Sequence[JobRow], creations: Sequence[CreationId]
    ) -> None:
        """The messages that are to go: of works, if so asked; of jobs without an end to show, in any case."""
        found = {
            job.reply_message: job.reply_channel for job in jobs if erasure.takes_messages or job.delivered_at is None
        }
        if erasure.takes_messages:
            of_works = (
                select(PostRow.message, JobRow.reply_channel)
                .join(CreationRow, CreationRow.id == PostRow.creation)
                .join(JobRow, JobRow.id == CreationRow.job_id)
                .where(PostRow.creation.in_(creations))
            )
            found |= {post.message: post.reply_channel for post in await session.execute(of_works)}
        known = set(await session.scalars(select(DeletionRow.message).where(DeletionRow.message.in_(list(found)))))
        session.add_all(
            DeletionRow(message=message, channel=channel) for message, channel in found.items() if message not in known
        )

    async def _without(
        self, session: AsyncSession, jobs: Sequence[JobId], creations: Sequence[CreationId]
    ) -> set[Path]:
        """Delete the works, what their jobs were given, and all that the database knows to refer to them.

        Returns the files that nobody needs.
        """
        of_works = await session.scalars(select(ArtifactRow).where(ArtifactRow.creation.in_(creations)))
        of_jobs = await session.scalars(select(UploadRow).where(UploadRow.job.in_(jobs)))
        files = [self._media.artifact(row) for row in (*of_works, *of_jobs)]
        await session.execute(delete(UploadRow).where(UploadRow.job.in_(jobs)))
        kinds = await kinds_of(session, creations)
        await hold_kinds(session, kinds)
        await session.execute(delete(CreationRow).where(CreationRow.id.in_(creations)))
        await lead(session, kinds)
        return await unnamed(session, self._media, files)

    # What a member did to others' works, and what was done about the member.

    async def _take_the_rest(self, session: AsyncSession, erasure: Erasure, at: datetime) -> bool:
        """Returns whether it was all."""
        if await _take_opinions(session, erasure):
            return False
        member = erasure.member
        await take_cards(session, (ReportRow.reporter == member) & _within(erasure, ReportRow.server))
        for table, column in ((ReportRow, ReportRow.reporter), (ConsentRow, ConsentRow.member)):
            await session.execute(delete(table).where(column == member, _within(erasure, table.server)))
        decided = update(ReportRow).where(ReportRow.decided_by == member, _within(erasure, ReportRow.server))
        await session.execute(decided.values(decided_by=None))
        await _take_from_curation(session, erasure)
        await self._disguise_blocks(session, erasure)
        await _leave_no_name_in_the_log(session, erasure)
        await forget(session, self._pseudonyms, member, erasure.server, at=at)
        return True

    async def _disguise_blocks(self, session: AsyncSession, erasure: Erasure) -> None:
        """A block outlives its member, or an erasure would be the way around it."""
        here = _within(erasure, BlockRow.server)
        by = update(BlockRow).where(BlockRow.blocked_by == erasure.member, here)
        await session.execute(by.values(blocked_by=ERASED_MEMBER))
        of = select(BlockRow).where(BlockRow.member == erasure.member, here)
        for block in (await session.scalars(of)).all():
            pseudonym = await self._pseudonyms.of(erasure.member)
            disguised = BlockRow(
                server=block.server, member=pseudonym, blocked_by=block.blocked_by, blocked_at=block.blocked_at
            )
            await session.delete(block)
            await session.merge(disguised)


async def _take_opinions(session: AsyncSession, erasure: Erasure) -> bool:
    """Favourites, ratings and the reactions that they come from, some at a time. Returns whether there were any."""
    were_any = False
    for table in (ReactionRow, RatingRow, RemarkRow, RepeatRow, FavouriteRow):
        query = select(table.creation).where(table.member == erasure.member).distinct()
        if erasure.server is not None:
            query = query.join(CreationRow, CreationRow.id == table.creation).where(
                CreationRow.server == erasure.server
            )
        creations = (await session.scalars(query.limit(_OPINIONS_A_STEP))).all()
        if creations:
            were_any = True
            theirs = (table.member == erasure.member) & table.creation.in_(creations)
            await session.execute(delete(table).where(theirs))
            if table is RatingRow:
                await rescore(session, creations)
    return were_any


async def _take_from_curation(session: AsyncSession, erasure: Erasure) -> None:
    """A member's duels, and what is known of them as a rater; what they decided as a curator stays, without a name."""
    member = erasure.member
    of_rater = ((DuelRow, DuelRow.member), (RaterRow, RaterRow.member), (PraiseRow, PraiseRow.rater))
    for table, column in (*of_rater, (PraiseRow, PraiseRow.author)):
        await session.execute(delete(table).where(column == member, _within(erasure, table.server)))
    selected = update(StandingRow).where(StandingRow.selected_by == member, _within(erasure, StandingRow.server))
    await session.execute(selected.values(selected_by=None))
    made = update(ReleaseRow).where(ReleaseRow.made_by == member, _within(erasure, ReleaseRow.server))
    await session.execute(made.values(made_by=None))


async def _leave_no_name_in_the_log(session: AsyncSession, erasure: Erasure) -> None:
    """What was done stays, and when; by whom and to whom goes, and so do the words, which may be theirs.

    What a setting was changed to is no word of theirs: it is the server's.
    """
    here = _within(erasure, AuditRow.server)
    detail = case((AuditRow.deed == Deed.SET, AuditRow.detail), else_="")
    for column in (AuditRow.moderator, AuditRow.member):
        entries = update(AuditRow).where(column == erasure.member, here)
        await session.execute(entries.values({column: None, AuditRow.detail: detail}))


def _strip(job: JobRow, at: datetime) -> None:
    """Leave of an ended job what estimates, order and statistics are made from."""
    job.member = ERASED_MEMBER
    job.request = without_words(job.request)
    job.reply_channel, job.reply_parent, job.reply_message = ChannelId(0), None, MessageId(0)
    job.reply_token = ""
    job.failure = job.failure and replace(job.failure, detail="")
    job.delivered_at = job.delivered_at or at


def _within(erasure: Erasure, server: InstrumentedAttribute[ServerId]) -> ColumnElement[bool]:
    return true() if erasure.server is None else server == erasure.server


def _erasure(row: ErasureRow) -> Erasure:
    return Erasure(
        id=row.id,
        member=row.member,
        server=row.server,
        takes_messages=row.takes_messages,
        asked_at=row.asked_at,
    )
