"""The tables. A comment at each index names the question that it answers."""

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, MetaData, String, Text
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
    ReportId,
    ServerId,
)
from inference.contract.image import Guard, Picture, Showing
from inference.contract.jobs import JobState, Relation
from inference.contract.mediums import Medium
from inference.contract.requests import Request
from storage.codec import Stored, UtcDateTime, one_of
from storage.domain import MAX_STARS, MIN_STARS, Axis, Consent, Deed, Preset, ServerSettings, Verdict

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
        ReportId: _ROW_ID,
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


def _creation_key(*, is_primary: bool = False) -> Mapped[CreationId]:
    return mapped_column(ForeignKey("creations.id", ondelete="CASCADE"), primary_key=is_primary, autoincrement=False)


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
    creation: Mapped[CreationId] = _creation_key()
    relation: Mapped[Relation] = mapped_column(one_of(Relation, name="relation"))
    part: Mapped[int]

    __table_args__ = (Index(None, "creation"),)  # What began from this creation?


class ArtifactRow(Row):
    """One file of a creation; its bytes lie in the media store under their hash."""

    __tablename__ = "artifacts"

    creation: Mapped[CreationId] = _creation_key(is_primary=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    # Of pictures; None of everything else.
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


class StyleRow(Row):
    """A preset of a server's admins, or that they do not want one of ours."""

    __tablename__ = "styles"

    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(primary_key=True)  # The name, folded.
    preset: Mapped[Preset] = mapped_column(Stored(Preset))


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
        Index(None, "member", "creation"),  # A member's reactions, for the export and the erasure.
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

    __table_args__ = (
        CheckConstraint(_STARS, name="stars"),
        Index(None, "member", "creation"),  # A member's ratings, for the export and the erasure.
        Index(None, "rated_at", "creation"),  # What was rated on these days?
    )


class CommandTreeRow(Row):
    """The command tree that an application last told Discord of."""

    __tablename__ = "command_trees"

    application: Mapped[ApplicationId] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str]


class TermRow(Row):
    """A word of a prompt, or two neighbouring characters of one without spaces: what `/history` finds works by."""

    __tablename__ = "terms"

    # In this order the key answers: which works of this server have this term, newest first?
    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    # In the order of code points, so that what begins alike stands together, whatever language the server speaks.
    term: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"), primary_key=True)
    creation: Mapped[CreationId] = _creation_key(is_primary=True)

    __table_args__ = (
        Index(None, "creation", "term"),  # Has this work a term that begins so? Also asked at each deletion.
        {"sqlite_with_rowid": False},
    )


class FavouriteRow(Row):
    """A member's heart under a message of a work, which keeps the work."""

    __tablename__ = "favourites"

    # In this order the key also answers: a page of a member's favourites, newest work first.
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    creation: Mapped[CreationId] = _creation_key(is_primary=True)
    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    kept_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "creation"),  # How many keep this work?
        Index(None, "message"),  # Whose hearts went when a moderator cleared this message?
    )


class ServerSettingsRow(Row):
    """What the admins of a server have chosen."""

    __tablename__ = "server_settings"

    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[ServerSettings] = mapped_column(Stored(ServerSettings))


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


class ReportRow(Row):
    """A complaint about a work. It goes with the work; what was decided stays in the audit log."""

    __tablename__ = "reports"

    id: Mapped[ReportId] = mapped_column(primary_key=True)
    server: Mapped[ServerId]
    creation: Mapped[CreationId] = _creation_key()
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


class ErasureRow(Row):
    """An erasure that a member has asked for and that is not done yet; the row goes with the last of what it names."""

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(_ROW_ID, primary_key=True)
    member: Mapped[MemberId]
    server: Mapped[ServerId | None]  # None: all servers.
    takes_messages: Mapped[bool]
    asked_at: Mapped[datetime]


class DeletionRow(Row):
    """A message of ours that is still to be deleted from Discord, and no word of whose it was."""

    __tablename__ = "deletions"

    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[ChannelId]


class AuditRow(Row):
    """What admins and moderators did. It refers to nothing, since it outlives what it tells of."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(_ROW_ID, primary_key=True)
    server: Mapped[ServerId]
    moderator: Mapped[MemberId | None]  # None: erased since.
    deed: Mapped[Deed] = mapped_column(one_of(Deed, name="deed"))
    at: Mapped[datetime]
    creation: Mapped[CreationId | None] = mapped_column(_ROW_ID)
    member: Mapped[MemberId | None]
    detail: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index(None, "server", "id"),  # A page of the log, newest first.
        Index(None, "moderator"),  # Both for the erasure of a member.
        Index(None, "member"),
    )
