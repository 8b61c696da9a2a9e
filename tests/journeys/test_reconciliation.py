"""What members did while the bot was away, or while nobody could tell it."""

import asyncio
import json

from bot.studio import Studio
from inference.contract.identifiers import CreationId, MemberId, MessageId
from storage import Storage
from storage.domain import Axis
from tests.support.host import ASK_AGAIN_SECONDS, PATIENCE_SECONDS, Host


async def test_reactions_of_a_night_without_the_bot_count_in_the_morning(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_SEED_REACTIONS="false")
    work = await host.work_of(await host.write("ada", length=10))
    lin, teo = studio.person("lin"), studio.person("teo")
    await lin.react(work, "2️⃣")
    await host.history_of("ada", until="· 1 rater")
    await host.stop()
    await lin.unreact(work, "2️⃣")
    await teo.react(work, "5️⃣")
    await teo.react(work, "❤️")
    host.log.clear()

    await host.start(ATELIER_SEED_REACTIONS="false")
    await host.said("reactions are reconciled")
    await host.stop()

    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        ratings = await storage.ratings.of(creation.id)
        assert [(one.member, one.axis, one.stars) for one in ratings] == [(MemberId(teo.id), Axis.OVERALL, 5)]
        assert await storage.favourites.is_kept(creation.id, MemberId(teo.id))


async def test_super_reactions_outlast_a_restart(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_SEED_REACTIONS="false")
    work = await host.work_of(await host.write("ada", length=10))
    lin, teo = studio.person("lin"), studio.person("teo")
    await lin.react(work, "4️⃣", is_burst=True)
    await lin.react(work, "❤️", is_burst=True)
    await host.history_of("ada", until="· 1 rater")
    await host.stop()
    await teo.react(work, "4️⃣", is_burst=True)

    await host.start(ATELIER_SEED_REACTIONS="false")
    await host.said("reactions are reconciled")
    await host.stop()

    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        ratings = await storage.ratings.of(creation.id)
        assert {(one.member, one.stars) for one in ratings} == {(MemberId(lin.id), 4), (MemberId(teo.id), 4)}
        assert await storage.favourites.is_kept(creation.id, MemberId(lin.id))


async def test_a_session_that_is_lost_is_made_up_for(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_SEED_REACTIONS="false")
    work = await host.work_of(await host.write("ada", length=10))
    await host.said("reactions are reconciled")
    host.log.clear()
    studio.faults.refuse_resumes()
    studio.faults.drop_gateway()
    await host.until(lambda: not studio.is_bot_connected)
    await studio.person("lin").react(work, "5️⃣")

    await host.said("reactions are reconciled")
    await host.history_of("ada", until="· 1 rater")


async def kept_soon(storage: Storage, work: CreationId, member: MemberId) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if await storage.favourites.is_kept(work, member):
                return
            await asyncio.sleep(ASK_AGAIN_SECONDS)


async def test_hearts_told_of_during_a_look_have_the_last_word(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_SEED_REACTIONS="false")
    first = await host.work_of(await host.write("ada", length=10))
    second = await host.work_of(await host.write("ada", length=10))
    await host.stop()
    lin, teo = studio.person("lin"), studio.person("teo")
    await lin.react(second, "❤️")
    await lin.react(second, "5️⃣")
    studio.faults.answer("GET", r"/messages$", status=503)
    names = studio.faults.hold("GET", r"/reactions/5")  # When the names under the heart are known.
    await host.start(ATELIER_SEED_REACTIONS="false")
    await host.until(lambda: names.held == 1)

    await teo.react(first, "❤️")  # Is written down though somebody looks.
    await lin.unreact(second, "❤️")
    async with host.storage() as storage:
        work = await storage.creations.by_message(MessageId(first.id))
        await kept_soon(storage, work.id, MemberId(teo.id))
    names.release()
    line = await host.said("reactions are reconciled")
    await host.stop()

    async with host.storage() as storage:
        taken_back = await storage.creations.by_message(MessageId(second.id))
        assert not await storage.favourites.is_kept(taken_back.id, MemberId(lin.id))
        assert await storage.favourites.is_kept(work.id, MemberId(teo.id))
    assert json.loads(line)["left_out"] == 0


async def test_one_request_tells_that_nobody_stands_under_a_channels_works(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_SEED_REACTIONS="false")
    works = [await host.work_of(await host.write("ada", f"lighthouse {number}", length=10)) for number in range(3)]
    await host.stop()
    await studio.person("teo").react(works[1], "4️⃣")
    asked_before = len(studio.requests)

    await host.start(ATELIER_SEED_REACTIONS="false")
    await host.said("reactions are reconciled")

    asked = [each.path for each in list(studio.requests)[asked_before:] if each.method == "GET"]
    about_messages = [path for path in asked if "/messages" in path]
    pages = [path for path in about_messages if path.endswith("/messages")]
    assert len(pages) == 1
    assert all(f"/messages/{works[1].id}/reactions/" in path for path in about_messages if path not in pages)
