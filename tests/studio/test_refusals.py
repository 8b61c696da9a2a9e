"""What Discord refuses to have written, in closed threads and anywhere, and what it adds by itself."""

import discord
import pytest

from bot.studio import Permission, Studio
from bot.studio.cast import BOT_ID, GUILD_ID
from bot.studio.entities import Channel, ChannelType
from bot.studio.unfurling import previews_of
from tests.studio.sample_bot import SampleBot

ARCHIVED = 50083


@pytest.fixture
def channel(studio: Studio, bot: SampleBot) -> discord.TextChannel:
    return bot.studio_channel(studio.channel().id)


@pytest.fixture
def thread(studio: Studio) -> Channel:
    owner = studio.person("ada").id
    return studio.world.start_thread(
        studio.channel(), name="nook", owner_id=owner, type_=ChannelType.PUBLIC_THREAD, archive_minutes=60
    )


@pytest.fixture
def inside(bot: SampleBot, thread: Channel) -> discord.PartialMessageable:
    return bot.get_partial_messageable(thread.id, guild_id=GUILD_ID)


async def test_in_an_archived_thread_a_message_can_be_deleted_and_nothing_else(
    studio: Studio, thread: Channel, inside: discord.PartialMessageable
) -> None:
    sent = await inside.send("one")
    await studio.person("mira").archive(thread)
    for change in (sent.edit(content="two"), sent.add_reaction("5️⃣")):
        with pytest.raises(discord.Forbidden) as refused:
            await change
        assert refused.value.code == ARCHIVED
    await sent.delete()
    assert not studio.messages(thread)


async def test_a_new_message_reopens_an_archived_thread(
    studio: Studio, thread: Channel, inside: discord.PartialMessageable
) -> None:
    sent = await inside.send("one")
    await studio.person("mira").archive(thread)
    await inside.send("two")
    assert (await sent.edit(content="three")).content == "three"


async def test_whoever_may_write_reopens_an_archived_thread_by_word(
    studio: Studio, bot: SampleBot, thread: Channel
) -> None:
    await studio.person("mira").archive(thread)
    found = await bot.fetch_channel(thread.id)
    assert isinstance(found, discord.Thread)
    assert not (await found.edit(archived=False)).archived


async def test_a_locked_thread_is_closed_to_all_but_those_who_manage_threads(
    studio: Studio, bot: SampleBot, thread: Channel, inside: discord.PartialMessageable
) -> None:
    await studio.person("mira").archive(thread, is_locked=True)
    found = await bot.fetch_channel(thread.id)
    assert isinstance(found, discord.Thread)
    with pytest.raises(discord.Forbidden):
        await found.edit(archived=False)
    with pytest.raises(discord.Forbidden):
        await inside.send("one")
    studio.world.set_overwrite(studio.channel().id, BOT_ID, allow=Permission.MANAGE_THREADS)
    await inside.send("one")


@pytest.mark.parametrize(
    ("code", "content"), [(240000, "see HTTPS://Evil.Example/x"), (200000, "what a Scunner")], ids=["link", "word"]
)
async def test_what_a_filter_refuses_is_neither_posted_nor_edited_in(
    studio: Studio, channel: discord.TextChannel, code: int, content: str
) -> None:
    studio.world.refusals.links.add("evil.example")
    studio.world.refusals.words.add("scunner")
    sent = await channel.send("one")
    for act in (channel.send(content), channel.send(embed=discord.Embed(title=content)), sent.edit(content=content)):
        with pytest.raises(discord.HTTPException) as refused:
            await act
        assert (refused.value.status, refused.value.code) == (400, code)
    assert [message.content for message in studio.messages()] == ["one"]


async def test_a_link_unfurls_by_an_update_of_discords_own(studio: Studio, channel: discord.TextChannel) -> None:
    sent = await channel.send("see https://example.org/sea and <https://quiet.example>")
    shown = await channel.fetch_message(sent.id)
    assert [embed.url for embed in shown.embeds] == ["https://example.org/sea"]
    assert shown.edited_at is None


async def test_nothing_unfurls_where_the_writer_may_not_embed_or_embeds_are_suppressed(
    studio: Studio, channel: discord.TextChannel
) -> None:
    quiet = await channel.send("https://example.org", suppress_embeds=True)
    studio.world.set_overwrite(studio.channel().id, BOT_ID, deny=Permission.EMBED_LINKS)
    barred = await channel.send("https://example.org")
    for sent in (quiet, barred):
        assert not (await channel.fetch_message(sent.id)).embeds


@pytest.mark.parametrize(
    "text",
    ["<https://example.org>", "`https://example.org`", "```\nhttps://example.org\n```", "http s://example.org", "a.b"],
)
def test_what_is_no_open_link_has_no_preview(text: str) -> None:
    assert previews_of(text) == ()
