"""Jobs, the works that they made, and what these were made from."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

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
from inference.contract.image import Guard, Picture, Showing
from inference.contract.jobs import JobState, Relation
from inference.contract.mediums import Medium
from inference.contract.requests import Request
from storage.codec import Stored, one_of
from storage.tables.base import Row, creation_key


class JobRow(Row):
    """A job; its request is the only place that holds the prompt."""

    __tablename__ = "jobs"

    id: Mapped[JobId] = mapped_column(primary_key=True)
    member: Mapped[MemberId]
    request: Mapped[Request] = mapped_column(Stored[Request](Request))  # type: ignore[arg-type]  # A union is no type to mypy.
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

    guard: Mapped[Guard] = mapped_column(one_of(Guard, name="guard"), server_default=Guard.HOLD.value)
    # Of which channel `reply_channel` is a thread, or itself; None: of a job from before this was kept.
    reply_parent: Mapped[ChannelId | None]
    reply_is_private: Mapped[bool] = mapped_column(server_default=false())

    parents: Mapped[list["ParentRow"]] = relationship(lazy="selectin", order_by="ParentRow.position")
    uploads: Mapped[list["UploadRow"]] = relationship(
        lazy="selectin", order_by="UploadRow.part", cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (
        Index(None, "state", "start_tag", "id"),  # Who is next? How many stand before? What ran at the crash?
        Index(None, "member", "finish_tag"),  # A member's last finish tag.
        Index(None, "made_with", "finished_at", "id"),  # The last costs of a model.
        Index(None, "member", "submitted_at"),  # What did this member ask for since yesterday?
        Index(None, "member", "state"),  # What of this member waits or runs?
        Index(None, "reply_server", "submitted_at"),  # What was asked for in this server, day by day?
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
    medium: Mapped[Medium] = mapped_column(one_of(Medium, name="medium"))
    picked: Mapped[int | None]
    hidden_at: Mapped[datetime | None]

    job: Mapped[JobRow] = relationship(lazy="raise", foreign_keys=job_id)
    artifacts: Mapped[list["ArtifactRow"]] = relationship(lazy="raise", order_by="ArtifactRow.part")
    posts: Mapped[list["PostRow"]] = relationship(lazy="raise", order_by="PostRow.part")

    __table_args__ = (
        Index(None, "server", "member", "id"),  # A page of a member's history in a server.
        Index(None, "server", "id"),  # A page of the server's history.
        Index(None, "server", "medium", "id"),  # The same of one medium.
        Index(None, "server", "created_at"),  # From which id on is it this day?
        {"sqlite_autoincrement": True},
    )


# Which works were hidden lately?
Index(
    "ix_creations_hidden_at",
    CreationRow.hidden_at,
    sqlite_where=CreationRow.hidden_at.is_not(None),
    postgresql_where=CreationRow.hidden_at.is_not(None),
)


class ParentRow(Row):
    """A creation that a job began from. Deleted, it leaves the job without it."""

    __tablename__ = "parents"

    job: Mapped[JobId] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    creation: Mapped[CreationId] = creation_key()
    relation: Mapped[Relation] = mapped_column(one_of(Relation, name="relation"))
    part: Mapped[int]

    __table_args__ = (Index(None, "creation"),)  # What began from this creation?


class ArtifactRow(Row):
    """One file of a creation; its bytes lie in the media store under their hash."""

    __tablename__ = "artifacts"

    creation: Mapped[CreationId] = creation_key(is_primary=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    # Of pictures; None of everything else. The fingerprint of texts as well, by which near duplicates are known.
    width: Mapped[int | None]
    height: Mapped[int | None]
    fingerprint: Mapped[str | None] = mapped_column(String(16))
    unsafe: Mapped[float | None]
    showing: Mapped[Showing | None] = mapped_column(one_of(Showing, name="showing"))

    __table_args__ = (Index(None, "sha256"),)  # Does another creation need this file?


class UploadRow(Row):
    """A file that a member gave a job to begin from, as it was cleaned; its bytes lie in the media store."""

    __tablename__ = "uploads"

    job: Mapped[JobId] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    picture: Mapped[Picture | None] = mapped_column(Stored(Picture))

    __table_args__ = (Index(None, "sha256"),)  # Does another row need this file?


class PostRow(Row):
    """A message in which a creation stands; part 0 is the note."""

    __tablename__ = "posts"

    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    creation: Mapped[CreationId] = creation_key()
    part: Mapped[int]

    __table_args__ = (Index(None, "creation", "part"),)  # Where does this creation stand?


class OutdatedRow(Row):
    """A job whose messages still say what was erased since; the row goes once they are as the job is now."""

    __tablename__ = "outdated"

    job: Mapped[JobId] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)


class TermRow(Row):
    """A word of a prompt, or two neighbouring characters of one without spaces: what `/history` finds works by."""

    __tablename__ = "terms"

    # In this order the key answers: which works of this server have this term, newest first?
    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    # In the order of code points, so that what begins alike stands together, whatever language the server speaks.
    term: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"), primary_key=True)
    creation: Mapped[CreationId] = creation_key(is_primary=True)

    __table_args__ = (
        Index(None, "creation", "term"),  # Has this work a term that begins so? Also asked at each deletion.
        {"sqlite_with_rowid": False},
    )
