from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from inference.contract.identifiers import CreationId, MemberId, ServerId
from inference.contract.image import ImageRequest
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import Basis
from storage import Creation, Storage
from storage.database import Database
from storage.lineage import Descent, Family
from tests.storage.works import ANNA, BEN, MODEL, SERVER, created, spooled, submission


async def test_a_family_is_what_a_work_comes_from_and_what_comes_from_it(storage: Storage, spool: Path) -> None:
    first = await created(storage, spool)
    second = await created(storage, spool, parents=(Parent(creation=first.id, relation=Relation.REVISION),))
    third = await created(storage, spool, parents=(Parent(creation=second.id, relation=Relation.REMIX),))
    await created(storage, spool, parents=(Parent(creation=first.id, relation=Relation.AGAIN),))  # A sibling.
    await created(storage, spool)

    family = await storage.lineage.family(second.id, SERVER, viewer=ANNA, limit=25)

    assert family == Family(
        work=second.id,
        members=(first.id, second.id, third.id),
        descents=(
            Descent(child=second.id, parent=first.id, relation=Relation.REVISION),
            Descent(child=third.id, parent=second.id, relation=Relation.REMIX),
        ),
        is_whole=True,
    )
    assert [one.id for one in await storage.creations.several(family.members)] == list(family.members)


async def test_nothing_is_drawn_over_what_moderators_have_hidden(storage: Storage, address: str, spool: Path) -> None:
    photo = replace(spooled(spool, "a photo"), media_type="image/png")
    drawn_over = ImageRequest(prompt="a lighthouse", model=MODEL, basis=Basis.REFERENCE)
    work = await created(storage, spool, request=drawn_over, uploads=(photo,))
    parents = [(Parent(creation=work.id, relation=relation),) for relation in (Relation.UPSCALE, Relation.AGAIN)]
    jobs = [await storage.jobs.add(submission(request=drawn_over, parents=one)) for one in parents]
    assert all([await storage.jobs.sources(job.id) for job in jobs])

    async with Database.open(address) as database, database.writing() as session:
        await session.execute(text("UPDATE creations SET hidden_at = created_at"))

    assert not any([await storage.jobs.sources(job.id) for job in jobs])


async def test_a_child_of_two_names_first_the_one_that_it_was_asked_for_with(storage: Storage, spool: Path) -> None:
    passage, original = await created(storage, spool), await created(storage, spool)
    parents = (
        Parent(creation=original.id, relation=Relation.AGAIN),
        Parent(creation=passage.id, relation=Relation.CONTINUATION),
    )
    child = await created(storage, spool, parents=parents)

    family = await storage.lineage.family(child.id, SERVER, viewer=ANNA, limit=25)

    assert family.members == (passage.id, original.id, child.id)
    assert [descent.parent for descent in family.descents] == [original.id, passage.id]


async def test_a_large_family_keeps_its_nearest_generations(storage: Storage, spool: Path) -> None:
    works = [await created(storage, spool)]
    for _ in range(6):
        works.append(await created(storage, spool, parents=(Parent(creation=works[-1].id, relation=Relation.AGAIN),)))

    family = await storage.lineage.family(works[3].id, SERVER, viewer=ANNA, limit=4)

    assert family.members == tuple(work.id for work in works[1:5])
    assert not family.is_whole
    assert (await storage.lineage.family(works[3].id, SERVER, viewer=ANNA, limit=7)).is_whole


async def test_what_may_not_be_seen_has_no_family(storage: Storage, address: str, spool: Path) -> None:
    hidden = await created(storage, spool)
    child = await created(storage, spool, member=BEN, parents=(Parent(creation=hidden.id, relation=Relation.REMIX),))
    async with Database.open(address) as database, database.writing() as session:
        await session.execute(text(f"UPDATE creations SET hidden_at = created_at WHERE id = {hidden.id}"))

    async def members(work: Creation, viewer: MemberId, server: ServerId = SERVER) -> tuple[CreationId, ...]:
        family = await storage.lineage.family(work.id, server, viewer=viewer, limit=25)
        return family.members

    assert await members(hidden, BEN) == ()
    assert await members(child, BEN) == (child.id,)
    assert await members(child, ANNA) == (hidden.id, child.id)
    assert await members(child, ANNA, server=ServerId(99)) == ()


async def test_rows_that_form_a_loop_lead_nowhere(storage: Storage, address: str, spool: Path) -> None:
    first = await created(storage, spool)
    second = await created(storage, spool, parents=(Parent(creation=first.id, relation=Relation.AGAIN),))
    async with Database.open(address) as database, database.writing() as session:
        await session.execute(
            text(
                "INSERT INTO parents (job, position, creation, relation, part) "
                f"VALUES ({first.job}, 0, {second.id}, 'again', 0)"
            )
        )

    family = await storage.lineage.family(first.id, SERVER, viewer=ANNA, limit=25)

    assert family.members == (first.id, second.id)
    assert len(family.descents) == 1
