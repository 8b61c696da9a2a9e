"""Which works may be brought before a member who did not come upon them."""

from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from inference.contract.image import UNSAFE_FROM, Showing
from inference.contract.mediums import Medium
from storage.tables import ArtifactRow, CreationRow

_PART: Final = aliased(ArtifactRow)


def is_showable(*, with_unsafe: bool) -> ColumnElement[bool]:
    """Of `CreationRow`: not hidden, not held back, and without variants that its author has yet to choose from.

    `with_unsafe`: also with pictures that are not for everybody's eyes.
    """
    of_work = _PART.creation == CreationRow.id
    awaits_choice = and_(
        CreationRow.medium == Medium.TEXT, CreationRow.picked.is_(None), exists().where(of_work, _PART.part == 1)
    )
    bounds = [CreationRow.hidden_at.is_(None), ~awaits_choice, exists().where(of_work, is_shown(_PART))]
    if not with_unsafe:
        bounds.append(~exists().where(of_work, is_shown(_PART), is_unsafe(_PART)))
    return and_(*bounds)


def is_shown(artifact: type[ArtifactRow]) -> ColumnElement[bool]:
    """Whether it is not held back. What has no showing is no picture."""
    return or_(artifact.showing.is_(None), artifact.showing != Showing.HELD)


def is_unsafe(artifact: type[ArtifactRow]) -> ColumnElement[bool]:
    """As `Picture.is_unsafe`."""
    seems_so = or_(artifact.showing != Showing.OPEN, artifact.unsafe.is_(None), artifact.unsafe >= UNSAFE_FROM)
    return and_(artifact.showing.is_not(None), seems_so)
