"""What decides of each work of a server whether it may be released, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from storage.release.reasons import Consenting, Kept, inherited_reasons, kept_of
from storage.release.values import Reason, ReleaseRequest
from storage.scoring.opinions import Marks, Numbers

REASONS: Final = tuple(Reason)  # In arrays, a reason is its place here,
IN: Final = -1  # or the work may be released.
_PLACE: Final[Mapping[Reason | None, int]] = {None: IN, **{reason: place for place, reason in enumerate(REASONS)}}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facts:
    """Of the works of a server, in the order of their numbers."""

    works: Numbers
    author: Numbers
    reason: Numbers  # The first that holds, save for those that come of other works and of files.
    from_upload: Marks  # Whether a member's own file is beneath it, as far as anybody can tell.
    parents: Numbers  # Pairs of places: a work, and one that it comes from.


async def gathered(session: AsyncSession, request: ReleaseRequest, members: Consenting) -> Facts:
    return _facts(await kept_of(session, request, members), members, request)


def _facts(kept: Kept, members: Consenting, request: ReleaseRequest) -> Facts:
    comes_of = {one: np.array(holds, dtype=bool) for one, holds in inherited_reasons(kept, members).items()}
    reason = np.array([_PLACE[own] for own in kept.own], dtype=np.int64)
    for one, holds in comes_of.items():
        if one not in request.included:
            reason[holds & (reason == IN)] = _PLACE[one]
    known = [(child, parent) for child, parent, _ in kept.edges if parent is not None]
    return Facts(
        works=np.array(kept.works, dtype=np.int64),
        author=np.array(kept.author, dtype=np.int64),
        reason=reason,
        from_upload=comes_of[Reason.FROM_UPLOAD],
        parents=np.array(known, dtype=np.int64).reshape(-1, 2),
    )


def counted(reason: Numbers) -> Mapping[Reason, int]:
    """How many works have each reason, in the order of the reasons."""
    places, counts = np.unique(reason[reason != IN], return_counts=True)
    return {REASONS[place]: count for place, count in zip(places.tolist(), counts.tolist(), strict=True)}
