"""What an export says of each row about a member: everything of the member's own, and nobody else's name."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, selectinload

from inference.contract.identifiers import CreationId, MemberId
from storage.media import filename_in_export
from storage.tables import (
    ArtifactRow,
    AuditRow,
    BlockRow,
    ConsentRow,
    CreationRow,
    DuelRow,
    FavouriteRow,
    JobRow,
    ParentRow,
    PraiseRow,
    RaterRow,
    RatingRow,
    ReactionRow,
    ReleasedWorkRow,
    ReleaseRow,
    RemarkRow,
    RepeatRow,
    ReportRow,
    StandingRow,
    TagRow,
    UploadRow,
)

Facts = dict[str, Any]
Rows = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One kind of rows, and how a page of them is told."""

    name: str
    of: Callable[[MemberId], Select[Any]]
    key: tuple[Any, ...]  # Columns that order the rows, and tell each from all others.
    key_of: Callable[[Any], tuple[Any, ...]]
    told: Callable[[AsyncSession, Rows, MemberId], Awaitable[list[Facts]]]


def _each(tell: Callable[[Any, MemberId], Facts]) -> Callable[[AsyncSession, Rows, MemberId], Awaitable[list[Facts]]]:
    async def told(_: AsyncSession, rows: Rows, member: MemberId) -> list[Facts]:
        return [tell(row, member) for row in rows]

    return told


def _request(job: JobRow, _: MemberId) -> Facts:
    """Without the interaction's token, which is a key and no fact."""
    return {
        "request": job.id,
        "server": job.reply_server,
        "channel": job.reply_channel,
        "message": job.reply_message,
        "language": job.locale,
        "submitted_at": job.submitted_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "state": job.state,
        "failure": job.failure and job.failure.code,
        "asked_for": job.request,
        "begun_from": [_parent(parent) for parent in job.parents],
        "given": [_file(upload) for upload in job.uploads],
        "predicted_seconds": job.predicted_seconds,
        "device_seconds": job.device_seconds,
    }


def _parent(parent: ParentRow) -> Facts:
    return {"work": parent.creation, "part": parent.part, "relation": parent.relation}


async def _works(session: AsyncSession, rows: Rows, _: MemberId) -> list[Facts]:
    ids = [work.id for work in rows]
    ratings = await session.scalars(
        select(RatingRow).where(RatingRow.creation.in_(ids)).order_by(RatingRow.creation, RatingRow.rated_at)
    )
    opinions: dict[CreationId, list[Facts]] = {work: [] for work in ids}
    for rating in ratings:
        opinions[rating.creation].append({"stars": rating.stars, "axis": rating.axis, "rated_at": rating.rated_at})
    keepers = select(FavouriteRow.creation, func.count(FavouriteRow.member.distinct()).label("members"))
    keepers = keepers.where(FavouriteRow.creation.in_(ids)).group_by(FavouriteRow.creation)
    kept = {found.creation: found.members for found in await session.execute(keepers)}
    reports = await session.scalars(select(ReportRow).where(ReportRow.creation.in_(ids)).order_by(ReportRow.id))
    complaints: dict[CreationId, list[Facts]] = {work: [] for work in ids}
    for report in reports:  # The words are the reporter's.
        complaints[report.creation].append(
            {"reported_at": report.reported_at, "verdict": report.verdict, "decided_at": report.decided_at}
        )
    places = await session.scalars(select(StandingRow).where(StandingRow.creation.in_(ids)))
    standings = {standing.creation: _standing(standing) for standing in places}
    return [
        _work(work)
        | {"ratings": opinions[work.id], "kept_by": kept.get(work.id, 0), "reports": complaints[work.id]}
        | {"standing": standings.get(work.id), "tags": await _tags(session, work.id)}
        | {"released_in": await _releases(session, work.id)}
        for work in rows
    ]


def _standing(standing: StandingRow) -> Facts:
    """Without the curator's name."""
    return {
        "raters": standing.raters,
        "score": standing.score,
        "low": standing.low,
        "high": standing.high,
        "duels": standing.duels,
        "selection": standing.selection,
        "selected_at": standing.selected_at,
    }


async def _tags(session: AsyncSession, work: CreationId) -> Sequence[str]:
    return (await session.scalars(select(TagRow.tag).where(TagRow.creation == work).order_by(TagRow.tag))).all()


