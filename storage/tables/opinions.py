"""What members think of works, and from what it is known."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from inference.contract.identifiers import CreationId, DuelId, MemberId, MessageId, ServerId
from storage.codec import one_of
from storage.domain import Axis, Ground, Preference, Via
from storage.tables.base import STARS, Row, creation_key


class ReactionRow(Row):
    """The latest that is known of one member's one emoji on one message: the evidence that ratings are derived from."""

    __tablename__ = "reactions"

    # In this order the key also answers: which reactions on this message (with these stars)?
    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    stars: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    creation: Mapped[CreationId] = creation_key()
    at: Mapped[datetime]
    is_standing: Mapped[bool]

    __table_args__ = (
        CheckConstraint(STARS, name="stars"),
        Index(None, "creation", "member"),  # What does this member's rating of this creation come to?
        Index(None, "member", "creation"),  # A member's reactions, for the export and the erasure.
    )


class ClearingRow(Row):
    """When all reactions with these stars were last cleared from a message, for those that are told too late."""

    __tablename__ = "clearings"

    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    stars: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    creation: Mapped[CreationId] = creation_key()
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(STARS, name="stars"),
        Index(None, "creation"),  # Asked by the foreign key at each deletion.
    )


class RatingRow(Row):
    """A rating: the latest of what the member said and of their reactions that stand."""

    __tablename__ = "ratings"

    creation: Mapped[CreationId] = creation_key(is_primary=True)
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    axis: Mapped[Axis] = mapped_column(one_of(Axis, name="axis"), primary_key=True)
    stars: Mapped[int]
    rated_at: Mapped[datetime]
    via: Mapped[Via] = mapped_column(one_of(Via, name="via"), server_default=Via.REACTION.value)
    # What was said by a button or in a form; None: nothing, it comes of reactions alone.
    said_stars: Mapped[int | None]
    said_at: Mapped[datetime | None]
    said_via: Mapped[Via | None] = mapped_column(one_of(Via, name="said_via"))

    __table_args__ = (
        CheckConstraint(STARS, name="stars"),
        Index(None, "member", "creation"),  # A member's ratings, for the export and the erasure.
        Index(None, "rated_at", "creation"),  # What was rated on these days?
    )


class FavouriteRow(Row):
    """A member's heart under a message of a work, which keeps the work."""

    __tablename__ = "favourites"

    # In this order the key also answers: a page of a member's favourites, newest work first.
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    creation: Mapped[CreationId] = creation_key(is_primary=True)
    message: Mapped[MessageId] = mapped_column(primary_key=True, autoincrement=False)
    kept_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "creation"),  # How many keep this work?
        Index(None, "message"),  # Whose hearts went when a moderator cleared this message?
    )


class RemarkRow(Row):
    """What a member had to say about a work besides the stars."""

    __tablename__ = "remarks"

    creation: Mapped[CreationId] = creation_key(is_primary=True)
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime]

    __table_args__ = (Index(None, "member", "creation"),)  # A member's remarks, for the export and the erasure.


class RepeatRow(Row):
    """That a member rated a work twice without being told so: how far the two agree tells how steady they are."""

    __tablename__ = "repeats"

    creation: Mapped[CreationId] = creation_key(is_primary=True)
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    axis: Mapped[Axis] = mapped_column(one_of(Axis, name="axis"), primary_key=True)
    first_stars: Mapped[int]
    first_at: Mapped[datetime]
    stars: Mapped[int]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(STARS, name="stars"),
        Index(None, "member", "creation"),  # A member's repeats, for the export and the erasure.
    )


class DuelRow(Row):
    """Two works, or two pictures of one, between which a member was asked to choose."""

    __tablename__ = "duels"

    id: Mapped[DuelId] = mapped_column(primary_key=True)
    server: Mapped[ServerId]
    member: Mapped[MemberId]
    ground: Mapped[Ground] = mapped_column(one_of(Ground, name="ground"))
    # By the names of the columns and not of the sides, which are words of SQL.
    left_work: Mapped[CreationId] = creation_key()
    left_part: Mapped[int]
    right_work: Mapped[CreationId] = creation_key()
    right_part: Mapped[int]
    asked_at: Mapped[datetime]
    preference: Mapped[Preference | None] = mapped_column(one_of(Preference, name="preference"))  # None: no answer yet.
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "server", "id"),  # The duels of a release, in order.
        Index(None, "member", "id"),  # A member's duels: the last ones, the export, the erasure.
        Index(None, "left_work"),  # Asked by the foreign keys at each deletion, and for how a work fared.
        Index(None, "right_work"),
        {"sqlite_autoincrement": True},
    )


class RaterRow(Row):
    """How a member rates in a server, as the last fit of all its ratings had it; see `storage.scoring`."""

    __tablename__ = "raters"

    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    member: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    severity: Mapped[float]  # In stars: how much lower than others this member rates the same works.
    severity_deviation: Mapped[float]  # Standard deviation of that estimate, in stars.
    weight: Mapped[float]  # 0 to 1, how far an opinion of theirs counts.
    ratings: Mapped[int]  # Works that they rated.
    flags: Mapped[str]  # Why the weight is less than 1, of `storage.domain.Flag`, joined by commas; empty: it is not.

    __table_args__ = (Index(None, "member"),)  # For the export and the erasure.


class PraiseRow(Row):
    """Two members who praise each other's works more than others do; how far that rater counts for that author."""

    __tablename__ = "praises"

    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    rater: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[MemberId] = mapped_column(primary_key=True, autoincrement=False)
    weight: Mapped[float]  # 0 to 1, times that of the rater.

    __table_args__ = (
        Index(None, "rater"),  # Both for the erasure.
        Index(None, "author"),
    )


class ScaleRow(Row):
    """How the ratings of a server spread, as the last fit had it; without a row, `USUAL_SCALE` of the scoring holds."""

    __tablename__ = "scales"

    server: Mapped[ServerId] = mapped_column(primary_key=True, autoincrement=False)
    mean: Mapped[float]  # Stars of an average work by an average rater.
    work_variance: Mapped[float]  # Of works around it, in stars².
    rater_variance: Mapped[float]  # Of severities.
    noise_variance: Mapped[float]  # Of one member's opinion of one work, when both are known.
    ratings: Mapped[int]  # Opinions that the fit was made from.
    fitted_at: Mapped[datetime]
