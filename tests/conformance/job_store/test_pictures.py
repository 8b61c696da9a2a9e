"""What the ledger keeps of pictures: what is known of each, and what they are drawn over."""

from dataclasses import replace
from pathlib import Path

import pytest

from inference.contract.artifacts import Artifact
from inference.contract.errors import ArtifactLostError
from inference.contract.identifiers import CreationId, MemberId
from inference.contract.image import Canvas, Guard, ImageRequest, Option, Picture, Showing, Style
from inference.contract.jobs import Job, JobState, Parent, Relation
from inference.contract.mediums import Basis
from inference.contract.ports import JobStore
from tests.storage.works import ANNA, BEN, MODEL, after, making, spooled, submission

DRAWN_OVER = ImageRequest(prompt="a lighthouse", model=MODEL, basis=Basis.REFERENCE, strength=0.5)


def photo(spool: Path, content: str, showing: Showing = Showing.SPOILER) -> Artifact:
    """A file as it is cleaned of what a member gave. To the ledger its bytes are bytes."""
    return replace(
        spooled(spool, content),
        media_type="image/png",
        picture=Picture(width=640, height=480, fingerprint="00ff00ff00ff00ff", unsafe=0.25, showing=showing),
    )


async def asked(
    jobs: JobStore, *uploads: Artifact, begun_from: tuple[CreationId, Relation] | None = None, member: MemberId = ANNA
) -> Job:
    parents = (Parent(creation=begun_from[0], relation=begun_from[1], part=1),) if begun_from else ()
    return await jobs.add(submission(request=DRAWN_OVER, uploads=uploads, parents=parents, member=member))


async def drawn(jobs: JobStore, job: Job, *pictures: Artifact) -> CreationId:
    await jobs.move(job.id, JobState.RUNNING, at=after(1))
    creation = (await jobs.succeed(job.id, making(*pictures), at=after(2))).creation
    assert creation is not None
    return creation


async def sources_of(jobs: JobStore, job: Job) -> list[str]:
    return [source.path.read_text() for source in await jobs.sources(job.id)]


async def test_a_request_for_pictures_comes_back_with_every_field_it_had(jobs: JobStore) -> None:
    request = ImageRequest(
        prompt="灯塔",
        model=MODEL,
        count=2,
        seed=2**32 - 1,
        canvas=Canvas(width=640, height=480),
        steps=7,
        guidance=1.5,
        avoid="fog",
        style=Style(name="ink", frame="{prompt}, ink", avoid="colour"),
        unused=(Option.STRENGTH,),
        translator=MODEL,
    )

    job = await jobs.add(submission(request=request, guard=Guard.BLUR))

    kept = await jobs.get(job.id)
    assert (kept.request, kept.guard) == (request, Guard.BLUR)


async def test_what_a_member_gave_is_kept_by_the_ledger_and_is_what_the_job_is_made_from(
    jobs: JobStore, spool: Path
) -> None:
    given = photo(spool, "a photo")

    job = await asked(jobs, given)
    given.path.unlink()

    (kept,) = (await jobs.get(job.id)).uploads
    assert (kept.sha256, kept.media_type, kept.picture) == (given.sha256, "image/png", given.picture)
    assert await sources_of(jobs, job) == ["a photo"]


async def test_a_job_whose_upload_is_gone_or_changed_is_not_taken(jobs: JobStore, spool: Path) -> None:
    given = photo(spool, "a photo")
    given.path.write_text("another")
    with pytest.raises(ArtifactLostError):
        await asked(jobs, given)

    given.path.unlink()
    with pytest.raises(ArtifactLostError):
        await asked(jobs, given)

    assert await jobs.waiting(limit=5) == []


@pytest.mark.parametrize("relation", [Relation.VARIATION, Relation.REFERENCE, Relation.UPSCALE])
async def test_a_picture_drawn_over_another_is_made_from_that_part(
    jobs: JobStore, spool: Path, relation: Relation
) -> None:
    first = await asked(jobs, photo(spool, "a photo"))
    work = await drawn(jobs, first, photo(spool, "left"), photo(spool, "right"))

    job = await asked(jobs, begun_from=(work, relation))

    assert await sources_of(jobs, job) == ["right"]


async def test_a_picture_made_again_is_drawn_over_what_the_first_one_was(jobs: JobStore, spool: Path) -> None:
    work = await drawn(jobs, await asked(jobs, photo(spool, "a photo")), photo(spool, "drawn"))
    once_more = await drawn(
        jobs, await asked(jobs, begun_from=(work, Relation.AGAIN), member=BEN), photo(spool, "redrawn")
    )

    job = await asked(jobs, begun_from=(once_more, Relation.AGAIN), member=BEN)

    assert await sources_of(jobs, job) == ["a photo"]
    assert (await jobs.get(job.id)).uploads == ()  # It stays the first member's.


async def test_nothing_is_drawn_over_a_picture_that_is_held_back(jobs: JobStore, spool: Path) -> None:
    first = await asked(jobs, photo(spool, "a photo"))
    work = await drawn(jobs, first, photo(spool, "left"), photo(spool, "right", Showing.HELD))

    assert await sources_of(jobs, await asked(jobs, begun_from=(work, Relation.UPSCALE))) == []
