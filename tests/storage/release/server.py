"""A small server whose works can be released."""

import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from PIL import Image

from inference.contract.artifacts import Artifact
from inference.contract.identifiers import MemberId, ModelName
from inference.contract.image import ImageRequest, Picture, Showing
from inference.contract.jobs import JobState
from storage import Creation, Storage
from storage.domain import Axis, Consent, Ground, Preference, Selection, Side, Via
from storage.release.developing import Inscribe, Inscription
from storage.release.values import Made, Progress, Reason, ReleaseRequest, Terms
from storage.tables import DuelRow
from tests.storage.works import ANNA, BEN, CLEO, MODEL, SERVER, after, created, making, spooled, submission

PAINTER: Final = ModelName("painter")
FORBIDDEN: Final = ModelName("forbidden")
WORDINGS: Final = {Consent.WORKS: 2, Consent.RATINGS: 2}
TERMS: Final[Mapping[ModelName, Terms]] = {
    MODEL: Terms(licence="Apache-2.0", may_release=True),
    PAINTER: Terms(licence="MIT", may_release=True),
    FORBIDDEN: Terms(licence="Closed", may_release=False),
}


def wanted(version: int = 1, included: Collection[Reason] = ()) -> ReleaseRequest:
    return ReleaseRequest(
        server=SERVER, version=version, models=TERMS, wordings=WORDINGS, included=frozenset(included), title="Foxes"
    )


async def agree(storage: Storage, *members: MemberId) -> None:
    for member in members:
        for consent in Consent:
            await storage.consents.give(SERVER, member, consent, at=after(0), wording=2, locale="en-US")


async def accept(storage: Storage, *works: Creation) -> None:
    for work in works:
        await storage.curation.decide(work.id, SERVER, Selection.ACCEPTED, by=CLEO, at=after(50))


async def written(storage: Storage, spool: Path, text: str, **changes: Any) -> Creation:
    """A text that curators accepted."""
    work = await created(storage, spool, content=text, **changes)
    await accept(storage, work)
    return work


async def painted(
    storage: Storage,
    spool: Path,
    *shades: int,
    model: ModelName = PAINTER,
    showings: Collection[Showing] = (),
    prompt: str = "a grey square",
    **changes: Any,
) -> Creation:
    """Pictures of one shade each that curators accepted."""
    request = ImageRequest(prompt=prompt, model=model, count=len(shades), **changes.pop("request", {}))
    job = await storage.jobs.add(replace(submission(**changes), request=request))
    await storage.jobs.move(job.id, JobState.RUNNING, at=after(1))
    pictures = [
        _picture(spool, shade, showing)
        for shade, showing in zip(shades, list(showings) or [Showing.OPEN] * len(shades), strict=True)
    ]
    job = await storage.jobs.succeed(job.id, making(*pictures, model=model), at=after(2))
    assert job.creation is not None
    work = await storage.creations.get(job.creation)
    await accept(storage, work)
    return work


def _picture(spool: Path, shade: int, showing: Showing) -> Artifact:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, shade, shade)).save(file, "PNG")
    path = spooled(spool, str(shade)).path
    path.write_bytes(file.getvalue())

    return Artifact(
        path=path,
        media_type="image/png",
        sha256=hashlib.sha256(file.getvalue()).hexdigest(),
        size_bytes=len(file.getvalue()),
        picture=Picture(width=8, height=8, fingerprint=f"{shade:02x}" * 8, unsafe=0.1, showing=showing),
    )


async def rate(storage: Storage, work: Creation, member: MemberId, stars: int, **changes: Any) -> None:
    given = {Axis.BEAUTY: stars, Axis.FIT: stars}
    await storage.ratings.say(work.id, member, given, via=Via.FORM, at=changes.pop("at", after(60)), **changes)


async def decide(storage: Storage, member: MemberId, left: Side, right: Side, preference: Preference) -> None:
    row = DuelRow(server=SERVER, member=member, ground=Ground.PROMPT, asked_at=after(70))
    row.left_work, row.left_part, row.right_work, row.right_part = left.creation, left.part, right.creation, right.part
    async with storage._database.writing() as session:
        session.add(row)
    await storage.duels.decide(row.id, member, preference, server=SERVER, at=after(71))


async def furnished(storage: Storage, spool: Path) -> tuple[Creation, ...]:
    """Texts and pictures of two members who agreed to everything, with opinions of the third, and of each other."""
    await agree(storage, ANNA, BEN, CLEO)
    works = (
        await written(storage, spool, "A fox.", prompt="a fox for <@1000000000000000003>"),
        await written(storage, spool, "Another fox.", prompt="a fox for <@1000000000000000003>"),
        await painted(storage, spool, 10, 200, member=BEN),
        await painted(storage, spool, 90, member=BEN, prompt="a grey square, by @anna"),
    )
    await storage.curation.tag(works[2].id, SERVER, ["grey", "square"], by=CLEO, at=after(51))
    for member in (BEN, CLEO):
        await rate(storage, works[0], member, 5, remark="as anna@example.com says" if member == BEN else "")
        await rate(storage, works[1], member, 1)
    await rate(storage, works[2], ANNA, 4)
    first, second, picture, other = (
        Side(creation=work.id, part=part) for work, part in ((works[0], 0), (works[1], 0), (works[2], 0), (works[2], 1))
    )
    await decide(storage, CLEO, first, second, Preference.LEFT)
    await decide(storage, ANNA, picture, other, Preference.RIGHT)
    return works


def plainly(png: bytes, told: Inscription) -> bytes:
    """Says in a picture what it was told, behind the picture's end, where nobody looks."""
    return png + told.request.prompt.encode()


async def released(
    storage: Storage,
    folder: Path,
    request: ReleaseRequest | None = None,
    *,
    inscribe: Inscribe = plainly,
    progress: Progress = lambda *_: None,
) -> Made:
    return await storage.releases.make(
        request or wanted(), folder, by=CLEO, inscribe=inscribe, clock=lambda: after(1000), progress=progress
    )
