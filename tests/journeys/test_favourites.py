"""❤️ and `/favourites`, with the fake engine."""

import asyncio

from bot.studio import Message, Studio
from tests.support.host import PATIENCE_SECONDS, Host, custom_id, has_button

HEART = "❤️"


async def favourites(host: Host, studio: Studio, slug: str, *, until: str) -> Message:
    """The member's favourites, asked for again until they say something."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            asked = await studio.person(slug).command("favourites")
            note = await host.until(lambda: asked.response if asked.response and asked.response.content else None)  # noqa: B023
            assert note.is_ephemeral
            if until in note.content:
                return note


async def test_a_heart_keeps_a_work_and_its_removal_lets_it_go(host: Host, studio: Studio) -> None:
    await host.start()
    mira = studio.person("mira")
    work = await host.work_of(await host.write("ada", prompt="冬天的灯塔"))
    await mira.react(work, HEART)
    note = await favourites(host, studio, "mira", until="冬天的灯塔")
    assert f"https://discord.com/channels/{studio.world.channel(work.channel_id).guild_id}" in note.content
    await favourites(host, studio, "ada", until="You keep no work")
    await mira.unreact(work, HEART)
    await favourites(host, studio, "mira", until="You keep no work")


async def test_both_forms_of_the_heart_keep_also_ones_own_work(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", prompt="a green heron"))
    await studio.person("ada").react(work, "❤")
    await favourites(host, studio, "ada", until="a green heron")


async def test_cleared_hearts_keep_nothing(host: Host, studio: Studio) -> None:
    await host.start()
    ada, mira = studio.person("ada"), studio.person("mira")
    works = [await host.work_of(await host.write("ada", prompt=prompt)) for prompt in ("a heron", "a mirror")]
    for work in works:
        await ada.react(work, HEART)
    await favourites(host, studio, "ada", until="a mirror")
    await mira.clear_reactions(works[0], HEART)
    await mira.clear_reactions(works[1])
    await favourites(host, studio, "ada", until="You keep no work")


async def test_favourites_turn_their_pages_after_a_restart(host: Host, studio: Studio) -> None:
    await host.start()
    mira = studio.person("mira")
    for number in range(9):
        work = await host.work_of(await host.write("ada", prompt=f"work {number:02}", length=10))
        await mira.react(work, HEART)
    note = await favourites(host, studio, "mira", until="work 08")
    assert "work 00" not in note.content
    await host.stop()
    await host.start()
    await mira.press(note, custom_id(note, "Older"))
    await host.until(lambda: "work 00" in note.content)
    assert "Your favourites" in note.content
    assert not has_button(note, "Older")
