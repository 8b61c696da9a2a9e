"""Why a work may not be released: of each work of a server, or of the one that a curator looks at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import JSON, Select, String, and_, cast, exists, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.jobs import SOURCES
from inference.contract.mediums import Basis, Medium
from storage.creations import ERASED_PROMPT
from storage.database import read
from storage.domain import Consent, Selection, Verdict
from storage.release.values import Reason, ReleaseRequest, Terms
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
_PICTURES: Final = frozenset({Basis.REFERENCE, Basis.UPSCALE})
_DECISIONS: Final = frozenset({Reason.UNDECIDED, Reason.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Consenting:
    """Who said what last."""

    authors: frozenset[MemberId]
    withdrew: frozenset[MemberId]  # Authors who had agreed before, or who are being erased.
    raters: frozenset[MemberId]


@dataclass(slots=True, kw_only=True)
class Kept:
    """What is kept of works whose pages went by, in the order of their numbers."""

    works: list[int] = field(default_factory=list)
    author: list[int] = field(default_factory=list)
    own: list[Reason | None] = field(default_factory=list)  # The first of the work by itself.
    licence: list[Reason | None] = field(default_factory=list)  # Of its model.
    has_upload: list[bool] = field(default_factory=list)
    basis: list[Basis] = field(default_factory=list)
    # The places of a work and of one that it comes from (None: it is not there), and whether it was made from that.
    edges: list[tuple[int, int | None, bool]] = field(default_factory=list)


async def obstacles(session: AsyncSession, request: ReleaseRequest, work: CreationId) -> Sequence[Reason]:
    """All for which a release would leave the work out although a curator accepts it; files are not looked at."""
    ancestry = _ancestry(work)
    members = await consenting(session, request, ancestry)
    own = await read(session, _facts(request.server).where(CreationRow.id == work))
    if not own:
        return ()
    kept = await kept_of(session, request, members, ancestry)
    place = kept.works.index(work)
    inherited = [reason for reason, holds in inherited_reasons(kept, members).items() if holds[place]]
    return [one for one in (*_own_reasons(own[0], members), *inherited) if one not in _DECISIONS | request.included]


def _ancestry(work: CreationId) -> Select[CreationId]:
    """The work and all that it comes from, however far back."""
    found = select(CreationRow.id).where(CreationRow.id == work).cte(recursive=True)
    parents = select(ParentRow.creation).join(CreationRow, CreationRow.job_id == ParentRow.job)
    return select(found.union(parents.join(found, found.c.id == CreationRow.id)).c.id)


async def consenting(
    session: AsyncSession, request: ReleaseRequest, of: Select[CreationId] | None = None
) -> Consenting:
    """Of the members of a server; `of`: of the authors of these works alone."""
    said = select(ConsentRow.member, ConsentRow.consent, ConsentRow.is_given, ConsentRow.wording).where(
        ConsentRow.server == request.server, ConsentRow.is_given.is_not(None)
    )
    if of is not None:
        said = said.where(ConsentRow.member.in_(select(CreationRow.member).where(CreationRow.id.in_(of))))
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


async def kept_of(
    session: AsyncSession, request: ReleaseRequest, members: Consenting, among: Select[CreationId] | None = None
) -> Kept:
    """What is to be known of the works of a server; `among`: of these alone."""
    kept = Kept()
    edges: list[tuple[int, int, bool]] = []
    after = CreationId(0)
    while page := await read(session, _page_after(request.server, after, among)):
        first, after = page[0].id, page[-1].id
        for row in page:
            kept.works.append(row.id)
            kept.author.append(row.member)
            kept.own.append(next(_own_reasons(row, members), None))
            kept.licence.append(_of_licence(request.models.get(row.model)))
            kept.has_upload.append(row.has_upload)
            kept.basis.append(Basis(row.basis or Basis.NOTHING))
        between = await read(session, _edges_between(request.server, first, after))
        edges += [(row.id, row.creation, row.relation in SOURCES) for row in between]
    place = {work: number for number, work in enumerate(kept.works)}
    kept.edges = [(place[child], place.get(parent), is_source) for child, parent, is_source in edges]
    return kept


def _page_after(server: ServerId, after: CreationId, among: Select[CreationId] | None) -> Any:
    page = _facts(server).where(CreationRow.id > after).order_by(CreationRow.id).limit(WORKS_A_PAGE)
    return page if among is None else page.where(CreationRow.id.in_(among))


def _facts(server: ServerId) -> Any:
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
        .where(CreationRow.server == server)
    )


def _edges_between(server: ServerId, first: CreationId, last: CreationId) -> Any:
    return (
        select(CreationRow.id, ParentRow.creation, ParentRow.relation)
        .join(ParentRow, ParentRow.job == CreationRow.job_id)
        .where(CreationRow.server == server, CreationRow.id.between(first, last))
        .order_by(CreationRow.id, ParentRow.position)
    )


def _own_reasons(row: Any, members: Consenting) -> Iterator[Reason]:
    """The reasons of a work by itself."""
    if row.selection is Selection.OPEN:
        yield Reason.UNDECIDED
    if row.selection is Selection.REJECTED:
        yield Reason.REJECTED
    if row.member in members.withdrew:
        yield Reason.WITHDRAWN
    elif row.member not in members.authors:
        yield Reason.NO_CONSENT
    if row.is_hidden:
        yield Reason.HIDDEN
    elif not row.is_shown:
        yield Reason.HELD
    if row.is_reported:
        yield Reason.REPORTED
    if row.awaits_choice:
        yield Reason.CHOICE_OPEN
    if row.is_erased:
        yield Reason.WORDS_ERASED


def _of_licence(terms: Terms | None) -> Reason | None:
    if terms is None:
        return Reason.LICENCE_UNKNOWN
    return None if terms.may_release else Reason.LICENCE_FORBIDS


def inherited_reasons(kept: Kept, members: Consenting) -> Mapping[Reason, Sequence[bool]]:
    """Whether each work has a reason that comes of other works and of files, in the order of the reasons."""
    forbids = [reason is Reason.LICENCE_FORBIDS for reason in kept.licence]
    is_unknown = [reason is Reason.LICENCE_UNKNOWN for reason in kept.licence]
    return {
        Reason.PARENT_WITHOUT_CONSENT: _without_consent(kept, members),
        Reason.FROM_UPLOAD: _from_uploads(kept),
        Reason.LICENCE_FORBIDS: _inherited(forbids, kept),
        Reason.LICENCE_UNKNOWN: _inherited(is_unknown, kept),
    }


def _without_consent(kept: Kept, members: Consenting) -> Sequence[bool]:
    """Whether anything that a work comes from, however far back, is of somebody who does not agree."""
    refuses = [author not in members.authors for author in kept.author]
    found = _lacks_source(kept, of_pictures=False)
    for child, parent, _ in kept.edges:  # Parents are older: what they come from is known by then.
        found[child] = found[child] or parent is None or refuses[parent] or found[parent]
    return found


def _from_uploads(kept: Kept) -> Sequence[bool]:
    """Whether it was drawn over a member's file, or something that was; what nobody can tell is taken for it."""
    lacks = _lacks_source(kept, of_pictures=True)
    return _inherited([has or lack for has, lack in zip(kept.has_upload, lacks, strict=True)], kept)


def _lacks_source(kept: Kept, *, of_pictures: bool) -> list[bool]:
    """Whether it was made from something that is not there any more."""
    is_sourced = [
        basis is not Basis.NOTHING and (basis in _PICTURES) is of_pictures and not has_upload
        for basis, has_upload in zip(kept.basis, kept.has_upload, strict=True)
    ]
    for child, _, is_source in kept.edges:
        is_sourced[child] = is_sourced[child] and not is_source
    return is_sourced


def _inherited(marks: Sequence[bool], kept: Kept) -> Sequence[bool]:
    """With the marks of what a work was made from."""
    found = list(marks)
    for child, parent, is_source in kept.edges:
        if is_source and parent is not None:
            found[child] = found[child] or found[parent]
    return found
