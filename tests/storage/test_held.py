"""Pictures that are held back: our own complaint about them, and what moderators make of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from inference.contract.artifacts import Artifact
from inference.contract.errors import CreationNotFoundError, ReportDecidedError
from inference.contract.identifiers import ChannelId, CreationId, MemberId, MessageId, ModelName, ServerId
from inference.contract.image import ImageRequest, Picture, Showing
from storage import Creation, Storage
from storage.domain import Deed, Posted, Verdict
from tests.storage.works import BEN, SERVER, after, making, spooled, started

MODERATOR = MemberId(9_000_000_000_000_000_001)
ELSEWHERE = ServerId(2_000_000_000_000_000_002)
REQUEST = ImageRequest(prompt="an owl", model=ModelName("fake-pictures"))
OPEN, SPOILER, HELD = Showing.OPEN, Showing.SPOILER, Showing.HELD


def picture(spool: Path, showing: Showing, number: int) -> Artifact:
    known = Picture(width=64, height=64, fingerprint="00ff00ff00ff00ff", unsafe=0.9, showing=showing)
    return replace(spooled(spool, f"picture {number}"), media_type="image/png", picture=known)


async def pictures(storage: Storage, spool: Path, *showings: Showing, server: ServerId = SERVER) -> Creation:
    """A work of pictures that are shown in these ways."""
    job = await started(storage.jobs, request=REQUEST, server=server)
    made = [picture(spool, showing, number) for number, showing in enumerate(showings)]
    job = await storage.jobs.succeed(job.id, making(*made), at=after(2))
    assert job.creation is not None
    return await storage.creations.get(job.creation)


async def showings(storage: Storage, creation: CreationId) -> list[Showing]:
    work = await storage.creations.get(creation)
    return [one.picture.showing for one in work.artifacts if one.picture]


async def deeds(storage: Storage) -> list[tuple[Deed, CreationId | None, MemberId | None]]:
    return [(one.deed, one.creation, one.moderator) for one in (await storage.audit.page(SERVER, limit=9)).rows]


async def test_a_work_with_held_pictures_is_reported_from_the_moment_that_it_is_stored(
    storage: Storage, spool: Path
) -> None:
    work = await pictures(storage, spool, OPEN, HELD, HELD)
    report = await storage.reports.next_open(SERVER)
    assert report is not None
    assert (report.creation, report.reporter, report.reason, report.reported_at) == (work.id, None, "", after(2))
    assert await storage.reports.count_open(SERVER) == 1
    assert len(work.shown) == 1


async def test_a_work_of_which_everything_is_shown_is_not_reported(storage: Storage, spool: Path) -> None:
    await pictures(storage, spool, OPEN, SPOILER)
    assert await storage.reports.next_open(SERVER) is None


async def test_let_go_all_held_pictures_are_shown_and_the_log_tells_it(storage: Storage, spool: Path) -> None:
    work, other = await pictures(storage, spool, OPEN, HELD, HELD), await pictures(storage, spool, HELD)
    report = await storage.reports.next_open(SERVER)
    assert report is not None
    decided = await storage.reports.release(report.id, SPOILER, by=MODERATOR, at=after(20))
    assert (decided.verdict, decided.decided_by) == (Verdict.SHOWN, MODERATOR)
    assert await showings(storage, work.id) == [OPEN, SPOILER, SPOILER]
    assert await showings(storage, other.id) == [HELD]
    assert await deeds(storage) == [(Deed.RELEASED, work.id, MODERATOR)]
    assert await storage.reports.released_since(after(20)) == [work.id]
    assert await storage.reports.released_since(after(21)) == []
    with pytest.raises(ReportDecidedError):
        await storage.reports.release(report.id, OPEN, by=BEN, at=after(21))
    assert await showings(storage, work.id) == [OPEN, SPOILER, SPOILER]


async def test_dismissed_they_stay_held_and_may_be_shown_later(storage: Storage, spool: Path) -> None:
    work = await pictures(storage, spool, OPEN, HELD)
    report = await storage.reports.next_open(SERVER)
    assert report is not None
    await storage.reports.dismiss(report.id, by=MODERATOR, at=after(20))
    assert await showings(storage, work.id) == [OPEN, HELD]
    assert await storage.creations.release_held(work.id, OPEN, by=BEN, at=after(30))
    assert not await storage.creations.release_held(work.id, OPEN, by=BEN, at=after(31))
    assert await showings(storage, work.id) == [OPEN, OPEN]
    assert await deeds(storage) == [(Deed.RELEASED, work.id, BEN), (Deed.DISMISSED, work.id, MODERATOR)]
    with pytest.raises(CreationNotFoundError):
        await storage.creations.release_held(CreationId(999), OPEN, by=BEN, at=after(40))


async def test_shown_by_its_number_a_work_waits_for_nobody_any_more(storage: Storage, spool: Path) -> None:
    work = await pictures(storage, spool, HELD)
    await storage.reports.file(work.id, BEN, reason="rude", at=after(10))
    await storage.creations.release_held(work.id, OPEN, by=MODERATOR, at=after(20))
    report = await storage.reports.next_open(SERVER)
    assert report is not None
    assert report.reporter == BEN  # What a member says of the work is another matter.
    assert await storage.reports.count_open(SERVER) == 1


async def test_moderators_are_told_of_each_once_and_of_none_that_is_decided(storage: Storage, spool: Path) -> None:
    works = [await pictures(storage, spool, HELD) for _ in range(3)]
    await pictures(storage, spool, HELD, server=ELSEWHERE)
    await storage.reports.file(works[0].id, BEN, reason="rude", at=after(10))
    first, second, third = await storage.reports.untold([SERVER])
    assert [one.creation for one in (first, second, third)] == [work.id for work in works]
    await storage.reports.carded(first.id, Posted(channel=ChannelId(9), message=MessageId(1)))
    await storage.reports.dismiss(second.id, by=MODERATOR, at=after(20))
    assert await storage.reports.untold([SERVER]) == [third]
    assert await storage.reports.untold([]) == []
    await storage.creations.delete(third.creation)
    assert await storage.reports.untold([SERVER]) == []
