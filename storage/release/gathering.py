"""Pages of a release's works with all that belongs to them, each page as it is at one moment."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import Row as Found
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.artifacts import Artifact, Provenance
from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.image import Showing
from inference.contract.jobs import Relation
from inference.contract.mediums import Medium
from inference.contract.requests import Request
from storage.database import Database, read
from storage.domain import Axis, Flag, Preference, Side, Via
from storage.media import MediaStore
from storage.release.belongings import Belongings
from storage.release.pairs import Choice
from storage.release.plan import Plan
from storage.release.pseudonyms import Aliases
from storage.release.scrub import scrubbed, scrubbed_request, scrubbed_settings
from storage.release.values import ReleasedRating, Split
from storage.standings import scale_of
from storage.tables import (
    ArtifactRow,
    CreationRow,
    DuelRow,
    JobRow,
    ParentRow,
    PraiseRow,
    RaterRow,
    RatingRow,
    ReactionRow,
    RemarkRow,
    RepeatRow,
    ScaleRow,
    TagRow,
)

WORKS_A_PAGE: Final = 500
DUELS_A_PAGE: Final = 2_000
_STEP: Final = 0.5  # Of severities and weights: from the score of a work with one rater they can be worked out again.
_PLACE_OF_AXIS: Final = {axis: place for place, axis in enumerate(Axis)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A work that another comes from."""

    work: CreationId
    relation: Relation
    part: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A work as the database has it, scrubbed already, and its opinions."""

    work: CreationId
    split: Split
    medium: Medium
    author: str
    created_at: datetime
    request: Request
    provenance: Provenance
    artifacts: tuple[tuple[int, Artifact], ...]  # Those that are released, each with its part.
    fingerprints: tuple[str | None, ...]  # Of those.
    parents: tuple[Source, ...]
    tags: tuple[str, ...]
    is_from_upload: bool  # Whether a member's own file is beneath it, as far as anybody can tell.
    ratings: tuple[ReleasedRating, ...]
    ratings_left_out: int  # Of raters who did not agree.
    ratings_withheld: int  # Said in private of a work to which the same member reacts before all.
    newest: datetime  # Of all that is told of it.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rater:
    severity: float
    weight: float
    flags: tuple[Flag, ...]


class Gathering:
    """Raters are held whole, with what is known of them; of works there is one page."""

    def __init__(self, database: Database, media: MediaStore, server: ServerId, plan: Plan, aliases: Aliases) -> None:
        self._database = database
        self._media = media
        self._server = server
        self._plan = plan
        self._aliases = aliases
        self._raters: dict[MemberId, _Rater] = {}
        self._praises: dict[tuple[MemberId, MemberId], float] = {}
        self._belongings = Belongings(plan.raters)
        self.scale = scale_of(None)

    async def prepare(self) -> None:
        """Learn how the raters of the server rate."""
        here = self._server
        async with self._database.snapshot() as session:
            self.scale = scale_of(await session.get(ScaleRow, here))
            for row in await session.scalars(select(RaterRow).where(RaterRow.server == here)):
                flags = tuple(sorted(Flag(flag) for flag in row.flags.split(",") if flag))
                self._raters[row.member] = _Rater(severity=row.severity, weight=row.weight, flags=flags)
            for praise in await session.scalars(select(PraiseRow).where(PraiseRow.server == here)):
                self._praises[praise.rater, praise.author] = praise.weight

    async def works(self) -> AsyncIterator[Sequence[Gathered]]:
        """In the order of their numbers. A work that is gone meanwhile is left out."""
        chosen = self._plan.chosen
        for start in range(0, len(chosen), WORKS_A_PAGE):
            page = [CreationId(work) for work in chosen[start : start + WORKS_A_PAGE].tolist()]
            async with self._database.snapshot() as session:
                rows = await read(session, _works(page))
                belongings = await _belongings(session, page)
                await self._belongings.note(
                    session,
                    page,
                    tags=chain.from_iterable(belongings.tags.values()),
                    artifacts=(one for some in belongings.artifacts.values() for one in some if _is_shown(one)),
                    ratings=chain.from_iterable(belongings.ratings.values()),
                    remarks=chain.from_iterable(belongings.remarks.values()),
                    repeats=chain.from_iterable(belongings.repeats.values()),
                )
            splits = self._plan.splits_of(page)
            yield [self._gathered(row, splits[row.id], belongings) for row in rows]

    async def is_still_there(self) -> bool:
        """Whether nothing of what belongs to these works, and was read with them, is gone."""
        for place in range(self._belongings.pages()):
            async with self._database.snapshot() as session:
                if not await self._belongings.are_there(session, place):
                    return False
        return True

    async def choices(self) -> AsyncIterator[Sequence[tuple[Choice, datetime]]]:
        """Duels that were decided, in their order, each with the time."""
        after = 0
        while True:
            async with self._database.snapshot() as session:
                rows = await read(session, duels_after(self._server, after))
            if not rows:
                return
            after = rows[-1].id
            yield [(self._choice(row), row.decided_at) for row in rows]

    def _choice(self, row: Found[Any]) -> Choice:
        return Choice(
            rater=self._aliases.of_rater(row.member) if row.member in self._plan.raters else None,
            left=Side(creation=row.left_work, part=row.left_part),
            right=Side(creation=row.right_work, part=row.right_part),
            preference=Preference(row.preference),
        )

    def _gathered(self, row: Found[Any], split: Split, belongings: "_Belongings") -> Gathered:
        work: CreationId = row.id
        files = [one for one in belongings.artifacts[work] if _is_released(row, one)]
        agreed = [one for one in belongings.ratings[work] if one.member in self._plan.raters]
        partable = _partable(agreed, belongings.reactors[work])
        ratings, newest = self._ratings(row, split, partable, belongings)
        return Gathered(
            work=work,
            split=split,
            medium=row.medium,
            author=self._aliases.of_author(row.member),
            created_at=row.created_at,
            request=scrubbed_request(row.request),
            provenance=_scrubbed(row.provenance),
            artifacts=tuple((one.part, self._media.artifact(one)) for one in files),
            fingerprints=tuple(one.fingerprint for one in files),
            parents=tuple(belongings.parents[row.job_id]),
            tags=tuple(scrubbed(one.tag) for one in belongings.tags[work]),
            is_from_upload=self._plan.is_from_upload(work),
            ratings=tuple(ratings),
            ratings_left_out=len(belongings.ratings[work]) - len(agreed),
            ratings_withheld=len(agreed) - len(partable),
            newest=max([row.created_at, *newest]),
        )

    def _ratings(
        self, row: Found[Any], split: Split, partable: Sequence[Any], belongings: "_Belongings"
    ) -> tuple[list[ReleasedRating], list[datetime]]:
        """By name and axis, and the times of what they tell. The remark stands on a rater's first row."""
        repeats = {(one.member, one.axis): one for one in belongings.repeats[row.id]}
        remarks = {one.member: one for one in belongings.remarks[row.id]}
        told: list[ReleasedRating] = []
        times: list[datetime] = []
        for rating in sorted(partable, key=lambda one: (self._name(one), _PLACE_OF_AXIS[one.axis])):
            first = self._rated(row, split, rating)
            times.append(rating.rated_at)
            if rating.via is Via.REACTION:
                told.append(first)
                continue
            if remark := remarks.pop(rating.member, None):
                first = replace(first, remark=scrubbed(remark.text))
                times.append(remark.said_at)
            repeat = repeats.get((rating.member, rating.axis))
            if repeat is None:
                told.append(first)
            else:
                later = replace(first, rated_on=_month_of(repeat.at), via=Via.SERVED, repeat=1, remark="")
                told.append(replace(first, stars=repeat.first_stars, rated_on=_month_of(repeat.first_at), via=None))
                told.append(replace(later, stars=repeat.stars))
        return told, times

    def _name(self, rating: Any) -> str:
        of = self._aliases.of_reactor if rating.via is Via.REACTION else self._aliases.of_rater
        return of(rating.member)

    def _rated(self, row: Found[Any], split: Split, rating: Any) -> ReleasedRating:
        rater = self._raters.get(rating.member) or _Rater(severity=0.0, weight=1.0, flags=())
        praise = self._praises.get((rating.member, row.member), 1.0)
        is_public = rating.via is Via.REACTION
        day = rating.rated_at.date() if is_public else _month_of(rating.rated_at)
        return ReleasedRating(
            work=row.id,
            split=split,
            rater=self._name(rating),
            axis=rating.axis,
            stars=rating.stars,
            rated_on=day if rating.rated_at > row.created_at else None,
            via=rating.via,
            repeat=0,
            severity=_coarse(rater.severity),
            severity_deviation=self.scale.rater_variance**0.5,
            weight=max(_coarse(rater.weight * praise), _STEP),
            flags=rater.flags,
        )


