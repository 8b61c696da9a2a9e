"""Where works stand among others, what curators decided about them, and what was released."""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ForeignKey, Index, String, false, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from inference.contract.identifiers import CreationId, MemberId, ReleaseId, ServerId
from inference.contract.mediums import Medium
from storage.codec import one_of
from storage.domain import Selection
from storage.tables.base import Row, creation_key

_RANKED: Final = ("is_lead", "low", "creation")
_FILTERED: Final = ("raters", "score", "created_at")


class StandingRow(Row):
    """Where a work stands in its server: one row a work, from its birth on, so that pages are read from an index.

    Server, member, medium and time are the creation's, for the same reason.
    """

    __tablename__ = "standings"

    creation: Mapped[CreationId] = creation_key(is_primary=True)
    server: Mapped[ServerId]
    member: Mapped[MemberId]
    medium: Mapped[Medium] = mapped_column(one_of(Medium, name="medium"))
    created_at: Mapped[datetime]
    raters: Mapped[int]  # Members who rated it on any axis.
    information: Mapped[float]  # How much their opinions tell, in opinions of one reliable rater; 0: nobody rated it.
    score: Mapped[float]  # In stars, what a rater of the usual severity would give; see `storage.scoring`.
    low: Mapped[float]  # The bounds of its 95% interval.
    high: Mapped[float]
    chance: Mapped[int] = mapped_column(BigInteger)  # A number that shuffles works which are equal otherwise.
    alike: Mapped[CreationId] = mapped_column(autoincrement=False)  # The first of its near duplicates, or itself.
    is_lead: Mapped[bool]  # Whether it stands for its near duplicates: it has the highest lower bound of them.
    selection: Mapped[Selection] = mapped_column(one_of(Selection, name="selection"))
    selected_by: Mapped[MemberId | None]
    selected_at: Mapped[datetime | None]
    is_paired: Mapped[bool] = mapped_column(server_default=false())  # Whether anything was made of the same words.
    duels: Mapped[int] = mapped_column(server_default="0")  # Answers to duels that it had a side in.

    __table_args__ = (
        Index(None, "server", "information", "chance", "creation"),  # Which work needs a rating most?
        Index(None, "server", "medium", "information", "chance", "creation"),  # And of one medium?
        Index(None, "server", "medium", "is_paired", "duels", "chance", "creation"),  # Which needs a duel most?
        # What is to be decided, the best first, and of one medium. What follows `creation` is filtered by, so that a
        # walk past what is not wanted reads the index alone.
        Index("ix_standings_decided", "server", "selection", *_RANKED, *_FILTERED),
        Index("ix_standings_decided_medium", "server", "selection", "medium", *_RANKED, *_FILTERED),
        Index(None, "server", "selection", "medium", "created_at"),  # Are these but few?
        Index(None, "server", "selection", "medium", "raters"),
        Index(None, "server", "selection", "medium", "score"),
        Index(None, "server", "alike", "low", "creation"),  # The best of near duplicates.
        Index(None, "selected_by"),  # For the erasure.
    )


# To be asked in these words, by which SQLite knows that the indexes below have the answer.
IS_RATED: Final = StandingRow.raters > literal_column("0")
IS_LEAD: Final = StandingRow.is_lead.is_(True)

_BEST: Final = (StandingRow.is_lead, StandingRow.low, StandingRow.creation, StandingRow.created_at)
for _name, _columns, _some in (
    ("rated", (StandingRow.server, *_BEST), IS_RATED),  # The best of what anybody rated,
    ("rated_medium", (StandingRow.server, StandingRow.medium, *_BEST), IS_RATED),  # and of one medium.
    # Are these but few? The raters are there for SQLite, which would rather read another index whole than one without.
    ("rated_at", (StandingRow.server, StandingRow.medium, StandingRow.created_at, StandingRow.raters), IS_RATED),
    ("lead", (StandingRow.server, StandingRow.alike), IS_LEAD),  # Which of its near duplicates stands for all of them?
):
    Index(f"ix_standings_{_name}", *_columns, sqlite_where=_some, postgresql_where=_some)


class TagRow(Row):
    """A word that curators gave a work."""

    __tablename__ = "tags"

    creation: Mapped[CreationId] = creation_key(is_primary=True)
    tag: Mapped[str] = mapped_column(String(32), primary_key=True)  # Folded, without spaces at its ends.

    __table_args__ = (Index(None, "tag", "creation"),)  # Which works have this tag?


class ReleaseRow(Row):
    """A release that was made: it stands in its folder, whole."""

    __tablename__ = "releases"

    id: Mapped[ReleaseId] = mapped_column(primary_key=True)
    server: Mapped[ServerId]
    version: Mapped[int]  # From 1 on, in each server.
    made_by: Mapped[MemberId | None]  # None: the host, or erased since.
    made_at: Mapped[datetime]
    works: Mapped[int]
    ratings: Mapped[int]
    pairs: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    folder: Mapped[str]  # Within the data folder's releases, else absolute; it may have been moved since.

    __table_args__ = (
        Index(None, "server", "version", unique=True),  # Two at once do not make the same one.
        Index(None, "made_by"),  # For the erasure.
        {"sqlite_autoincrement": True},
    )


class ReleasedWorkRow(Row):
    """That a work is in a release. It refers to no creation, since it outlives it: the tombstones come from here."""

    __tablename__ = "released_works"

    release: Mapped[ReleaseId] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    creation: Mapped[CreationId] = mapped_column(primary_key=True, autoincrement=False)

    __table_args__ = (Index(None, "creation"),)  # In which releases is this work?


class ReleasedRaterRow(Row):
    """That a rater is in a release, by the pseudonym there. The member is not kept: the key tells who is still in."""

    __tablename__ = "released_raters"

    release: Mapped[ReleaseId] = mapped_column(
        ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    rater: Mapped[str] = mapped_column(String(16), primary_key=True)
