"""How much of a member's limits is used, asked in the transaction that uses more of it."""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.errors import Quota, QuotaReachedError
from inference.contract.jobs import JobState, Limits, Submission
from storage.tables import JobRow

DAY: Final = timedelta(hours=24)
_CAME_TO_NOTHING: Final = (JobRow.state == JobState.FAILED) | (
    (JobRow.state == JobState.CANCELLED) & JobRow.started_at.is_(None)
)


async def require_quota(session: AsyncSession, submission: Submission, limits: Limits) -> None:
    """Raises `QuotaReachedError`, first for what takes longer to be free again."""
    if limits.a_day is not None:
        await _require_a_day(session, submission, limits.a_day)
    if limits.waiting is not None:
        await _require_waiting(session, submission, limits.waiting)


async def _require_a_day(session: AsyncSession, submission: Submission, limit: int) -> None:
    counted = select(JobRow.submitted_at).where(
        JobRow.member == submission.member,
        JobRow.reply_server == submission.reply.server,
        JobRow.submitted_at > submission.submitted_at - DAY,
        ~_CAME_TO_NOTHING,
    )
    used = await session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    if used < limit:
        return
    # As many as the limit leave the day one by one; with the last of them there is room.
    nth_newest = counted.order_by(JobRow.submitted_at.desc()).offset(limit - 1).limit(1)
    oldest = await session.scalar(nth_newest) if limit else None
    resets_at = oldest + DAY if oldest else None
    raise QuotaReachedError(quota=Quota.A_DAY, limit=limit, used=used, resets_at=resets_at)


async def _require_waiting(session: AsyncSession, submission: Submission, limit: int) -> None:
    counted = select(func.count()).where(
        JobRow.member == submission.member,
        JobRow.state.in_((JobState.QUEUED, JobState.RUNNING)),
        JobRow.reply_server == submission.reply.server,
    )
    used = await session.scalar(counted) or 0
    if used >= limit:
        raise QuotaReachedError(quota=Quota.WAITING, limit=limit, used=used, resets_at=None)
