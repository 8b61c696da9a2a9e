"""Works are brought to a member from where the member is known to look in, and from nowhere else."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

import pytest

from inference.contract.identifiers import ChannelId, CreationId
from inference.contract.jobs import Reply
from storage import Storage
from storage.domain import Axis, Ranked, Sight, Via, Wanted
from tests.storage.works import ANNA, BEN, CLEO, SERVER, after, created, submission

OPEN, CLOSED, THREAD = ChannelId(76), ChannelId(77), ChannelId(78)
SIGHT: Final = Sight(channels=frozenset({OPEN}))


def made_in(channel: ChannelId, *, parent: ChannelId | None, is_private: bool = False) -> Reply:
    return replace(submission().reply, channel=channel, parent=parent, is_private=is_private)


async def test_what_was_made_in_a_closed_channel_is_found_nowhere_but_by_its_author(
    storage: Storage, spool: Path
) -> None:
    secret = await created(storage, spool, 1, content="one", reply=made_in(CLOSED, parent=CLOSED))
    known = await created(storage, spool, 2, content="two", reply=made_in(OPEN, parent=OPEN))
    for work in (secret, known):
        await storage.ratings.say(work.id, BEN, {Axis.OVERALL: 5}, via=Via.FORM, at=after(10))

    best = await storage.standings.best(SERVER, Ranked(least_raters=1, sight=SIGHT), limit=9)
    neediest = await storage.standings.neediest(SERVER, CLEO, limit=9, sight=SIGHT)
    repeat = await storage.ratings.to_repeat(SERVER, BEN, before=after(20), start=0.0, sight=SIGHT)
    duel = await storage.duels.ask(SERVER, CLEO, chance=Random(1), at=after(20), sight=SIGHT)
    others = await storage.creations.page(SERVER, Wanted(sight=SIGHT), viewer=CLEO, limit=9)
    own = await storage.creations.page(SERVER, Wanted(sight=SIGHT), viewer=ANNA, limit=9)

    assert [one.creation for one in best.rows] == [known.id]
    assert neediest == [known.id]
    assert repeat == known.id
    assert duel is None
    assert [one.id for one in others.rows] == [known.id]
    assert {one.id for one in own.rows} == {secret.id, known.id}
    assert await storage.duels.ask(SERVER, CLEO, chance=Random(1), at=after(20), sight=None) is not None


@pytest.mark.parametrize(
    ("reply", "sight", "is_seen"),
    [
        (made_in(OPEN, parent=OPEN), SIGHT, True),
        (made_in(THREAD, parent=OPEN), SIGHT, True),
        (made_in(THREAD, parent=OPEN, is_private=True), SIGHT, False),
        (
            made_in(THREAD, parent=OPEN, is_private=True),
            Sight(channels=frozenset({OPEN}), threads=frozenset({THREAD})),
            True,
        ),
        (made_in(THREAD, parent=CLOSED), SIGHT, False),
        (made_in(OPEN, parent=None), SIGHT, True),  # Of before the parent was kept.
        (made_in(THREAD, parent=None), SIGHT, False),
        (made_in(THREAD, parent=None), Sight(channels=frozenset({OPEN}), threads=frozenset({THREAD})), True),
        (made_in(OPEN, parent=OPEN), Sight(channels=frozenset()), False),
    ],
)
async def test_the_database_and_the_value_agree_on_what_is_within_sight(
    storage: Storage, spool: Path, reply: Reply, sight: Sight, is_seen: bool
) -> None:
    work = await created(storage, spool, 1, content="one", reply=reply)

    page = await storage.creations.page(SERVER, Wanted(sight=sight), viewer=CLEO, limit=9)

    assert [one.id for one in page.rows] == ([CreationId(work.id)] if is_seen else [])
    assert sight.covers(await storage.creations.get(work.id)) is is_seen
