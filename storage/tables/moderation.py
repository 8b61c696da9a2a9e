"""Complaints, and what was done about them."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from inference.contract.identifiers import ChannelId, CreationId, MemberId, MessageId, ReportId, ServerId
from storage.codec import one_of
from storage.domain import Deed, Verdict
from storage.tables.base import ROW_ID, Row, creation_key


class ReportRow(Row):
    """A complaint about a work. It goes with the work; what was decided stays in the audit log."""

    __tablename__ = "reports"

    id: Mapped[ReportId] = mapped_column(primary_key=True)
    server: Mapped[ServerId]
    creation: Mapped[CreationId] = creation_key()
    reporter: Mapped[MemberId | None]  # None: ours, since pictures of the work are held back.
    reason: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[datetime]
    verdict: Mapped[Verdict] = mapped_column(one_of(Verdict, name="verdict"))
    decided_by: Mapped[MemberId | None]
    decided_at: Mapped[datetime | None]
    # Where the moderators were told of it, in words of the work's author and of who reported it.
    card_channel: Mapped[ChannelId | None]
    card_message: Mapped[MessageId | None]

    __table_args__ = (
        Index(None, "server", "verdict", "id"),  # Which reports are open, oldest first?
        Index(None, "creation", "reporter", unique=True),  # Once for each work and member.
        Index(None, "reporter"),  # A member's reports, for the export and the erasure.
        {"sqlite_autoincrement": True},
    )


class AuditRow(Row):
    """What admins and moderators did. It refers to nothing, since it outlives what it tells of."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    server: Mapped[ServerId]
    moderator: Mapped[MemberId | None]  # None: erased since.
    deed: Mapped[Deed] = mapped_column(one_of(Deed, name="deed"))
    at: Mapped[datetime]
    creation: Mapped[CreationId | None] = mapped_column(ROW_ID)
    member: Mapped[MemberId | None]
    detail: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index(None, "server", "id"),  # A page of the log, newest first.
        Index(None, "moderator"),  # Both for the erasure of a member.
        Index(None, "member"),
    )
