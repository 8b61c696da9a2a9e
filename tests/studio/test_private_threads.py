"""Who is told of threads and servers, and when: private threads, archived ones, outages."""

import pytest

from bot.studio import Channel, ClientRefusedError, Permission, Studio
from bot.studio.cast import BOT_ID, GUILD_ID, STUDIO_CHANNEL_ID
from tests.studio.conftest import Start
from tests.studio.rest_client import RestClient
from tests.studio.sample_bot import SampleBot


@pytest.fixture
async def thread(studio: Studio, bot: SampleBot) -> Channel:
    """A private one of Ada's, started after the bot had connected."""
    return await studio.person("ada").start_thread("between us", is_private=True)


async def test_a_bot_that_is_not_in_a_private_thread_is_told_nothing_of_it(
    studio: Studio, bot: SampleBot, thread: Channel, rest: RestClient
) -> None:
    said = await studio.person("ada").say("nobody hears this", thread)
    await studio.person("ada").say("but this", studio.channel())
    await studio.until(lambda: [heard for heard, _ in bot.heard if heard == "message"])

    assert [heard for heard, _ in bot.heard] == ["message"]
    assert bot.get_channel(thread.id) is None
    for method, path in (
        ("GET", f"/channels/{thread.id}"),
        ("GET", f"/channels/{thread.id}/messages"),
        ("POST", f"/channels/{thread.id}/messages"),
        ("DELETE", f"/channels/{thread.id}/messages/{said.id}"),
    ):
        reply = await rest(method, path, {"content": "x"} if method == "POST" else None)
        assert (reply.status, reply.code) == (403, 50001), path


async def test_a_command_in_a_private_thread_reaches_a_bot_that_is_not_in_it(
    studio: Studio, bot: SampleBot, thread: Channel
) -> None:
    asked = await studio.person("ada").command("write", {"prompt": "x"}, thread)

    await studio.until(lambda: asked.response)

    assert [message.content for message in studio.messages(thread)] == [
        asked.response.content if asked.response else ""
    ]


async def test_who_is_mentioned_in_a_private_thread_is_brought_into_it(
    studio: Studio, bot: SampleBot, thread: Channel
) -> None:
    await studio.person("ada").say(f"<@{BOT_ID}>, join us", thread)

    await studio.until(lambda: ("in thread", "between us") in bot.heard)

    assert bot.get_channel(thread.id) is not None


async def test_members_outside_a_private_thread_do_not_see_it(studio: Studio, bot: SampleBot, thread: Channel) -> None:
    said = await studio.person("ada").say("between us", thread)

    with pytest.raises(ClientRefusedError):
        await studio.person("lin").react(said, "👍")
    with pytest.raises(ClientRefusedError):
        await studio.person("lin").command("write", {"prompt": "x"}, thread)
    await studio.person("mira").react(said, "👍")  # Who manages threads sees all.


async def test_the_gateway_names_open_threads_alone_at_its_beginning(studio: Studio, start: Start) -> None:
    ada = studio.person("ada")
    for name, is_private in (("open", False), ("archived", False), ("private", True)):
        await ada.start_thread(name, is_private=is_private)
    await studio.person("mira").archive(studio.channel("archived"))

    bot = await start()

    guild = bot.get_guild(GUILD_ID)
    assert guild is not None
    assert [thread.name for thread in guild.threads] == ["open"]


async def test_who_manages_threads_is_told_of_private_ones(studio: Studio, start: Start) -> None:
    studio.world.set_overwrite(STUDIO_CHANNEL_ID, BOT_ID, allow=Permission.MANAGE_THREADS)
    await studio.person("ada").start_thread("private", is_private=True)

    bot = await start()

    guild = bot.get_guild(GUILD_ID)
    assert guild is not None
    assert [thread.name for thread in guild.threads] == ["private"]


async def test_a_server_may_come_late(studio: Studio, start: Start) -> None:
    studio.world.set_available(GUILD_ID, is_available=False)
    bot = await start()
    early = bot.get_guild(GUILD_ID)
    assert early is None or early.unavailable

    studio.world.set_available(GUILD_ID, is_available=True)

    await studio.until(lambda: bot.guilds_told)
    guild = bot.get_guild(GUILD_ID)
    assert guild is not None
    assert guild.channels


async def test_in_an_outage_nothing_is_told_but_commands(studio: Studio, bot: SampleBot) -> None:
    studio.world.set_available(GUILD_ID, is_available=False)

    await studio.person("ada").say("unheard")
    asked = await studio.person("ada").command("write", {"prompt": "x"})

    await studio.until(lambda: asked.response)
    guild = bot.get_guild(GUILD_ID)
    assert guild is None or guild.unavailable
