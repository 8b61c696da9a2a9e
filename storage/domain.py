"""The frozen values that leave storage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

from inference.contract.artifacts import Artifact, Provenance
from inference.contract.identifiers import (
    ChannelId,
    CreationId,
    DuelId,
    JobId,
    MemberId,
    MessageId,
    ModelName,
    ReportId,
    RoleId,
    ServerId,
)
from inference.contract.image import Canvas, Guard
from inference.contract.jobs import NO_LIMITS, Limits, Parent
from inference.contract.mediums import Medium
from inference.contract.requests import Request

MIN_STARS: Final = 1
MAX_STARS: Final = 5
ERASED_MEMBER: Final = MemberId(0)  # Stands where a row outlives the member that it named.

T_co = TypeVar("T_co", covariant=True)


class Axis(StrEnum):
    """What a rating is an opinion of."""

    OVERALL = "overall"  # What a reaction says.
    BEAUTY = "beauty"
    FIT = "fit"  # To the prompt.
    FLAWLESSNESS = "flawlessness"


class Via(StrEnum):
    """How a rating was given."""

    REACTION = "reaction"
    FORM = "form"  # Of a work that the member came upon.
    SERVED = "served"  # Of a work that `/rate` brought.


class Ground(StrEnum):
    """What the two sides of a duel have in common."""

    PROMPT = "prompt"
    THEME = "theme"


class Preference(StrEnum):
    """How a duel ended."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"


class Flag(StrEnum):
    """Why a rater's opinions count for less; they are never dropped."""

    BURST = "burst"  # Too many in too short a time to have looked.
    ONE_SCORE = "one_score"  # Nearly always the same stars.
    MUTUAL_PRAISE = "mutual_praise"


