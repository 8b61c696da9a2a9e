"""An evening with many: ten members, two hundred commands, a thousand reactions, and a socket that breaks."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing

from bot.studio import Interaction, Message, Studio
from inference.contract.identifiers import MemberId, MessageId
from tests.support.host import ASK_AGAIN_SECONDS, PATIENCE_SECONDS, Host, is_finished

MEMBERS = 10
COMMANDS_EACH = 20
RATERS_A_WORK = 5
STARS = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣")


async def test_nothing_is_lost_or_doubled_in_a_crowd(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_SEED_REACTIONS="false")
    slugs = [studio.add_person(f"guest{number}").user.username for number in range(MEMBERS)]

    halves = [await _asked(host, slugs, COMMANDS_EACH // 2)]
    studio.faults.drop_gateway()
    await host.until(lambda: studio.is_bot_connected)
    halves.append(await _asked(host, slugs, COMMANDS_EACH // 2))
    works = [await host.work_of(asked) for half in halves for asked in half]
    given = await _reacted(studio, slugs, works)

    assert len({work.id for work in works}) == MEMBERS * COMMANDS_EACH
    ended = [message for message in studio.messages() if is_finished(message)]
    assert Counter(message.id for message in ended) == Counter(work.id for work in works)
    assert await _kept(host, len(given)) == given


async def _asked(host: Host, slugs: Sequence[str], count: int) -> Sequence[Interaction]:
    """Each member asks so many times, all of them at once."""
    rounds = [
        await asyncio.gather(*(host.write(slug, f"{slug} {number}", length=10) for slug in slugs))
        for number in range(count)
    ]
    return [asked for some in rounds for asked in some]


async def _reacted(
    studio: Studio, slugs: Sequence[str], works: Sequence[Message]
) -> dict[tuple[MessageId, MemberId], int]:
    """Let members rate each other's works; returns the stars by message and member."""
    given = {}
    for number, work in enumerate(works):
        for step in range(1, RATERS_A_WORK + 1):
            rater, stars = studio.person(slugs[(number + step) % MEMBERS]), (number + step) % 5 + 1
            await rater.react(work, STARS[stars - 1])
            given[MessageId(work.id), MemberId(rater.id)] = stars
    return given


async def _kept(host: Host, count: int) -> dict[tuple[MessageId, MemberId], int]:
    """What the database holds, once it holds so much."""
    query = "SELECT message, ratings.member, stars FROM ratings JOIN posts USING (creation) WHERE axis = 'overall'"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with closing(sqlite3.connect(host.data / "atelier.db")) as connection:
                kept = {(message, member): stars for message, member, stars in connection.execute(query)}
            if len(kept) >= count:
                return kept
            await asyncio.sleep(ASK_AGAIN_SECONDS)
