"""The tables. A comment at each index names the question that it answers."""

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from inference.contract.artifacts import Provenance
from inference.contract.errors import Failure
from inference.contract.identifiers import (
    ApplicationId,
    ChannelId,
    CreationId,
    JobId,
    MemberId,
    MessageId,
    ModelName,
    ServerId,
)
from inference.contract.jobs import JobState
from inference.contract.requests import Request
from storage.codec import Stored, UtcDateTime, one_of
from storage.domain import MAX_STARS, MIN_STARS, Axis

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
# SQLite counts up only a column that is declared INTEGER.
_ROW_ID: Final = BigInteger().with_variant(Integer, "sqlite")
_STARS: Final = f"stars BETWEEN {MIN_STARS} AND {MAX_STARS}"


class Row(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        int: Integer,
        float: Double,
        datetime: UtcDateTime,
        JobId: _ROW_ID,
        CreationId: _ROW_ID,
        ApplicationId: BigInteger,
        ServerId: BigInteger,
        ChannelId: BigInteger,
        MemberId: BigInteger,
        MessageId: BigInteger,
        ModelName: String,
    }


class JobRow(Row):
    """A job; its request is the only place that holds the prompt."""

    __tablename__ = "jobs"

    id: Mapped[JobId] = mapped_column(primary_key=True)
    member: Mapped[MemberId]
    request: Mapped[Request] = mapped_column(Stored(Request))
    reply_application: Mapped[ApplicationId]
    reply_server: Mapped[ServerId]
    reply_channel: Mapped[ChannelId]
    reply_token: Mapped[str]
    reply_token_expires_at: Mapped[datetime]
    reply_message: Mapped[MessageId]
    locale: Mapped[str]
    submitted_at: Mapped[datetime]
    predicted_seconds: Mapped[float]
    start_tag: Mapped[float]
    finish_tag: Mapped[float]
    # Jobs and creations refer to each other, so PostgreSQL adds this constraint once both tables stand.
    parent: Mapped[CreationId | None] = mapped_column(ForeignKey("creations.id", ondelete="SET NULL", use_alter=True))
    state: Mapped[JobState] = mapped_column(one_of(JobState, name="state"))
    attempts: Mapped[int]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failure: Mapped[Failure | None] = mapped_column(Stored(Failure))
    # What it cost, kept when the creation is erased, since running times are estimated from it.
    made_with: Mapped[ModelName | None]
    made_size: Mapped[int | None]
    device_seconds: Mapped[float | None]

    __table_args__ = (
        Index(None, "state", "start_tag", "id"),  # Who is next? How many stand before? What ran at the crash?
        Index(None, "member", "finish_tag"),  # A member's last finish tag.
        Index(None, "made_with", "finished_at", "id"),  # The last costs of a model.
        Index(None, "parent"),  # What began from this creation? Asked by the foreign key at each deletion.
        {"sqlite_autoincrement": True},
    )


# The greatest start tag that was ever served.
Index(
    "ix_jobs_served_start_tag",
    JobRow.start_tag,
    sqlite_where=JobRow.started_at.is_not(None),
    postgresql_where=JobRow.started_at.is_not(None),
)
# Which ends does no note show yet?
Index(
    "ix_jobs_undelivered",
    JobRow.finished_at,
    JobRow.id,
    sqlite_where=JobRow.finished_at.is_not(None) & JobRow.delivered_at.is_(None),
    postgresql_where=JobRow.finished_at.is_not(None) & JobRow.delivered_at.is_(None),
)


class CreationRow(Row):
    """A creation. Its id is never given again, since buttons that carry it outlive it."""

    __tablename__ = "creations"

    id: Mapped[CreationId] = mapped_column(primary_key=True)
    job_id: Mapped[JobId] = mapped_column(ForeignKey("jobs.id"), unique=True)  # One job makes one creation.
    server: Mapped[ServerId]
    member: Mapped[MemberId]
    provenance: Mapped[Provenance] = mapped_column(Stored(Provenance))
    created_at: Mapped[datetime]

    job: Mapped[JobRow] = relationship(lazy="raise", foreign_keys=job_id)
    artifacts: Mapped[list["ArtifactRow"]] = relationship(lazy="raise", order_by="ArtifactRow.part")
    posts: Mapped[list["PostRow"]] = relationship(lazy="raise", order_by="PostRow.part")

    __table_args__ = (
        Index(None, "server", "member", "id"),  # A page of a member's history in a server.
        {"sqlite_autoincrement": True},
    )


def _creation_key(*, is_primary: bool = False) -> Mapped[CreationId]:
    return mapped_column(ForeignKey("creations.id", ondelete="CASCADE"), primary_key=is_primary, autoincrement=False)


class ArtifactRow(Row):
    """One file of a creation; its bytes lie in the media store under their hash."""

    __tablename__ = "artifacts"

    creation: Mapped[CreationId] = _creation_key(is_primary=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index(None, "sha256"),)  # Does another creation need this file?


class PostRow(Row):
    """A message in which a creation stands; part 0 is the note."""

    __tablename__ = "posts"

    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    creation: Mapped[CreationId] = _creation_key()
    part: Mapped[int]

    __table_args__ = (Index(None, "creation", "part"),)  # Where does this creation stand?


class ReactionRow(Row):
    """The latest that is known of one member's one emoji on one message: the evidence that ratings are derived from."""

    __tablename__ = "reactions"

    # In this order the key also answers: which reactions on this message (with these stars)?
    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    stars: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    creation: Mapped[CreationId] = _creation_key()
    at: Mapped[datetime]
    is_standing: Mapped[bool]

    __table_args__ = (
        CheckConstraint(_STARS, name="stars"),
        Index(None, "creation", "member"),  # What does this member's rating of this creation come to?
    )


class ClearingRow(Row):
    """When all reactions with these stars were last cleared from a message, for those that are told too late."""

    __tablename__ = "clearings"

    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    stars: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    creation: Mapped[CreationId] = _creation_key()
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(_STARS, name="stars"),
        Index(None, "creation"),  # Asked by the foreign key at each deletion.
    )


class RatingRow(Row):
    """A rating, derived from the reactions that stand."""

    __tablename__ = "ratings"

    creation: Mapped[CreationId] = _creation_key(is_primary=True)
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    axis: Mapped[Axis] = mapped_column(one_of(Axis, name="axis"), primary_key=True)
    stars: Mapped[int]
    rated_at: Mapped[datetime]

    __table_args__ = (CheckConstraint(_STARS, name="stars"),)


class CommandTreeRow(Row):
    """The command tree that an application last told Discord of."""

    __tablename__ = "command_trees"

    application: Mapped[ApplicationId] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str]