@dataclass(frozen=True, slots=True)
class _Belongings:
    """What belongs to the works of a page, by the work, parents by the job."""

    artifacts: Mapping[int, Sequence[Any]]
    parents: Mapping[int, Sequence[Source]]
    tags: Mapping[int, Sequence[Any]]
    ratings: Mapping[int, Sequence[Any]]
    remarks: Mapping[int, Sequence[Any]]
    repeats: Mapping[int, Sequence[Any]]
    reactors: Mapping[int, Sequence[MemberId]]  # Whose reaction stands, or stood.


def _works(page: Sequence[CreationId]) -> Any:
    return (
        select(
            CreationRow.id,
            CreationRow.job_id,
            CreationRow.member,
            CreationRow.medium,
            CreationRow.created_at,
            CreationRow.picked,
            CreationRow.provenance,
            JobRow.request,
        )
        .join(JobRow, JobRow.id == CreationRow.job_id)
        .where(CreationRow.id.in_(page))
        .order_by(CreationRow.id)
    )


async def _belongings(session: AsyncSession, page: Sequence[CreationId]) -> _Belongings:
    parents = (
        select(ParentRow.job, ParentRow.creation, ParentRow.relation, ParentRow.part)
        .join(CreationRow, CreationRow.job_id == ParentRow.job)
        .where(CreationRow.id.in_(page))
        .order_by(ParentRow.job, ParentRow.position)
    )
    ratings = select(
        RatingRow.creation, RatingRow.member, RatingRow.axis, RatingRow.stars, RatingRow.rated_at, RatingRow.via
    )
    remarks = select(RemarkRow.creation, RemarkRow.member, RemarkRow.text, RemarkRow.said_at)
    artifacts = select(*ArtifactRow.__table__.columns).where(ArtifactRow.creation.in_(page)).order_by(ArtifactRow.part)
    tags = select(TagRow.creation, TagRow.tag).where(TagRow.creation.in_(page)).order_by(TagRow.tag)
    repeats = select(*RepeatRow.__table__.columns).where(RepeatRow.creation.in_(page))
    reactions = select(ReactionRow.creation, ReactionRow.member).where(ReactionRow.creation.in_(page))
    found = _Belongings(*(defaultdict(list) for _ in range(7)))
    sought: Sequence[tuple[Any, Any]] = (
        (found.ratings, await read(session, ratings.where(RatingRow.creation.in_(page)))),
        (found.remarks, await read(session, remarks.where(RemarkRow.creation.in_(page)))),
        (found.artifacts, await read(session, artifacts)),
        (found.repeats, await read(session, repeats)),
        (found.tags, await read(session, tags)),
    )
    for into, rows in sought:
        for row in rows:
            into[row.creation].append(row)
    for row in await read(session, reactions):
        found.reactors[row.creation].append(row.member)  # type: ignore[attr-defined]
    for row in await read(session, parents):
        source = Source(work=row.creation, relation=row.relation, part=row.part)
        found.parents[row.job].append(source)  # type: ignore[attr-defined]
    return found


