"""That many events at once come to the same as one at a time, however they are cut and in whatever order they come."""

import asyncio
import itertools
import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.contract.identifiers import CreationId, MemberId, MessageId
from storage import Storage
from storage.domain import Axis, Ignored, Reacted, Via
from tests.storage.databases import memory_folder
from tests.storage.works import ANNA, BEN, CLEO, after, created

MESSAGES = (MessageId(1), MessageId(2), MessageId(3), MessageId(99))  # Two of one work, one of another, one of nobody.
EVENTS = st.lists(
    st.builds(
        Reacted,
        message=st.sampled_from(MESSAGES),
        member=st.sampled_from((ANNA, BEN, CLEO)),
        stars=st.integers(1, 5),
        at=st.integers(10, 30).map(after),
        is_standing=st.booleans(),
    ),
    max_size=25,
)


async def stocked(storage: Storage, spool: Path) -> None:
    one = await created(storage, spool, 1, 2, content="one")
    await created(storage, spool, 3, content="two", member=BEN)
    await storage.ratings.say(one.id, CLEO, {Axis.OVERALL: 2}, via=Via.FORM, at=after(20))
    await storage.ratings.clear(MessageId(3), at=after(15))


async def outcome(address: str, folder: Path, batches: list[list[Reacted]]) -> object:
    async with Storage.open(address, media_folder=folder / "media") as storage:
        for batch in batches:
            await storage.ratings.note_all(batch)
        works = list(await storage.creations.several([CreationId(1), CreationId(2)]))
        ratings = [await storage.ratings.of(work.id) for work in works]
        return ratings, await storage.standings.of([work.id for work in works])


@settings(deadline=None, max_examples=40)
@given(events=EVENTS, cuts=st.lists(st.integers(0, 25), max_size=4), seed=st.integers(0, 99))
def test_batches_come_to_the_same_as_single_events_in_any_order(
    whole: Path, events: list[Reacted], cuts: list[int], seed: int
) -> None:
    shuffled = random.Random(seed).sample(events, len(events))
    edges = sorted({0, *(min(cut, len(events)) for cut in cuts), len(events)})
    batches = [shuffled[start:end] for start, end in itertools.pairwise(edges) if start < end]

    found = []
    for some in ([[event] for event in events], batches):
        with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
            folder = Path(shutil.copytree(whole, Path(name) / "data"))
            found.append(asyncio.run(outcome(f"sqlite:///{folder / 'atelier.db'}", folder, some)))

    assert found[0] == found[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder to copy."""
    folder = tmp_path_factory.mktemp("reactions")

    async def fill() -> None:
        address = f"sqlite:///{folder / 'atelier.db'}"
        await Storage.upgrade(address)
        async with Storage.open(address, media_folder=folder / "media") as storage:
            await stocked(storage, folder / "spool")

    (folder / "spool").mkdir()
    asyncio.run(fill())
    return folder


async def test_each_event_of_a_batch_is_answered(storage: Storage, spool: Path) -> None:
    await stocked(storage, spool)
    events = [
        Reacted(message=MessageId(99), member=BEN, stars=5, at=after(40), is_standing=True),
        Reacted(message=MessageId(1), member=ANNA, stars=5, at=after(40), is_standing=True),
        Reacted(message=MessageId(1), member=BEN, stars=3, at=after(40), is_standing=True),
        Reacted(message=MessageId(2), member=BEN, stars=4, at=after(41), is_standing=True),
        Reacted(message=MessageId(3), member=CLEO, stars=4, at=after(14), is_standing=True),
    ]

    nobody, own, first, second, cleared = await storage.ratings.note_all(events)

    assert (nobody, own, cleared) == (Ignored.NO_CREATION, Ignored.OWN_WORK, None)
    assert first == second
    assert first is not None
    assert not isinstance(first, Ignored)
    assert (first.stars, first.rated_at) == (4, after(41))


async def test_a_batch_of_many_members_counts_each_of_them(storage: Storage, spool: Path) -> None:
    await stocked(storage, spool)
    crowd = [MemberId(CLEO + number) for number in range(1, 301)]

    await storage.ratings.note_all(
        [Reacted(message=MessageId(1), member=one, stars=4, at=after(40), is_standing=True) for one in crowd]
    )

    (work,) = await storage.creations.several([(await storage.creations.by_message(MessageId(1))).id])
    assert {one.member for one in await storage.ratings.of(work.id)} == {CLEO, *crowd}
    assert (await storage.standings.of([work.id]))[work.id].raters == 301
