"""Which works may be released, and why others may not."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from inference.contract.identifiers import ModelName
from inference.contract.image import Showing
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import Basis
from storage import Storage
from storage.domain import Consent, Selection
from storage.release.values import MAY_BE_INCLUDED, Reason
from tests.storage.release.server import FORBIDDEN, agree, furnished, painted, wanted, written
from tests.storage.works import ANNA, BEN, CLEO, SERVER, after, created, making, spooled, started

Scene = Callable[[Storage, Path], Awaitable[object]]


async def an_open_one(storage: Storage, spool: Path) -> None:
    await created(storage, spool)


async def a_rejected_one(storage: Storage, spool: Path) -> None:
    work = await created(storage, spool)
    await storage.curation.decide(work.id, SERVER, Selection.REJECTED, by=CLEO, at=after(50))


async def one_of_nobody_asked(storage: Storage, spool: Path) -> None:
    await written(storage, spool, "A fox.", member=CLEO)


async def one_of_an_old_yes(storage: Storage, spool: Path) -> None:
    await storage.consents.give(SERVER, CLEO, Consent.WORKS, at=after(0), wording=1, locale="en-US")
    await written(storage, spool, "A fox.", member=CLEO)


async def a_withdrawn_one(storage: Storage, spool: Path) -> None:
    await agree(storage, CLEO)
    await storage.consents.withdraw(SERVER, CLEO, Consent.WORKS, at=after(9), wording=2, locale="en-US")
    await written(storage, spool, "A fox.", member=CLEO)


async def one_of_a_leaving_member(storage: Storage, spool: Path) -> None:
    await agree(storage, CLEO)
    await written(storage, spool, "A fox.", member=CLEO)
    await storage.erasures.ask(CLEO, None, takes_messages=False, at=after(60))


async def a_hidden_one(storage: Storage, spool: Path) -> None:
    work = await written(storage, spool, "A fox.")
    report, _ = await storage.reports.file(work.id, BEN, reason="no fox", at=after(60))
    await storage.reports.hide(report.id, by=CLEO, at=after(61))


async def a_held_one(storage: Storage, spool: Path) -> None:
    await painted(storage, spool, 1, showings=[Showing.HELD])


async def a_reported_one(storage: Storage, spool: Path) -> None:
    work = await written(storage, spool, "A fox.")
    await storage.reports.file(work.id, BEN, reason="no fox", at=after(60))


async def one_with_a_choice_open(storage: Storage, spool: Path) -> None:
    job = await started(storage.jobs)
    job = await storage.jobs.succeed(job.id, making(spooled(spool, "One."), spooled(spool, "Two.")), at=after(2))
    assert job.creation is not None
    await storage.curation.decide(job.creation, SERVER, Selection.ACCEPTED, by=CLEO, at=after(50))


async def one_with_another_s_erased_words(storage: Storage, spool: Path) -> None:
    first = await written(storage, spool, "A fox.", member=BEN, prompt="ben's fox")
    parents = (Parent(creation=first.id, relation=Relation.AGAIN),)
    await written(storage, spool, "A wolf.", prompt="ben's fox", parents=parents)
    erasure = await storage.erasures.ask(BEN, None, takes_messages=False, at=after(60))
    while not (await storage.erasures.carry_on(erasure, at=after(61))).is_done:
        pass


async def a_grandchild_of_somebody_not_asked(storage: Storage, spool: Path) -> None:
    first = await created(storage, spool, member=CLEO)
    child = await created(storage, spool, parents=(Parent(creation=first.id, relation=Relation.REMIX),))
    await written(storage, spool, "A fox.", parents=(Parent(creation=child.id, relation=Relation.AGAIN),))


async def one_drawn_over_what_is_gone(storage: Storage, spool: Path) -> None:
    await painted(storage, spool, 1, request={"basis": Basis.REFERENCE})


async def one_of_a_model_that_forbids_it(storage: Storage, spool: Path) -> None:
    await painted(storage, spool, 1, model=FORBIDDEN)


async def one_of_a_lost_model(storage: Storage, spool: Path) -> None:
    await painted(storage, spool, 1, model=ModelName("gone"))


async def one_whose_file_is_gone(storage: Storage, spool: Path) -> None:
    work = await written(storage, spool, "A fox.")
    work.artifacts[0].path.unlink()


SCENES: list[tuple[Scene, Reason]] = [
    (an_open_one, Reason.UNDECIDED),
    (a_rejected_one, Reason.REJECTED),
    (one_of_nobody_asked, Reason.NO_CONSENT),
    (one_of_an_old_yes, Reason.NO_CONSENT),
    (a_withdrawn_one, Reason.WITHDRAWN),
    (one_of_a_leaving_member, Reason.WITHDRAWN),
    (a_hidden_one, Reason.HIDDEN),
    (a_held_one, Reason.HELD),
    (a_reported_one, Reason.REPORTED),
    (one_with_a_choice_open, Reason.CHOICE_OPEN),
    (one_with_another_s_erased_words, Reason.WORDS_ERASED),
    (a_grandchild_of_somebody_not_asked, Reason.PARENT_WITHOUT_CONSENT),
    (one_drawn_over_what_is_gone, Reason.FROM_UPLOAD),
    (one_of_a_model_that_forbids_it, Reason.LICENCE_FORBIDS),
    (one_of_a_lost_model, Reason.LICENCE_UNKNOWN),
    (one_whose_file_is_gone, Reason.FILE_LOST),
]


@pytest.mark.parametrize(("scene", "reason"), SCENES, ids=[scene.__name__ for scene, _ in SCENES])
async def test_a_work_is_left_out_and_it_is_told_why(
    storage: Storage, spool: Path, scene: Scene, reason: Reason
) -> None:
    await agree(storage, ANNA, BEN)
    await scene(storage, spool)

    found = await storage.releases.preview(wanted())

    undecided = {Reason.UNDECIDED: 2} if reason is Reason.PARENT_WITHOUT_CONSENT else {}
    assert found.excluded == {**undecided, reason: 1}
    assert found.works == 0


@pytest.mark.parametrize(
    ("scene", "reason"), [one for one in SCENES if one[1] not in {Reason.UNDECIDED, Reason.REJECTED, Reason.FILE_LOST}]
)
async def test_a_curator_is_told_of_a_work_what_a_release_would_say(
    storage: Storage, spool: Path, scene: Scene, reason: Reason
) -> None:
    await agree(storage, ANNA, BEN)
    await scene(storage, spool)
    last = max(await storage.creations.newest(SERVER, since=after(0), limit=9), key=lambda one: one.id)

    assert (await storage.releases.obstacles(wanted(), last.id))[0] is reason


async def test_a_work_that_waits_is_told_of_as_if_it_were_accepted(storage: Storage, spool: Path) -> None:
    await agree(storage, ANNA)
    fine, other = await created(storage, spool), await created(storage, spool, member=CLEO)

    assert await storage.releases.obstacles(wanted(), fine.id) == []
    assert await storage.releases.obstacles(wanted(), other.id) == [Reason.NO_CONSENT]


@pytest.mark.parametrize(("scene", "reason"), [one for one in SCENES if one[1] in MAY_BE_INCLUDED])
async def test_a_host_may_let_some_in_all_the_same(storage: Storage, spool: Path, scene: Scene, reason: Reason) -> None:
    await agree(storage, ANNA, BEN)
    await scene(storage, spool)

    found = await storage.releases.preview(wanted(included=[reason]))

    assert found.works == 1
    assert reason not in found.excluded


async def test_what_was_drawn_over_a_forbidden_picture_is_forbidden(storage: Storage, spool: Path) -> None:
    await agree(storage, ANNA)
    first = await painted(storage, spool, 1, model=FORBIDDEN)
    over: dict[str, Any] = {"request": {"basis": Basis.REFERENCE}}
    await painted(storage, spool, 2, parents=(Parent(creation=first.id, relation=Relation.REFERENCE),), **over)

    found = await storage.releases.preview(wanted())

    assert found.excluded == {Reason.LICENCE_FORBIDS: 2}


async def test_a_remix_of_a_forbidden_picture_s_words_is_not(storage: Storage, spool: Path) -> None:
    await agree(storage, ANNA)
    first = await painted(storage, spool, 1, model=FORBIDDEN)
    await painted(storage, spool, 2, parents=(Parent(creation=first.id, relation=Relation.REMIX),))

    found = await storage.releases.preview(wanted())

    assert (found.works, found.excluded) == (1, {Reason.LICENCE_FORBIDS: 1})


async def test_a_preview_counts_what_a_release_would_hold(storage: Storage, spool: Path) -> None:
    works = await furnished(storage, spool)
    await storage.consents.withdraw(SERVER, CLEO, Consent.RATINGS, at=after(9), wording=2, locale="en-US")

    found = await storage.releases.preview(wanted())

    assert found.works == len(works) == sum(found.by_split.values())
    assert dict(found.by_medium) == {"text": 2, "image": 2}
    assert (found.ratings, found.ratings_left_out, found.duels) == (6, 4, 1)
    assert found.licences == {"Apache-2.0": 2, "MIT": 2}
    assert found.size_bytes == sum(one.size_bytes for work in works for one in work.artifacts)
