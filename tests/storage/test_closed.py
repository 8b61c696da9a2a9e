"""Works of channels that a member may not look into are not brought to them."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from inference.contract.identifiers import ChannelId
from storage import Storage
from storage.domain import Axis, Ranked, Via, Wanted
from tests.storage.works import ANNA, BEN, CLEO, SERVER, after, created, submission

CLOSED: Final = ChannelId(77)


async def test_what_was_made_in_a_closed_channel_is_found_nowhere_but_by_its_author(
    storage: Storage, spool: Path
) -> None:
    reply = replace(submission().reply, channel=CLOSED)
    secret = await created(storage, spool, 1, content="one", reply=reply)
    known = await created(storage, spool, 2, content="two")
    for work in (secret, known):
        await storage.ratings.say(work.id, BEN, {Axis.OVERALL: 5}, via=Via.FORM, at=after(10))
    closed = frozenset({CLOSED})

    best = await storage.standings.best(SERVER, Ranked(least_raters=1, closed=closed), limit=9)
    neediest = await storage.standings.neediest(SERVER, CLEO, limit=9, closed=closed)
    repeat = await storage.ratings.to_repeat(SERVER, BEN, before=after(20), start=0.0, closed=closed)
    duel = await storage.duels.ask(SERVER, CLEO, chance=Random(1), at=after(20), closed=closed)
    others = await storage.creations.page(SERVER, Wanted(closed=closed), viewer=CLEO, limit=9)
    own = await storage.creations.page(SERVER, Wanted(closed=closed), viewer=ANNA, limit=9)

    assert [one.creation for one in best.rows] == [known.id]
    assert neediest == [known.id]
    assert repeat == known.id
    assert duel is None
    assert [one.id for one in others.rows] == [known.id]
    assert {one.id for one in own.rows} == {secret.id, known.id}
    assert await storage.duels.ask(SERVER, CLEO, chance=Random(1), at=after(20)) is not None