async def _releases(session: AsyncSession, work: CreationId) -> Sequence[int]:
    """The versions of its server's releases that it is in."""
    query = select(ReleaseRow.version).join(ReleasedWorkRow, ReleasedWorkRow.release == ReleaseRow.id)
    return (await session.scalars(query.where(ReleasedWorkRow.creation == work).order_by(ReleaseRow.version))).all()


def _work(work: CreationRow) -> Facts:
    return {
        "work": work.id,
        "request": work.job_id,
        "server": work.server,
        "channel": work.job.reply_channel,
        "messages": [post.message for post in work.posts],
        "medium": work.medium,
        "created_at": work.created_at,
        "picked": work.picked,
        "hidden_at": work.hidden_at,
        "asked_for": work.job.request,
        "made_by": work.provenance,
        "begun_from": [_parent(parent) for parent in work.job.parents],
        "files": [_file(artifact) | _seen(artifact) for artifact in work.artifacts],
    }


def _file(file: ArtifactRow | UploadRow) -> Facts:
    return {
        "file": filename_in_export(file),
        "media_type": file.media_type,
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
    }


def _seen(artifact: ArtifactRow) -> Facts:
    """What is known of it as a picture; empty for any other file."""
    if artifact.showing is None:
        return {}
    return {
        "width": artifact.width,
        "height": artifact.height,
        "fingerprint": artifact.fingerprint,
        "unsafe": artifact.unsafe,
        "showing": artifact.showing,
    }


def _rating(rating: RatingRow, _: MemberId) -> Facts:
    return {
        "work": rating.creation,
        "axis": rating.axis,
        "stars": rating.stars,
        "rated_at": rating.rated_at,
        "given_by": rating.via,
        "said_stars": rating.said_stars,
        "said_at": rating.said_at,
        "said_by": rating.said_via,
    }


def _remark(remark: RemarkRow, _: MemberId) -> Facts:
    return {"work": remark.creation, "words": remark.text, "said_at": remark.said_at}


def _repeat(repeat: RepeatRow, _: MemberId) -> Facts:
    return {
        "work": repeat.creation,
        "axis": repeat.axis,
        "first_stars": repeat.first_stars,
        "first_at": repeat.first_at,
        "stars": repeat.stars,
        "at": repeat.at,
    }


def _duel(duel: DuelRow, _: MemberId) -> Facts:
    return {
        "duel": duel.id,
        "server": duel.server,
        "ground": duel.ground,
        "left": {"work": duel.left_work, "part": duel.left_part},
        "right": {"work": duel.right_work, "part": duel.right_part},
        "asked_at": duel.asked_at,
        "answer": duel.preference,
        "answered_at": duel.decided_at,
    }


def _rater(rater: RaterRow, _: MemberId) -> Facts:
    return {
        "server": rater.server,
        "severity": rater.severity,
        "severity_deviation": rater.severity_deviation,
        "weight": rater.weight,
        "works_rated": rater.ratings,
        "flags": [flag for flag in rater.flags.split(",") if flag],
    }


def _praise(praise: PraiseRow, member: MemberId) -> Facts:
    """Without the other member's name."""
    your_part = "rater" if praise.rater == member else "author"
    return {"server": praise.server, "your_part": your_part, "weight": praise.weight}


def _reaction(reaction: ReactionRow, _: MemberId) -> Facts:
    return {
        "work": reaction.creation,
        "message": reaction.message,
        "stars": reaction.stars,
        "at": reaction.at,
        "stands": reaction.is_standing,
    }


def _favourite(favourite: FavouriteRow, _: MemberId) -> Facts:
    return {"work": favourite.creation, "message": favourite.message, "kept_at": favourite.kept_at}


def _report(report: ReportRow, _: MemberId) -> Facts:
    return {
        "report": report.id,
        "server": report.server,
        "work": report.creation,
        "reason": report.reason,
        "reported_at": report.reported_at,
        "verdict": report.verdict,
        "decided_at": report.decided_at,
    }


def _consent(statement: ConsentRow, _: MemberId) -> Facts:
    return {
        "server": statement.server,
        "about": statement.consent,
        "at": statement.at,
        "answer": statement.is_given,
        "wording": statement.wording,
        "language": statement.locale,
    }


def _block(block: BlockRow, _: MemberId) -> Facts:
    return {"server": block.server, "blocked_at": block.blocked_at}


