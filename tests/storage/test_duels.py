"""Which two a member is asked to choose between, and what becomes of the answers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from inference.contract.identifiers import CreationId, MemberId, ModelName
from inference.contract.image import ImageRequest, Picture, Showing
from inference.contract.mediums import Medium
from storage import Creation, Storage
from storage.domain import Duel, Ground, Preference, Side
from storage.tables import TagRow
from tests.storage.works import ANNA, BEN, CLEO, NOON, SERVER, after, again, created, making, spooled, started


async def pictures(
    storage: Storage,
    spool: Path,
    *unsafe: float | None,
    showing: Showing = Showing.OPEN,
    prompt: str = "an owl",
    member: MemberId = ANNA,
) -> Creation:
    """A set of pictures, each with what the classifier makes of it."""
    request = ImageRequest(prompt=prompt, model=ModelName("fake-pictures"))
    job = await started(storage.jobs, request=request, member=member)
    made = [
        replace(
            spooled(spool, f"{prompt} {member} {number}"),
            media_type="image/png",
            picture=Picture(width=64, height=64, fingerprint="0" * 16, unsafe=score, showing=showing),
        )
        for number, score in enumerate(unsafe)
    ]
    job = await storage.jobs.succeed(job.id, making(*made), at=after(2))
    assert job.creation is not None
    return await storage.creations.get(job.creation)


async def variants(storage: Storage, spool: Path, *texts: str) -> Creation:
    job = await started(storage.jobs)
    job = await storage.jobs.succeed(job.id, making(*(spooled(spool, text) for text in texts)), at=after(2))
    assert job.creation is not None
    return await storage.creations.get(job.creation)


async def asked(storage: Storage, member: MemberId = BEN, *, seed: int = 1, **wanted: object) -> Duel | None:
    return await storage.duels.ask(SERVER, member, chance=Random(seed), at=NOON, **{"sight": None} | wanted)  # type: ignore[arg-type]


def sides(duel: Duel | None) -> set[Side]:
    assert duel is not None
    return {duel.left, duel.right}


def works_of(duel: Duel | None) -> set[CreationId]:
    return {side.creation for side in sides(duel)}


async def all_asked(storage: Storage, member: MemberId = BEN) -> Sequence[Duel]:
    """Every duel until there is none left."""
    found: list[Duel] = []
    while duel := await asked(storage, member, seed=len(found)):
        found.append(duel)
    return found


async def test_two_pictures_of_one_set_are_shown_and_each_pair_once(storage: Storage, spool: Path) -> None:
    work = await pictures(storage, spool, 0.0, 0.0, 0.0)

    duels = await all_asked(storage)

    pairs = {frozenset((duel.left.part, duel.right.part)) for duel in duels}
    assert pairs == {frozenset((0, 1)), frozenset((0, 2)), frozenset((1, 2))}
    assert len(duels) == 3
    assert {side.creation for duel in duels for side in sides(duel)} == {work.id}
    assert {duel.ground for duel in duels} == {Ground.PROMPT}


async def test_another_member_is_asked_the_same_pair(storage: Storage, spool: Path) -> None:
    await pictures(storage, spool, 0.0, 0.0)
    assert sides(await asked(storage, BEN)) == sides(await asked(storage, CLEO))


async def test_which_side_is_left_is_chance(storage: Storage, spool: Path) -> None:
    await pictures(storage, spool, 0.0, 0.0)
    duels = [await asked(storage, MemberId(CLEO + number), seed=number) for number in range(16)]
    assert {duel.left.part for duel in duels if duel} == {0, 1}


async def test_nobody_is_asked_about_their_own_works(storage: Storage, spool: Path) -> None:
    work = await pictures(storage, spool, 0.0, 0.0)
    await created(storage, spool, 1, content="one", member=ANNA)
    await created(storage, spool, 2, content="two", member=ANNA, parents=again(work.id))
    assert await asked(storage, ANNA) is None


async def test_variants_of_a_text_are_compared_once_their_author_has_chosen(storage: Storage, spool: Path) -> None:
    work = await variants(storage, spool, "one", "two")
    assert await asked(storage) is None

    await storage.creations.pick(work.id, 1)

    assert sides(await asked(storage)) == {Side(creation=work.id, part=0), Side(creation=work.id, part=1)}


async def test_a_work_is_compared_with_what_was_made_of_it_again(storage: Storage, spool: Path) -> None:
    first = await created(storage, spool, 1, content="one", prompt="the sea")
    second = await created(storage, spool, 2, content="two", prompt="the sea", parents=again(first.id), member=CLEO)
    await created(storage, spool, 3, content="three", prompt="the sea as well")

    duel = await asked(storage)

    assert works_of(duel) == {first.id, second.id}
    assert duel is not None
    assert duel.ground is Ground.PROMPT


async def test_without_two_of_the_same_words_there_are_two_of_one_theme(storage: Storage, spool: Path) -> None:
    first = await created(storage, spool, 1, content="one", prompt="the sea and a gull")
    second = await created(storage, spool, 2, content="two", prompt="a gull with a hat")
    await created(storage, spool, 3, content="three", prompt="the hills and the shop")

    duels = await all_asked(storage)

    assert [works_of(duel) for duel in duels] == [{first.id, second.id}]
    assert duels[0].ground is Ground.THEME


@pytest.mark.parametrize(("one", "other"), [("冬天的灯塔", "灯塔看守人"), ("a heron", "Heron, at dawn")])
async def test_a_theme_may_be_in_any_language(storage: Storage, spool: Path, one: str, other: str) -> None:
    works = {
        (await created(storage, spool, 1, content="one", prompt=one)).id,
        (await created(storage, spool, 2, content="two", prompt=other)).id,
    }
    assert works_of(await asked(storage)) == works


async def test_works_with_nothing_in_common_but_small_words_are_not_compared(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 1, content="one", prompt="the sea and the gull")
    await created(storage, spool, 2, content="two", prompt="the hills and the shop")
    assert await asked(storage) is None


@pytest.mark.parametrize("seed", range(4))
async def test_two_of_one_theme_are_found_among_many_that_have_none(
    storage: Storage, spool: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.pairing._BATCH", 2)
    for number, prompt in enumerate(("heron", "piano", "winter", "mirror", "train", "candle")):
        await created(storage, spool, number, content=prompt, prompt=prompt)
    pair = [
        await created(storage, spool, number, content=prompt, prompt=prompt)
        for number, prompt in ((8, "lighthouse tonight"), (9, "lighthouse yesterday"))
    ]

    duel = await asked(storage, seed=seed)

    assert works_of(duel) == {work.id for work in pair}


async def test_a_tag_is_a_theme(storage: Storage, spool: Path) -> None:
    works = [
        (await created(storage, spool, 1, content="one", prompt="the sea")).id,
        (await created(storage, spool, 2, content="two", prompt="hills")).id,
    ]
    async with storage._database.writing() as session:
        session.add_all(TagRow(creation=work, tag="nature") for work in works)
    assert works_of(await asked(storage)) == set(works)


async def test_a_text_is_never_compared_with_a_picture(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 1, content="one", prompt="an owl")
    await pictures(storage, spool, 0.0)
    assert await asked(storage) is None


async def test_one_medium_alone_may_be_wanted(storage: Storage, spool: Path) -> None:
    await pictures(storage, spool, 0.0, 0.0)
    assert await asked(storage, medium=Medium.TEXT) is None
    assert await asked(storage, medium=Medium.IMAGE) is not None


@pytest.mark.parametrize("unsafe", [0.9, None])
async def test_what_is_not_for_everybody_is_brought_to_adults_alone(
    storage: Storage, spool: Path, unsafe: float | None
) -> None:
    await pictures(storage, spool, unsafe, 0.0)
    assert await asked(storage) is None
    assert await asked(storage, with_unsafe=True) is not None


async def test_what_is_held_back_or_hidden_is_not_brought_to_anybody(storage: Storage, spool: Path) -> None:
    await pictures(storage, spool, 0.9, 0.9, showing=Showing.HELD)
    hidden = await pictures(storage, spool, 0.0, 0.0, prompt="a cat")
    report, _ = await storage.reports.file(hidden.id, BEN, reason="", at=NOON)
    await storage.reports.hide(report.id, by=CLEO, at=NOON)
    assert await asked(storage, with_unsafe=True) is None


async def test_those_with_the_fewest_answers_come_first(storage: Storage, spool: Path) -> None:
    works = [await pictures(storage, spool, 0.0, 0.0, prompt=prompt) for prompt in ("an owl", "a cat")]
    first = await asked(storage, CLEO)
    assert first is not None
    await storage.duels.decide(first.id, CLEO, Preference.LEFT, server=SERVER, at=NOON)

    others = [await asked(storage, MemberId(CLEO + 1 + number), seed=number) for number in range(6)]

    (fresh,) = {work.id for work in works} - works_of(first)
    assert all(works_of(duel) == {fresh} for duel in others)


async def test_the_first_answer_counts_and_is_the_askeds_alone(storage: Storage, spool: Path) -> None:
    await pictures(storage, spool, 0.0, 0.0)
    duel = await asked(storage, BEN)
    assert duel is not None

    answers = [
        await storage.duels.decide(duel.id, CLEO, Preference.RIGHT, server=SERVER, at=after(1)),
        await storage.duels.decide(duel.id, BEN, Preference.TIE, server=SERVER, at=after(2)),
        await storage.duels.decide(duel.id, BEN, Preference.LEFT, server=SERVER, at=after(3)),
    ]

    assert answers == [False, True, False]
    decided = await storage.duels.get(duel.id, server=SERVER)
    assert decided == replace(duel, preference=Preference.TIE, decided_at=after(2))


async def test_a_duel_goes_with_either_of_its_works(storage: Storage, spool: Path) -> None:
    first = await created(storage, spool, 1, content="one")
    second = await created(storage, spool, 2, content="two", parents=again(first.id))
    duel = await asked(storage)
    assert duel is not None

    await storage.creations.delete(second.id)

    assert await storage.duels.get(duel.id, server=SERVER) is None
    assert await storage.duels.decide(duel.id, BEN, Preference.LEFT, server=SERVER, at=NOON) is False
