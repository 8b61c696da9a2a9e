"""What decides of each work of a server whether it may be released: read in pages, kept as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from sqlalchemy import JSON, String, and_, cast, exists, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.jobs import SOURCES
from inference.contract.mediums import Basis, Medium
from storage.creations import ERASED_PROMPT
from storage.database import read
from storage.domain import Consent, Selection, Verdict
from storage.release.values import Reason, ReleaseRequest, Terms
from storage.scoring.opinions import Marks, Numbers
from storage.showable import is_shown
from storage.tables import (
    ArtifactRow,
    ConsentRow,
    CreationRow,
    ErasureRow,
    JobRow,
    ParentRow,
    ReportRow,
    StandingRow,
    UploadRow,
)

WORKS_A_PAGE: Final = 1_000
REASONS: Final = tuple(Reason)  # In arrays, a reason is its place here,
IN: Final = -1  # or the work may be released.
_PLACE: Final = {reason: place for place, reason in enumerate(REASONS)}
_PICTURES: Final = frozenset({Basis.REFERENCE, Basis.UPSCALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Consenting:
    """Who said what last."""

    authors: frozenset[MemberId]
    withdrew: frozenset[MemberId]  # Authors who had agreed before, or who are being erased.
    raters: frozenset[MemberId]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facts:
    """Of the works of a server, in the order of their numbers."""

    works: Numbers
    author: Numbers
    reason: Numbers  # The first that holds, save for those that come of other works and of files.
    from_upload: Marks  # Whether a member's own file is beneath it, as far as anybody can tell.
    parents: Numbers  # Pairs of places: a work, and one that it comes from.


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What is kept of pages that went by."""

    works: list[int] = field(default_factory=list)
    author: list[int] = field(default_factory=list)
    own: list[int] = field(default_factory=list)  # The first reason of the work by itself, or `IN`.
    licence: list[int] = field(default_factory=list)  # Likewise, of its model.
    has_upload: list[bool] = field(default_factory=list)
    basis: list[Basis] = field(default_factory=list)
    edges: list[tuple[int, int, bool]] = field(default_factory=list)  # Child, parent, whether it was made from it.


async def consenting(session: AsyncSession, request: ReleaseRequest) -> Consenting:
    said = select(ConsentRow.member, ConsentRow.consent, ConsentRow.is_given, ConsentRow.wording).where(
        ConsentRow.server == request.server, ConsentRow.is_given.is_not(None)
    )
    last: dict[Consent, dict[MemberId, bool]] = {consent: {} for consent in Consent}
    gave: set[MemberId] = set()
    withdrew: set[MemberId] = set()
    for row in await session.execute(said.order_by(ConsentRow.at)):
        last[row.consent][row.member] = row.is_given and row.wording >= request.wordings[row.consent]
        if row.consent is Consent.WORKS and row.is_given:
            gave.add(row.member)
            withdrew.discard(row.member)
        elif row.consent is Consent.WORKS and row.member in gave:
            withdrew.add(row.member)
    here = ErasureRow.server.is_(None) | (ErasureRow.server == request.server)
    leaving = frozenset(await session.scalars(select(ErasureRow.member).where(here)))
    agreed = {consent: frozenset(one for one, holds in last[consent].items() if holds) - leaving for consent in Consent}
    return Consenting(
        authors=agreed[Consent.WORKS],
        withdrew=leaving | withdrew,
        raters=agreed[Consent.RATINGS],
    )


async def gathered(session: AsyncSession, request: ReleaseRequest, members: Consenting) -> Facts:
    kept = _Kept()
    after = CreationId(0)
    while page := await read(session, _facts_after(request.server, after)):
        first, after = page[0].id, page[-1].id
        for row in page:
            kept.works.append(row.id)
            kept.author.append(row.member)
            kept.own.append(_own_reason(row, members))
            kept.licence.append(_of_licence(request.models.get(row.model)))
            kept.has_upload.append(row.has_upload)
            kept.basis.append(Basis(row.basis or Basis.NOTHING))
        edges = await read(session, _edges_between(request.server, first, after))
        kept.edges += [(row.id, row.creation, row.relation in SOURCES) for row in edges]
    return _facts(kept, members, request)


def _facts_after(server: ServerId, after: CreationId) -> Any:
    of_work = ArtifactRow.creation == CreationRow.id
    awaits_choice = and_(
        CreationRow.medium == Medium.TEXT, CreationRow.picked.is_(None), exists().where(of_work, ArtifactRow.part == 1)
    )
    is_open = (ReportRow.creation == CreationRow.id) & (ReportRow.verdict == Verdict.OPEN)
    return (
        select(
            CreationRow.id,
            CreationRow.member,
            StandingRow.selection,
            CreationRow.hidden_at.is_not(None).label("is_hidden"),
            exists().where(of_work, is_shown(ArtifactRow)).label("is_shown"),
            exists().where(is_open).label("is_reported"),
            awaits_choice.label("awaits_choice"),
            cast(JobRow.request, String).contains(ERASED_PROMPT, autoescape=True).label("is_erased"),
            exists().where(UploadRow.job == CreationRow.job_id).label("has_upload"),
            type_coerce(JobRow.request, JSON)["basis"].as_string().label("basis"),
            type_coerce(CreationRow.provenance, JSON)["model"].as_string().label("model"),
        )
        .join(JobRow, JobRow.id == CreationRow.job_id)
        .join(StandingRow, StandingRow.creation == CreationRow.id)
        .where(CreationRow.server == server, CreationRow.id > after)
        .order_by(CreationRow.id)
        .limit(WORKS_A_PAGE)
    )


