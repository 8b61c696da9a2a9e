"""The frozen values that leave storage."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

from inference.contract.artifacts import Artifact, Provenance
from inference.contract.identifiers import ChannelId, CreationId, JobId, MemberId, MessageId, ServerId
from inference.contract.requests import Request

MIN_STARS: Final = 1
MAX_STARS: Final = 5

T_co = TypeVar("T_co", covariant=True)


class Axis(StrEnum):
    """What a rating is an opinion of."""

    OVERALL = "overall"


class Ignored(StrEnum):
    """Why a reaction is no rating."""

    NO_CREATION = "no_creation"  # No creation stands in that message.
    OWN_WORK = "own_work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A finished work: with its request and provenance it can be made again."""

    id: CreationId
    job: JobId
    server: ServerId
    channel: ChannelId
    member: MemberId
    request: Request
    provenance: Provenance
    artifacts: tuple[Artifact, ...]  # Their paths point into the media store.
    parent: CreationId | None  # None: begun from nothing, or the parent was deleted.
    created_at: datetime
    messages: tuple[MessageId, ...]  # Where it stands, the note first; empty before delivery or when all were deleted.


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One member's opinion of one creation on one axis."""

    creation: CreationId
    member: MemberId
    axis: Axis = Axis.OVERALL
    stars: int  # 1 to 5
    rated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What the raters of one creation think of it together."""

    mean_stars: float
    raters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T_co]):
    """Some rows of a longer list, newest first."""

    rows: tuple[T_co, ...]
    older: CreationId | None  # Give it as `older_than` to get the next page; None: nothing is older.
    newer: CreationId | None  # Give it as `newer_than` to get the page before; None: nothing is newer.