def duels_after(server: ServerId, after: int) -> Any:
    return (
        select(
            DuelRow.id,
            DuelRow.member,
            DuelRow.left_work,
            DuelRow.left_part,
            DuelRow.right_work,
            DuelRow.right_part,
            DuelRow.preference,
            DuelRow.decided_at,
        )
        .where(DuelRow.server == server, DuelRow.id > after, DuelRow.preference.is_not(None))
        .order_by(DuelRow.id)
        .limit(DUELS_A_PAGE)
    )


def _partable(ratings: Sequence[Any], reactors: Collection[MemberId]) -> list[Any]:
    """Those that can be told without tying the two names of a member together.

    Of a work under which everybody sees a member's reaction, what the member says of it in private stays out: who is
    found again and again among the few who reacted to the same works is one of them.
    """
    public = {one.member for one in ratings if one.via is Via.REACTION}.union(reactors)
    return [one for one in ratings if one.via is Via.REACTION or one.member not in public]


def _month_of(at: datetime) -> date:
    """Its first day: the days on which a member rates in private are often those on which the member reacts."""
    return at.date().replace(day=1)


def _coarse(figure: float) -> float:
    return round(figure / _STEP) * _STEP


def _is_shown(artifact: Found[Any]) -> bool:
    return artifact.showing is not Showing.HELD


def _is_released(row: Found[Any], artifact: Found[Any]) -> bool:
    """Of a text the variant that was picked; of pictures those that are not held back."""
    if row.medium is Medium.TEXT:
        return bool(artifact.part == (row.picked or 0))
    return _is_shown(artifact)


def _scrubbed(provenance: Provenance) -> Provenance:
    return replace(provenance, settings=scrubbed_settings(provenance.settings))
