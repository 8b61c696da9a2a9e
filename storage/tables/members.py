"""What members agreed to, and what they had erased."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from inference.contract.identifiers import ChannelId, MemberId, MessageId, ServerId
from storage.codec import one_of
from storage.domain import Consent
from storage.tables.base import ROW_ID, Row


class ConsentRow(Row):
    """What a member agreed to or took back, and when: nothing is overwritten, the latest holds."""

    __tablename__ = "consents"

    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    consent: Mapped[Consent] = mapped_column(one_of(Consent, name="consent"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    is_given: Mapped[bool | None]  # None: this is when the question was asked.
    wording: Mapped[int]  # Which version of the question was answered.
    locale: Mapped[str]  # In which language it was asked.

    __table_args__ = (Index(None, "member"),)  # Everything that a member ever said, for the export and the erasure.


class BlockRow(Row):
    """A member who may not make anything in a server."""

    __tablename__ = "blocks"

    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    blocked_by: Mapped[MemberId]
    blocked_at: Mapped[datetime]


class ErasureRow(Row):
    """An erasure that a member has asked for and that is not done yet; the row goes with the last of what it names."""

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    member: Mapped[MemberId]
    server: Mapped[ServerId | None]  # None: all servers.
    takes_messages: Mapped[bool]
    asked_at: Mapped[datetime]


class ForgottenRow(Row):
    """That a member, known by a pseudonym alone, had an erasure: what they did before is not taken in again."""

    __tablename__ = "forgotten"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    server: Mapped[ServerId | None]  # None: all servers.
    pseudonym: Mapped[MemberId]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "server", "at"),)  # Who had an erasure here since this moment?


class DeletionRow(Row):
    """A message of ours that is still to be deleted from Discord, and no word of whose it was."""

    __tablename__ = "deletions"

    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[ChannelId]