def _entry(entry: AuditRow, member: MemberId) -> Facts:
    return {
        "server": entry.server,
        "your_part": "moderator" if entry.moderator == member else "subject",
        "deed": entry.deed,
        "at": entry.at,
        "work": entry.creation,
        "detail": entry.detail,
    }


_WORKS: Final = (
    select(CreationRow)
    .join(CreationRow.job)
    .options(
        contains_eager(CreationRow.job),
        selectinload(CreationRow.artifacts),
        selectinload(CreationRow.posts),
    )
)

SECTIONS: Final = (
    Section(
        name="requests",
        of=lambda member: select(JobRow).where(JobRow.member == member),
        key=(JobRow.submitted_at, JobRow.id),
        key_of=lambda job: (job.submitted_at, job.id),
        told=_each(_request),
    ),
    Section(
        name="works",
        of=lambda member: _WORKS.where(JobRow.member == member),
        key=(JobRow.submitted_at, JobRow.id),
        key_of=lambda work: (work.job.submitted_at, work.job_id),
        told=_works,
    ),
    Section(
        name="ratings",
        of=lambda member: select(RatingRow).where(RatingRow.member == member),
        key=(RatingRow.creation, RatingRow.axis),
        key_of=lambda rating: (rating.creation, rating.axis),
        told=_each(_rating),
    ),
    Section(
        name="reactions",
        of=lambda member: select(ReactionRow).where(ReactionRow.member == member),
        key=(ReactionRow.creation, ReactionRow.message, ReactionRow.stars),
        key_of=lambda reaction: (reaction.creation, reaction.message, reaction.stars),
        told=_each(_reaction),
    ),
    Section(
        name="remarks",
        of=lambda member: select(RemarkRow).where(RemarkRow.member == member),
        key=(RemarkRow.creation,),
        key_of=lambda remark: (remark.creation,),
        told=_each(_remark),
    ),
    Section(
        name="repeats",
        of=lambda member: select(RepeatRow).where(RepeatRow.member == member),
        key=(RepeatRow.creation, RepeatRow.axis),
        key_of=lambda repeat: (repeat.creation, repeat.axis),
        told=_each(_repeat),
    ),
    Section(
        name="duels",
        of=lambda member: select(DuelRow).where(DuelRow.member == member),
        key=(DuelRow.id,),
        key_of=lambda duel: (duel.id,),
        told=_each(_duel),
    ),
    Section(
        name="rater",
        of=lambda member: select(RaterRow).where(RaterRow.member == member),
        key=(RaterRow.server,),
        key_of=lambda rater: (rater.server,),
        told=_each(_rater),
    ),
    Section(
        name="praises",
        of=lambda member: select(PraiseRow).where((PraiseRow.rater == member) | (PraiseRow.author == member)),
        key=(PraiseRow.server, PraiseRow.rater, PraiseRow.author),
        key_of=lambda praise: (praise.server, praise.rater, praise.author),
        told=_each(_praise),
    ),
    Section(
        name="favourites",
        of=lambda member: select(FavouriteRow).where(FavouriteRow.member == member),
        key=(FavouriteRow.creation, FavouriteRow.message),
        key_of=lambda favourite: (favourite.creation, favourite.message),
        told=_each(_favourite),
    ),
    Section(
        name="reports",
        of=lambda member: select(ReportRow).where(ReportRow.reporter == member),
        key=(ReportRow.id,),
        key_of=lambda report: (report.id,),
        told=_each(_report),
    ),
    Section(
        name="consents",
        of=lambda member: select(ConsentRow).where(ConsentRow.member == member),
        key=(ConsentRow.at, ConsentRow.server, ConsentRow.consent),
        key_of=lambda statement: (statement.at, statement.server, statement.consent),
        told=_each(_consent),
    ),
    Section(
        name="blocks",
        of=lambda member: select(BlockRow).where(BlockRow.member == member),
        key=(BlockRow.server,),
        key_of=lambda block: (block.server,),
        told=_each(_block),
    ),
    Section(
        name="audit",
        of=lambda member: select(AuditRow).where((AuditRow.moderator == member) | (AuditRow.member == member)),
        key=(AuditRow.id,),
        key_of=lambda entry: (entry.id,),
        told=_each(_entry),
    ),
)
