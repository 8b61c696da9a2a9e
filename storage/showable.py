"""Which works may be brought before a member who did not come upon them."""

from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_, true
from sqlalchemy.orm import aliased

from inference.contract.image import UNSAFE_FROM, Showing
from inference.contract.mediums import Medium
from storage.domain import Sight
from storage.tables import ArtifactRow, CreationRow, JobRow

_PART: Final = aliased(ArtifactRow)


def is_showable(*, with_unsafe: bool, sight: Sight | None) -> ColumnElement[bool]:
    """Of `CreationRow`: not hidden, not held back, and without variants that its author has yet to choose from.

    `with_unsafe`: also with pictures that are not for everybody's eyes. `sight`: see `is_within`.
    """
    of_work = _PART.creation == CreationRow.id
    awaits_choice = and_(
        CreationRow.medium == Medium.TEXT, CreationRow.picked.is_(None), exists().where(of_work, _PART.part == 1)
    )
    bounds = [CreationRow.hidden_at.is_(None), ~awaits_choice, exists().where(of_work, is_shown(_PART))]
    if sight is not None:
        bounds.append(is_within(sight))
    if not with_unsafe:
        bounds.append(~exists().where(of_work, is_shown(_PART), is_unsafe(_PART)))
    return and_(*bounds)


def is_within(sight: Sight | None) -> ColumnElement[bool]:
    """Of `CreationRow`: that it was made where the member is known to look in; as `Sight.covers`. None: anywhere."""
    if sight is None:
        return true()
    is_named = JobRow.reply_channel.in_(sight.channels | sight.threads)
    is_of_thread = JobRow.reply_parent.in_(sight.channels) & JobRow.reply_is_private.is_(False)
    return exists().where(JobRow.id == CreationRow.job_id, is_named | is_of_thread)


def is_shown(artifact: type[ArtifactRow]) -> ColumnElement[bool]:
    """Whether it is not held back. What has no showing is no picture."""
    return or_(artifact.showing.is_(None), artifact.showing != Showing.HELD)


def is_unsafe(artifact: type[ArtifactRow]) -> ColumnElement[bool]:
    """As `Picture.is_unsafe`."""
    seems_so = or_(artifact.showing != Showing.OPEN, artifact.unsafe.is_(None), artifact.unsafe >= UNSAFE_FROM)
    return and_(artifact.showing.is_not(None), seems_so)
