"""What curators decide, and who was faster."""

from pathlib import Path

import pytest

from inference.contract.errors import CreationNotFoundError, TagsOutOfRangeError, WorkDecidedError
from inference.contract.identifiers import ServerId
from storage import Storage
from storage.curation import MAX_TAGS
from storage.domain import Deed, Ranked, Selection
from tests.storage.works import BEN, CLEO, NOON, SERVER, after, created

ELSEWHERE = ServerId(SERVER + 1)


async def deeds(storage: Storage) -> list[Deed]:
    return [entry.deed for entry in (await storage.audit.page(SERVER, limit=10)).rows]


async def test_an_accepted_work_leaves_those_that_wait(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)

    await storage.curation.decide(work.id, SERVER, Selection.ACCEPTED, by=BEN, at=NOON)

    waiting = await storage.standings.best(SERVER, Ranked(selection=Selection.OPEN), limit=5)
    accepted = await storage.standings.best(SERVER, Ranked(selection=Selection.ACCEPTED), limit=5)
    assert waiting.rows == ()
    assert [(one.creation, one.selected_by, one.selected_at) for one in accepted.rows] == [(work.id, BEN, NOON)]
    assert await deeds(storage) == [Deed.ACCEPTED]


async def test_of_two_curators_the_second_is_told(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)
    await storage.curation.decide(work.id, SERVER, Selection.REJECTED, by=BEN, at=NOON)

    with pytest.raises(WorkDecidedError) as told:
        await storage.curation.decide(work.id, SERVER, Selection.ACCEPTED, by=CLEO, at=after(1))

    assert not told.value.is_accepted
    assert await deeds(storage) == [Deed.REJECTED]


async def test_a_decision_can_be_taken_back(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)
    await storage.curation.decide(work.id, SERVER, Selection.REJECTED, by=BEN, at=NOON)

    await storage.curation.decide(work.id, SERVER, Selection.OPEN, by=CLEO, at=after(1))
    await storage.curation.decide(work.id, SERVER, Selection.ACCEPTED, by=CLEO, at=after(2))

    standing = (await storage.standings.of([work.id]))[work.id]
    assert (standing.selection, standing.selected_by) == (Selection.ACCEPTED, CLEO)
    assert await deeds(storage) == [Deed.ACCEPTED, Deed.REOPENED, Deed.REJECTED]


async def test_tags_are_folded_and_replaced(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)
    await storage.curation.tag(work.id, SERVER, ["Sea ", "sea", "夜", ""], by=BEN, at=NOON)
    first = await storage.curation.dossier(work.id)

    await storage.curation.tag(work.id, SERVER, ["night"], by=BEN, at=after(1))

    assert set(first.tags) == {"sea", "夜"}
    assert (await storage.curation.dossier(work.id)).tags == ("night",)
    found = await storage.standings.best(SERVER, Ranked(tag="night"), limit=5)
    assert [one.creation for one in found.rows] == [work.id]


@pytest.mark.parametrize("tags", [[f"tag {number}" for number in range(MAX_TAGS + 1)], ["x" * 33]])
async def test_too_many_or_too_long_tags_change_nothing(storage: Storage, spool: Path, tags: list[str]) -> None:
    work = await created(storage, spool, 1)
    await storage.curation.tag(work.id, SERVER, ["sea"], by=BEN, at=NOON)

    with pytest.raises(TagsOutOfRangeError):
        await storage.curation.tag(work.id, SERVER, tags, by=BEN, at=after(1))

    assert (await storage.curation.dossier(work.id)).tags == ("sea",)


async def test_nobody_decides_about_works_of_another_server(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool, 1)

    with pytest.raises(CreationNotFoundError):
        await storage.curation.decide(work.id, ELSEWHERE, Selection.ACCEPTED, by=BEN, at=NOON)
    with pytest.raises(CreationNotFoundError):
        await storage.curation.tag(work.id, ELSEWHERE, ["sea"], by=BEN, at=NOON)
