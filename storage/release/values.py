"""What a release is made of, as its readers find it: no name of a member, no id of Discord."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from inference.contract.identifiers import CreationId, ModelName, ServerId
from inference.contract.jobs import Relation
from inference.contract.mediums import Medium
from storage.domain import Axis, Consent, Flag, Via

LICENCE: Final = "CC-BY-4.0"  # What members agree to; see the question in `bot.features.privacy.consent`.


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Reason(StrEnum):
    """Why a work is not in a release. A work has the first that holds, in this order."""

    UNDECIDED = "undecided"  # No curator has accepted it.
    REJECTED = "rejected"
    NO_CONSENT = "no_consent"  # Its author never said yes, or not to the question as it is now.
    WITHDRAWN = "withdrawn"  # Or its author is just being erased.
    HIDDEN = "hidden"  # By moderators.
    HELD = "held"  # All its pictures are.
    REPORTED = "reported"  # And no moderator has decided yet.
    CHOICE_OPEN = "choice_open"  # Its author has not picked one of the variants.
    WORDS_ERASED = "words_erased"  # Its prompt was another member's, who is erased.
    PARENT_WITHOUT_CONSENT = "parent_without_consent"  # Anything that it comes from, however far back.
    FROM_UPLOAD = "from_upload"  # It or anything that it was drawn over began with a member's file.
    LICENCE_FORBIDS = "licence_forbids"  # Of a model that made it.
    LICENCE_UNKNOWN = "licence_unknown"  # The catalog has lost the model.
    FILE_LOST = "file_lost"
    CROSSES_SPLITS = "crosses_splits"  # It would share an author, a prompt or a near duplicate with another split.


# What a host may let in all the same, and the card then says so.
MAY_BE_INCLUDED: Final = frozenset({Reason.PARENT_WITHOUT_CONSENT, Reason.FROM_UPLOAD, Reason.LICENCE_FORBIDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a model's licence says of the works that it makes."""

    licence: str
    may_release: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """What is to be released."""

    server: ServerId
    version: int
    models: Mapping[ModelName, Terms]
    wordings: Mapping[Consent, int]  # The oldest wording of the question whose yes still holds.
    included: frozenset[Reason] = frozenset()  # Of `MAY_BE_INCLUDED`.
    title: str = ""  # Of the collection; empty: a plain one.
    contact: str = ""  # How to reach the host; empty: the card does not tell.


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedFile:
    """One file of a work, under the hash of the bytes that are released."""

    part: int  # Which of the work's artifacts it is: those that are held back are not released.
    path: str  # In the release, such as "media/ab/cd/<sha256>.png".
    media_type: str
    sha256: str
    size_bytes: int
    width: int | None = None  # Pixels; None: it is no picture.
    height: int | None = None
    fingerprint: str | None = None  # By which near duplicates are known, 16 hexadecimal digits.
    unsafe: float | None = None  # 0 to 1, how surely a classifier takes it for unsafe; None: none looked at it.


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedParent:
    work: CreationId  # In this release, or not: then `is_here` is false.
    relation: Relation
    part: int
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedWork:
    """A work with its whole recipe. Its number is the same in every release of the server."""

    work: CreationId
    split: Split
    medium: Medium
    author: str  # A pseudonym, of this release alone.
    created_at: datetime
    genre: str | None  # Of a text.
    language: str | None  # Of a text, as BCP 47 has it.
    prompt: str  # Scrubbed, as every word that a member typed.
    request: Mapping[str, object]  # Everything that was asked for.
    model: ModelName
    model_sha256: str
    licence: str  # The model's.
    engine: str
    seed: int
    settings: Mapping[str, float | int | str]
    versions: Mapping[str, str]
    device: str
    dtype: str
    parents: tuple[ReleasedParent, ...]
    files: tuple[ReleasedFile, ...]
    text: str | None  # What a text says; None: it is none.
    tags: tuple[str, ...]
    raters: int  # Whose ratings are released; the score and its interval are of these alone.
    score: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedRating:
    """One rating in long form. Of a hidden repeat, the first rating and the later one are a row each."""

    work: CreationId
    split: Split
    rater: str  # A pseudonym; of one member, another for reactions than for what nobody else sees.
    axis: Axis
    stars: int
    rated_on: date | None  # The day of a reaction, else the first of the month; None: nobody knows since when it stood.
    via: Via | None  # None: of a first rating, what was kept does not tell.
    repeat: int  # 0: the first, or the only one; 1: when the work came again without a word.
    severity: float  # Of the rater, in stars. This and the next three tell two names of one member: no row has them.
    severity_deviation: float
    weight: float
    flags: tuple[Flag, ...]
    remark: str = ""  # Scrubbed; on one row of a rater and work, the first by axis.


class PairSource(StrEnum):
    DUEL = "duel"
    RATINGS = "ratings"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedPair:
    """Two files of which one was preferred."""

    split: Split
    medium: Medium
    prompt: str  # Of the chosen one.
    rejected_prompt: str
    chosen_work: CreationId
    chosen_part: int  # As in `ReleasedFile`.
    rejected_work: CreationId
    rejected_part: int
    source: PairSource
    is_tie: bool  # Then the order means nothing.
    rater: str  # A pseudonym; empty: of the ratings of several.
    margin: float  # In stars, of the ratings; 0 for a duel.
    raters: int  # 1 for a duel; of ratings, how many rated the one with fewer.


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A work of an earlier release that is not to be used any more."""

    work: CreationId
    versions: tuple[int, ...]  # Of the releases that it was in.
    reason: str  # "erased" or one of `Reason`.


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterTombstone:
    """A rater of an earlier release whose ratings and duels there are not to be used any more."""

    rater: str  # The pseudonym in that release.
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a release would hold."""

    works: int
    by_medium: Mapping[Medium, int]
    by_split: Mapping[Split, int]
    ratings: int
    ratings_left_out: int  # Of raters who did not agree.
    duels: int  # That were decided, between works of the release, by members who agreed: pairs come from them.
    excluded: Mapping[Reason, int]
    size_bytes: int  # Of the media alone; a release is about three times that.
    licences: Mapping[str, int]  # Of models, by works.
    tombstones: int
    is_split_by_author: bool  # The fallback: what works share ties most of them together.


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A release that stands in its folder."""

    version: int
    folder: str
    works: int
    ratings: int
    pairs: int
    size_bytes: int
    manifest_sha256: str
    made_at: datetime


class Phase(StrEnum):
    """What is being done of a release."""

    PLAN = "plan"
    WORKS = "works"
    PAIRS = "pairs"
    CARD = "card"
    CHECK = "check"


Progress = Callable[[Phase, int, int], None]  # What is being done, how much of it is done, and of how much.


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """How much of a release its members, curators or moderators took back after it was made."""

    works: int
    raters: int
