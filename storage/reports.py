"""What members complain about, and what moderators decided: each decision with its entry in the audit log."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.errors import CreationNotFoundError, ReportDecidedError, ReportGoneError
from inference.contract.identifiers import ChannelId, CreationId, MemberId, MessageId, ReportId, ServerId
from inference.contract.image import Showing
from storage.audit import note
from storage.database import Database
from storage.domain import AuditEntry, Deed, Posted, Report, Verdict, Waiting
from storage.tables import ArtifactRow, CreationRow, DeletionRow, JobRow, ReportRow

IS_OURS: Final = ReportRow.reporter.is_(None)


class Reports:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def file(self, creation: CreationId, reporter: MemberId, *, reason: str, at: datetime) -> tuple[Report, bool]:
        """One member's complaint about one work; said again, it keeps its place and takes a reason that it lacked.

        Returns it, and whether moderators learn anything by it. Raises `CreationNotFoundError`.
        """
        async with self._database.writing() as session:
            work = await session.scalar(
                select(CreationRow).where(CreationRow.id == creation).with_for_update(read=True, key_share=True)
            )
            if work is None:
                raise CreationNotFoundError(f"no creation {creation}")
            of_member = (ReportRow.creation == creation) & (ReportRow.reporter == reporter)
            row = await session.scalar(select(ReportRow).where(of_member).with_for_update())
            is_news = row is None or (row.verdict is Verdict.OPEN and bool(reason) and not row.reason)
            if row is None:
                row = ReportRow(
                    server=work.server, creation=creation, reporter=reporter, reason=reason, reported_at=at,
                    verdict=Verdict.OPEN,
                )  # fmt: skip
                session.add(row)
            elif reason and not row.reason:
                row.reason = reason
            await session.flush()
            return _report(row), is_news

    async def carded(self, report_id: ReportId, card: Posted) -> None:
        """The moderators were told of the report in this message; it goes with the report or its work.

        When they are gone already, so does it, at once.
        """
        async with self._database.writing() as session:
            row = await session.get(ReportRow, report_id, with_for_update=True)
            if row is None:
                session.add(DeletionRow(message=card.message, channel=card.channel))
            else:
                row.card_channel, row.card_message = card.channel, card.message

    async def withdraw(self, creation: CreationId, reporter: MemberId) -> bool:
        """Take back a complaint that nobody has decided about. Returns whether there was one."""
        open_one = (
            (ReportRow.creation == creation) & (ReportRow.reporter == reporter) & (ReportRow.verdict == Verdict.OPEN)
        )
        async with self._database.writing() as session:
            await take_cards(session, open_one)
            gone = await session.execute(delete(ReportRow).where(open_one).returning(ReportRow.id))
            return gone.first() is not None

    async def open_in(self, report_id: ReportId, server: ServerId) -> Report:
        """One that waits for a decision in this server.

        Raises `ReportDecidedError`, and `ReportGoneError` for another server's or one that went with its work or was
        taken back.
        """
        async with self._database.reading() as session:
            row = await session.get(ReportRow, report_id)
        if row is None or row.server != server:
            raise ReportGoneError(f"no report {report_id} here")
        if row.verdict is not Verdict.OPEN:
            raise ReportDecidedError(f"report {report_id} is decided")
        return _report(row)

    async def waiting(self, server: ServerId) -> Sequence[Waiting]:
        """How many reports wait for a decision about the works of each channel, where any do."""
        ruled_by = case((JobRow.reply_is_private.is_(True), None), else_=func.max(JobRow.reply_parent))
        columns = JobRow.reply_channel, ruled_by.label("ruled_by"), func.count().label("reports")
        query = select(*columns).select_from(ReportRow)
        query = query.join(CreationRow, CreationRow.id == ReportRow.creation)
        query = query.join(JobRow, JobRow.id == CreationRow.job_id)
        query = query.where(ReportRow.server == server, ReportRow.verdict == Verdict.OPEN)
        async with self._database.reading() as session:
            found = await session.execute(query.group_by(JobRow.reply_channel, JobRow.reply_is_private))
            return [Waiting(channel=row.reply_channel, ruled_by=row.ruled_by, reports=row.reports) for row in found]

    async def next_open(
        self, server: ServerId, *, channels: Collection[ChannelId] | None = None, after: int | None = None
    ) -> Report | None:
        """The oldest that waits for a decision, or the next after a cursor; None: there is none.

        `channels`: those that whoever asks moderates; None: any.
        """
        query = select(ReportRow).where(ReportRow.server == server, ReportRow.verdict == Verdict.OPEN)
        if channels is not None:
            query = query.join(CreationRow, CreationRow.id == ReportRow.creation)
            query = query.join(JobRow, JobRow.id == CreationRow.job_id).where(JobRow.reply_channel.in_(channels))
        if after is not None:
            query = query.where(ReportRow.id > after)
        async with self._database.reading() as session:
            row = await session.scalar(query.order_by(ReportRow.id).limit(1))
        return None if row is None else _report(row)

    async def count_open(self, server: ServerId) -> int:
        query = select(func.count()).where(ReportRow.server == server, ReportRow.verdict == Verdict.OPEN)
        async with self._database.reading() as session:
            return await session.scalar(query) or 0

    async def dismiss(self, report_id: ReportId, *, by: MemberId, at: datetime) -> Report:
        """The work stays as it is. Raises `ReportDecidedError`."""
        async with self._database.writing() as session:
            row = await _open(session, report_id)
            _decide(row, Verdict.DISMISSED, by=by, at=at)
            note(session, _entry(row, Deed.DISMISSED, by=by, at=at))
            return _report(row)

    async def hide(self, report_id: ReportId, *, by: MemberId, at: datetime) -> Report:
        """Keep the work from everybody but its author; that settles all that was said about it.

        Raises `ReportDecidedError`.
        """
        async with self._database.writing() as session:
            row = await _open(session, report_id)
            await session.execute(
                update(CreationRow)
                .where(CreationRow.id == row.creation, CreationRow.hidden_at.is_(None))
                .values(hidden_at=at)
            )
            of_work = (ReportRow.creation == row.creation) & (ReportRow.verdict == Verdict.OPEN)
            for each in (await session.scalars(select(ReportRow).where(of_work).with_for_update())).all():
                _decide(each, Verdict.HIDDEN, by=by, at=at)
            note(session, _entry(row, Deed.HID, by=by, at=at))
            return _report(row)

    async def release(self, report_id: ReportId, showing: Showing, *, by: MemberId, at: datetime) -> Report:
        """Let the pictures of the work be shown, in this way, that were held back. Raises `ReportDecidedError`."""
        async with self._database.writing() as session:
            row = await _open(session, report_id)
            await let_show(session, row.creation, showing)
            _decide(row, Verdict.SHOWN, by=by, at=at)
            note(session, _entry(row, Deed.RELEASED, by=by, at=at))
            return _report(row)

    async def untold(self, servers: Collection[ServerId]) -> Sequence[Report]:
        """Ours that wait in these servers and that moderators have got no card of, oldest first."""
        query = select(ReportRow).where(
            IS_OURS,
            ReportRow.verdict == Verdict.OPEN,
            ReportRow.card_message.is_(None),
            ReportRow.server.in_(servers),
        )
        async with self._database.reading() as session:
            return [_report(row) for row in await session.scalars(query.order_by(ReportRow.id))]

    async def released_since(self, moment: datetime) -> Sequence[CreationId]:
        """The works of which pictures were let go from then on."""
        query = select(ReportRow.creation).where(
            IS_OURS, ReportRow.verdict == Verdict.SHOWN, ReportRow.decided_at >= moment
        )
        async with self._database.reading() as session:
            return (await session.scalars(query.order_by(ReportRow.id))).all()


def report_if_held(session: AsyncSession, creation: CreationRow) -> None:
    """Our own complaint about a new work of which pictures are held back: it waits from the same moment as they do."""
    if any(artifact.showing is Showing.HELD for artifact in creation.artifacts):
        session.add(
            ReportRow(
                server=creation.server, creation=creation.id, reporter=None, reason="",
                reported_at=creation.created_at, verdict=Verdict.OPEN,
            )
        )  # fmt: skip


async def let_show(session: AsyncSession, creation: CreationId, showing: Showing) -> bool:
    """Returns whether any picture of the work was held back."""
    is_held = (ArtifactRow.creation == creation) & (ArtifactRow.showing == Showing.HELD)
    gone = await session.execute(update(ArtifactRow).where(is_held).values(showing=showing).returning(ArtifactRow.part))
    return bool(gone.all())


async def settle(session: AsyncSession, creation: CreationId, *, by: MemberId, at: datetime) -> None:
    """Our own complaint about a work has come to an end: its pictures are shown."""
    ours = select(ReportRow).where(ReportRow.creation == creation, IS_OURS).with_for_update()
    for row in (await session.scalars(ours)).all():
        _decide(row, Verdict.SHOWN, by=by, at=at)


async def take_cards(session: AsyncSession, reports: ColumnElement[bool], *, but: MessageId | None = None) -> None:
    """Have the moderators' cards of these reports deleted from Discord, before the reports themselves go."""
    cards = select(ReportRow.card_message, ReportRow.card_channel).where(reports, ReportRow.card_message.is_not(None))
    for message, channel in (await session.execute(cards)).all():
        if message != but:
            await session.merge(DeletionRow(message=message, channel=channel))


async def _open(session: AsyncSession, report_id: ReportId) -> ReportRow:
    row = await session.get(ReportRow, report_id, with_for_update=True)
    if row is None or row.verdict is not Verdict.OPEN:
        raise ReportDecidedError(f"report {report_id} is decided")
    return row


def _decide(row: ReportRow, verdict: Verdict, *, by: MemberId, at: datetime) -> None:
    row.verdict = verdict
    row.decided_by = by
    row.decided_at = at


def _entry(row: ReportRow, deed: Deed, *, by: MemberId, at: datetime) -> AuditEntry:
    return AuditEntry(server=row.server, moderator=by, deed=deed, at=at, creation=row.creation)


def _report(row: ReportRow) -> Report:
    return Report(
        id=row.id,
        server=row.server,
        creation=row.creation,
        reporter=row.reporter,
        reason=row.reason,
        reported_at=row.reported_at,
        verdict=row.verdict,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