class Selection(StrEnum):
    """What curators decided about a work."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Ignored(StrEnum):
    """Why a reaction is no rating."""

    NO_CREATION = "no_creation"  # No creation stands in that message.
    OWN_WORK = "own_work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Where a member may look, as far as that is known: what is not known is not among it."""

    channels: frozenset[ChannelId]  # With their threads, save private ones.
    threads: frozenset[ChannelId] = frozenset()  # By themselves: for works that do not know of which channel they are.

    def covers(self, creation: "Creation") -> bool:
        is_named = creation.channel in self.channels or creation.channel in self.threads
        return is_named or (creation.parent in self.channels and not creation.is_private)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A finished work: with its request and provenance it can be made again."""

    id: CreationId
    job: JobId
    server: ServerId
    channel: ChannelId
    parent: ChannelId | None = None  # The channel that `channel` is a thread of, or itself; None: not known.
    is_private: bool = False  # Whether it stands in a thread that only those in it see.
    member: MemberId
    request: Request
    provenance: Provenance
    artifacts: tuple[Artifact, ...]  # Their paths point into the media store.
    parents: tuple[Parent, ...]  # Without those that were deleted.
    uploads: tuple[Artifact, ...] = ()  # What its author gave it to begin from.
    picked: int | None  # The artifact that its author chose among several; None: there was no choice, or none yet.
    hidden_at: datetime | None  # Since when moderators keep it from everybody but its author.
    created_at: datetime
    messages: tuple[MessageId, ...]  # Where it stands, the note first; empty before delivery or when all were deleted.

    @property
    def ruled_by(self) -> ChannelId | None:
        """As `Reply.ruled_by`."""
        return None if self.is_private else self.parent

    @property
    def awaits_choice(self) -> bool:
        """Whether its author has yet to pick one of several variants of a text; pictures stand side by side."""
        return self.request.medium is Medium.TEXT and len(self.artifacts) > 1 and self.picked is None

    @property
    def part(self) -> int:
        """The variant that stands for the work."""
        return self.picked or 0

    @property
    def chosen(self) -> Artifact:
        return self.artifacts[self.part]

    @property
    def shown(self) -> tuple[Artifact, ...]:
        """What members see of it: of a text one, or all until one is picked; of pictures those that are not held."""
        if self.request.medium is Medium.IMAGE:
            return tuple(one for one in self.artifacts if not one.is_held)
        return self.artifacts if self.awaits_choice else (self.chosen,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One member's opinion of one creation on one axis."""

    creation: CreationId
    member: MemberId
    axis: Axis = Axis.OVERALL
    stars: int  # 1 to 5
    rated_at: datetime
    via: Via = Via.REACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """That a member put an emoji of stars under a message, or took it away."""

    message: MessageId
    member: MemberId
    stars: int
    at: datetime
    is_standing: bool  # False: it was taken away.


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Two ratings of one creation on one axis by one member, who was not told that it came again."""

    creation: CreationId
    member: MemberId
    axis: Axis
    first_stars: int
    first_at: datetime
    stars: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two in a duel: a picture of a work, or a variant of a text."""

    creation: CreationId
    part: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """Two sides between which a member was asked to choose."""

    id: DuelId
    server: ServerId
    member: MemberId
    ground: Ground
    left: Side
    right: Side
    asked_at: datetime
    preference: Preference | None = None  # None: no answer yet.
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the ranking of a server a work stands: the edge of a page."""

    low: float
    creation: CreationId


MOST_FOLDED: Final = 99  # No more near duplicates are counted.


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How good a work is as far as its raters tell, and what curators decided about it. In stars, 1 to 5."""

    creation: CreationId
    medium: Medium
    raters: int
    score: float  # What a rater of the usual severity would give; see `storage.scoring`.
    low: float  # The bounds of its 95% interval.
    high: float
    alike: CreationId  # The first of its near duplicates, or itself.
    selection: Selection
    selected_by: MemberId | None
    selected_at: datetime | None
    folded: int = 0  # How many near duplicates it stands for, besides itself; `MOST_FOLDED` + 1: more than that.

    @property
    def place(self) -> Place:
        return Place(low=self.low, creation=self.creation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Which works of a ranking are wanted; None: any.

    An index has those of a selection, those with raters, and near duplicates; for all others everything is sorted.
    """

    selection: Selection | None = None
    medium: Medium | None = None
    least_raters: int = 0
    least_score: float | None = None
    most_unsafe: float | None = None  # 0 to 1; a picture that no classifier looked at counts as unsafe.
    since: datetime | None = None
    until: datetime | None = None  # This moment excluded.
    tag: str | None = None
    alike: CreationId | None = (
        None  # Near duplicates of this one, itself among them; else each kind is folded into one.
    )
    sight: Sight | None = None  # Where the works were made; None: anywhere, for who decides about all of them.


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPage:
    """Some works of a ranking, the best first.

    Fewer than were asked for, or none, with a place to go on from: it was looked no further than that.
    """

    rows: tuple[Standing, ...]
    before: Place | None  # Give it as `above` to get the page before; None: nothing is better.
    after: Place | None  # Give it as `below` to get the next page; None: nothing is worse.


class Consent(StrEnum):
    """What a member may agree to have released."""

    WORKS = "works"
    RATINGS = "ratings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a member said to a question of consent, and when."""

    server: ServerId
    consent: Consent
    is_given: bool | None  # None: this is when the question was asked.
    at: datetime
    wording: int  # Which version of the question was answered.
    locale: str  # In which language it was asked.


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How much is stored about a member in one server."""

    requests: int
    works: int
    files_bytes: int
    ratings: int
    remarks: int
    duels: int
    favourites: int
    reports: int
    statements: int
    audit_entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What a member has asked to have erased."""

    id: int
    member: MemberId
    server: ServerId | None  # None: all servers.
    takes_messages: bool  # Whether the works' messages in Discord go as well.
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How far one step of an erasure came."""

    jobs: tuple[JobId, ...] = ()  # Were waiting or running: whoever works on them may stop.
    works: int = 0
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message of ours in Discord."""

    channel: ChannelId
    message: MessageId


class Verdict(StrEnum):
    """What moderators decided about a report."""

    OPEN = "open"
    DISMISSED = "dismissed"
    HIDDEN = "hidden"
    SHOWN = "shown"  # The pictures that were held back are not any longer.
    DELETED = "deleted"


class Deed(StrEnum):
    """What an admin or a moderator did."""

    HID = "hid"
    SHOWED = "showed"
    RELEASED = "released"  # Let pictures be shown that were held back.
    DELETED = "deleted"
    DISMISSED = "dismissed"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    SET = "set"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REOPENED = "reopened"  # Took back what was decided about a work.
    TAGGED = "tagged"
    PUBLISHED = "published"  # Made a release.


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What the admins of a server have chosen. Each default is what holds before they do."""

    channels: tuple[ChannelId, ...] = ()  # Where Atelier may work; empty: wherever it may write.
    moderators_channel: ChannelId | None = None  # None: reports wait in `/moderate`.
    limits: Limits = NO_LIMITS
    role_limits: Mapping[RoleId, Limits] = field(default_factory=dict)  # The most generous of a member's roles holds.
    seeds_reactions: bool | None = None  # None: as the host has it.
    text_model: ModelName | None = None  # None: the host's.
    image_model: ModelName | None = None  # None: the host's.
    guard: Guard | None = None  # None: by whether a channel is age-restricted, see `bot.house`.
    guards: Mapping[ChannelId, Guard] = field(default_factory=dict)  # Of channels where another one holds.
    language: str | None = None  # Of public replies, a locale of ours; None: the server's own.
    blocked_words: tuple[str, ...] = ()
    allowed_words: tuple[str, ...] = ()  # Exceptions: a blocked word inside one of these is none.


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A style that members of a server may ask for; None: the model's own, or what the member says."""

    name: str
    frame: str  # Holds `{prompt}` once.
    avoid: str | None = None
    steps: int | None = None
    guidance: float | None = None
    canvas: Canvas | None = None
    model: ModelName | None = None
    is_hidden: bool = False  # One of ours that the server does not want.


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many reports wait about works of a channel."""

    channel: ChannelId
    ruled_by: ChannelId | None  # As `Reply.ruled_by`.
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A complaint about a work, by a member or by us."""

    id: ReportId
    server: ServerId
    creation: CreationId
    reporter: MemberId | None  # None: ours, since pictures of the work are held back.
    reason: str
    reported_at: datetime
    verdict: Verdict = Verdict.OPEN
    decided_by: MemberId | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what, as the audit log keeps it."""

    server: ServerId
    moderator: MemberId | None  # None: erased since.
    deed: Deed
    at: datetime
    creation: CreationId | None = None
    member: MemberId | None = None  # Whom it was done to; None: nobody in particular, or erased since.
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some entries of an audit log, newest first."""

    rows: tuple[AuditEntry, ...]
    older: int | None  # Give it as `older_than` to get the next page; None: nothing is older.


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which works of a server are looked for; None: any."""

    member: MemberId | None = None
    kept_by: MemberId | None = None  # Among this member's favourites.
    medium: Medium | None = None
    since: datetime | None = None
    until: datetime | None = None  # This moment excluded.
    words: str = ""  # As a member typed them; see `storage.words.Search`.
    sight: Sight | None = None  # Where others' works were made; None: anywhere.


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T_co]):
    """Some rows of a longer list, newest first."""

    rows: tuple[T_co, ...]
    older: CreationId | None  # Give it as `older_than` to get the next page; None: nothing is older.
    newer: CreationId | None  # Give it as `newer_than` to get the page before; None: nothing is newer.