def _edges_between(server: ServerId, first: CreationId, last: CreationId) -> Any:
    return (
        select(CreationRow.id, ParentRow.creation, ParentRow.relation)
        .join(ParentRow, ParentRow.job == CreationRow.job_id)
        .where(CreationRow.server == server, CreationRow.id.between(first, last))
        .order_by(CreationRow.id, ParentRow.position)
    )


def _own_reason(row: Any, members: Consenting) -> int:
    """The first reason of a work by itself."""
    if row.selection is Selection.OPEN:
        return _PLACE[Reason.UNDECIDED]
    if row.selection is Selection.REJECTED:
        return _PLACE[Reason.REJECTED]
    if row.member in members.withdrew:
        return _PLACE[Reason.WITHDRAWN]
    if row.member not in members.authors:
        return _PLACE[Reason.NO_CONSENT]
    if row.is_hidden:
        return _PLACE[Reason.HIDDEN]
    if not row.is_shown:
        return _PLACE[Reason.HELD]
    if row.is_reported:
        return _PLACE[Reason.REPORTED]
    if row.awaits_choice:
        return _PLACE[Reason.CHOICE_OPEN]
    return _PLACE[Reason.WORDS_ERASED] if row.is_erased else IN


def _of_licence(terms: Terms | None) -> int:
    if terms is None:
        return _PLACE[Reason.LICENCE_UNKNOWN]
    return IN if terms.may_release else _PLACE[Reason.LICENCE_FORBIDS]


def _facts(kept: _Kept, members: Consenting, request: ReleaseRequest) -> Facts:
    works = np.array(kept.works, dtype=np.int64)
    place = {work: number for number, work in enumerate(kept.works)}
    edges = [(place[child], place.get(parent, IN), is_source) for child, parent, is_source in kept.edges]
    comes_of = {
        Reason.PARENT_WITHOUT_CONSENT: _without_consent(kept, edges, members),
        Reason.FROM_UPLOAD: _from_uploads(kept, edges),
        Reason.LICENCE_FORBIDS: _inherited(np.array(kept.licence) == _PLACE[Reason.LICENCE_FORBIDS], edges),
        Reason.LICENCE_UNKNOWN: _inherited(np.array(kept.licence) == _PLACE[Reason.LICENCE_UNKNOWN], edges),
    }
    reason = np.array(kept.own, dtype=np.int64)
    for one, holds in comes_of.items():
        if one not in request.included:
            reason[holds & (reason == IN)] = _PLACE[one]
    known = [(child, parent) for child, parent, _ in edges if parent != IN]
    return Facts(
        works=works,
        author=np.array(kept.author, dtype=np.int64),
        reason=reason,
        from_upload=comes_of[Reason.FROM_UPLOAD],
        parents=np.array(known, dtype=np.int64).reshape(-1, 2),
    )


def _without_consent(kept: _Kept, edges: Sequence[tuple[int, int, bool]], members: Consenting) -> Marks:
    """Whether anything that a work comes from, however far back, is of somebody who does not agree."""
    refuses = [author not in members.authors for author in kept.author]
    found = _lacks_source(kept, edges, of_pictures=False).tolist()
    for child, parent, _ in edges:  # Parents are older: what they come from is known by then.
        found[child] = found[child] or parent == IN or refuses[parent] or found[parent]
    return np.array(found, dtype=bool)


def _from_uploads(kept: _Kept, edges: Sequence[tuple[int, int, bool]]) -> Marks:
    """Whether it was drawn over a member's file, or something that was; what nobody can tell is taken for it."""
    return _inherited(np.array(kept.has_upload, dtype=bool) | _lacks_source(kept, edges, of_pictures=True), edges)


def _lacks_source(kept: _Kept, edges: Sequence[tuple[int, int, bool]], *, of_pictures: bool) -> Marks:
    """Whether it was made from something that is not there any more."""
    is_sourced = [
        basis is not Basis.NOTHING and (basis in _PICTURES) is of_pictures and not has_upload
        for basis, has_upload in zip(kept.basis, kept.has_upload, strict=True)
    ]
    for child, _, is_source in edges:
        is_sourced[child] = is_sourced[child] and not is_source
    return np.array(is_sourced, dtype=bool)


def _inherited(marks: Marks, edges: Sequence[tuple[int, int, bool]]) -> Marks:
    """With the marks of what a work was made from."""
    found = marks.tolist()
    for child, parent, is_source in edges:
        if is_source and parent != IN:
            found[child] = found[child] or found[parent]
    return np.array(found, dtype=bool)


def counted(reason: Numbers) -> Mapping[Reason, int]:
    """How many works have each reason, in the order of the reasons."""
    places, counts = np.unique(reason[reason != IN], return_counts=True)
    return {REASONS[place]: count for place, count in zip(places.tolist(), counts.tolist(), strict=True)}
