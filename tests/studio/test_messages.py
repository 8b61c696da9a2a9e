"""Messages, reactions, threads and lists, with the real discord.py."""

import io

import discord
import pytest

from bot.studio import MovableClock, Permission, Pings, Studio
from bot.studio.cast import BOT_ID, GUILD_ID
from tests.studio.rest_client import RestClient
from tests.studio.sample_bot import SampleBot


@pytest.fixture
def channel(studio: Studio, bot: SampleBot) -> discord.TextChannel:
    return bot.studio_channel(studio.channel().id)


async def test_a_message_is_sent_edited_and_deleted(
    studio: Studio, bot: SampleBot, channel: discord.TextChannel
) -> None:
    sent = await channel.send("one", embed=discord.Embed(title="t"), file=discord.File(io.BytesIO(b"abc"), "a.txt"))
    (message,) = studio.messages()
    assert message.attachments[0].content == b"abc"
    assert await sent.attachments[0].read() == b"abc"

    edited = await sent.edit(content="two", embed=None, attachments=[])
    assert (edited.content, edited.embeds, edited.attachments) == ("two", [], [])
    assert message.edits_count == 1

    await sent.delete()
    assert message.is_deleted
    await studio.until(lambda: ("delete", sent.id) in bot.heard)
    with pytest.raises(discord.NotFound):
        await channel.fetch_message(sent.id)


async def test_an_edit_keeps_what_it_does_not_name(studio: Studio, channel: discord.TextChannel) -> None:
    sent = await channel.send("one", files=[discord.File(io.BytesIO(b"a"), "a.txt")])

    await sent.edit(content="two")
    await sent.add_files(discord.File(io.BytesIO(b"b"), "b.txt"))

    (message,) = studio.messages()
    assert (message.content, [each.filename for each in message.attachments]) == ("two", ["a.txt", "b.txt"])


async def test_messages_are_listed_by_pages(studio: Studio, channel: discord.TextChannel) -> None:
    sent = [await channel.send(str(number)) for number in range(9)]

    async def listed(**bounds: object) -> list[str]:
        return [message.content async for message in channel.history(**bounds)]  # type: ignore[arg-type]

    assert await listed(limit=3) == ["8", "7", "6"]
    assert await listed(before=sent[2]) == ["1", "0"]
    assert await listed(after=sent[6]) == ["7", "8"]
    assert sorted(await listed(around=sent[4], limit=3)) == ["3", "4", "5"]


async def test_an_enforced_nonce_is_remembered_for_three_minutes(
    studio: Studio, channel: discord.TextChannel, clock: MovableClock
) -> None:
    first = await channel.send("one", nonce="job-1")
    again = await channel.send("one", nonce="job-1")
    assert (again.id, len(studio.messages())) == (first.id, 1)

    clock.advance(seconds=181)
    later = await channel.send("one", nonce="job-1")
    assert later.id != first.id


async def test_reactions_are_heard_counted_and_listed(
    studio: Studio, bot: SampleBot, channel: discord.TextChannel
) -> None:
    ada, lin = studio.person("ada"), studio.person("lin")
    sent = await channel.send("rate me")
    await sent.add_reaction("5️⃣")
    (message,) = studio.messages()

    await ada.react(message, "5️⃣")
    await lin.react(message, "5️⃣")
    await lin.unreact(message, "5️⃣")
    await lin.react(message, "4️⃣")

    await studio.until(lambda: ("add", ("4️⃣", lin.id, "Lin")) in bot.heard)
    assert ("add", ("5️⃣", ada.id, "Ada")) in bot.heard
    assert ("remove", ("5️⃣", lin.id)) in bot.heard
    fetched = await channel.fetch_message(sent.id)
    assert {str(each.emoji): (each.count, each.me) for each in fetched.reactions} == {
        "5️⃣": (2, True),
        "4️⃣": (1, False),
    }
    assert {user.id async for user in fetched.reactions[0].users()} == {BOT_ID, ada.id}
    assert [user.id async for user in fetched.reactions[0].users(after=discord.Object(BOT_ID))] == [ada.id]


async def test_super_reactions_are_counted_and_listed_apart(
    studio: Studio, bot: SampleBot, channel: discord.TextChannel
) -> None:
    ada, lin = studio.person("ada"), studio.person("lin")
    sent = await channel.send("rate me")
    (message,) = studio.messages()

    await ada.react(message, "5️⃣")
    await lin.react(message, "5️⃣", is_burst=True)
    await ada.react(message, "4️⃣", is_burst=True)
    await ada.unreact(message, "4️⃣", is_burst=True)

    await studio.until(lambda: ("remove", ("4️⃣", ada.id)) in bot.heard)
    (five,) = (await channel.fetch_message(sent.id)).reactions
    assert (five.count, five.normal_count, five.burst_count) == (2, 1, 1)
    assert [user.id async for user in five.users()] == [ada.id]
    assert [user.id async for user in five.users(type=discord.ReactionType.burst)] == [lin.id]


async def test_cleared_reactions_are_heard(studio: Studio, bot: SampleBot, channel: discord.TextChannel) -> None:
    ada, mira = studio.person("ada"), studio.person("mira")
    sent = await channel.send("rate me")
    (message,) = studio.messages()
    for emoji in ("1️⃣", "2️⃣"):
        await ada.react(message, emoji)

    await mira.clear_reactions(message, "1️⃣")
    await mira.clear_reactions(message)

    await studio.until(lambda: ("clear", sent.id) in bot.heard)
    assert ("clear emoji", "1️⃣") in bot.heard
    assert message.reactions == {}


async def test_bulk_deletion_is_heard_once(studio: Studio, bot: SampleBot, channel: discord.TextChannel) -> None:
    sent = [await channel.send(str(number)) for number in range(3)]

    await studio.person("mira").delete_many(studio.messages())

    await studio.until(lambda: ("bulk delete", frozenset(each.id for each in sent)) in bot.heard)


async def test_a_bot_with_the_permission_deletes_in_bulk(
    studio: Studio, channel: discord.TextChannel, clock: MovableClock
) -> None:
    studio.world.set_overwrite(studio.channel().id, BOT_ID, allow=Permission.MANAGE_MESSAGES)
    sent = [await channel.send(str(number)) for number in range(3)]

    await channel.delete_messages(sent[:2])
    assert [message.content for message in studio.messages()] == ["2"]

    old = [sent[2], await channel.send("3")]
    clock.advance(seconds=15 * 24 * 3600)
    with pytest.raises(discord.HTTPException) as refused:
        await channel.delete_messages(old)
    assert refused.value.code == 50034


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (None, (True, True)),
        (discord.AllowedMentions.none(), (False, False)),
        (discord.AllowedMentions(users=True, everyone=False), (True, False)),
        (discord.AllowedMentions(users=[discord.Object(1)], everyone=True), (False, True)),
    ],
)
async def test_pings_follow_allowed_mentions(
    studio: Studio,
    channel: discord.TextChannel,
    allowed: discord.AllowedMentions | None,
    expected: tuple[bool, bool],
) -> None:
    ada = studio.person("ada")

    if allowed is None:
        await channel.send(f"@everyone {ada.mention}")
    else:
        await channel.send(f"@everyone {ada.mention}", allowed_mentions=allowed)

    (message,) = studio.messages()
    assert (ada.id in message.pings.users, message.pings.everyone) == expected


async def test_an_edit_that_would_ping_is_seen(studio: Studio, channel: discord.TextChannel) -> None:
    ada = studio.person("ada")
    sent = await channel.send(f"{ada.mention}", allowed_mentions=discord.AllowedMentions.none())
    (message,) = studio.messages()

    await sent.edit(view=None)
    assert message.pings == Pings()

    await sent.edit(content=f"again {ada.mention}")
    assert message.pings.users == {ada.id}


async def test_a_thread_hangs_on_its_message(studio: Studio, bot: SampleBot, channel: discord.TextChannel) -> None:
    sent = await channel.send("the work")

    thread = await sent.create_thread(name="talk")
    await thread.send("inside")
    await thread.edit(archived=True)

    assert thread.id == sent.id
    assert [message.content for message in studio.messages("talk")] == ["inside"]
    await studio.until(lambda: ("thread", "talk") in bot.heard)
    assert await channel.guild.active_threads() == []


async def test_direct_messages_reach_one_person(studio: Studio, bot: SampleBot) -> None:
    ada = studio.person("ada")

    user = await bot.fetch_user(ada.id)
    await user.send("psst")

    place = studio.world.direct_channel(ada.id)
    assert [message.content for message in studio.messages(place)] == ["psst"]


async def test_look_ups_answer(studio: Studio, bot: SampleBot, channel: discord.TextChannel) -> None:
    guild = await bot.fetch_guild(GUILD_ID)
    member = await guild.fetch_member(studio.person("mira").id)

    assert (guild.name, member.display_name) == ("The Studio", "Mira")
    assert {role.name for role in await guild.fetch_roles()} >= {"@everyone", "Admins"}
    assert {each.name for each in await guild.fetch_channels()} == {"studio", "gallery", "after-dark"}
    fetched = await bot.fetch_channel(channel.id)
    assert isinstance(fetched, discord.TextChannel)
    assert [command.name for command in await bot.tree.fetch_commands()]


async def test_new_components_show_their_attachments(studio: Studio, channel: discord.TextChannel) -> None:
    view = discord.ui.LayoutView()
    gallery: discord.ui.MediaGallery[discord.ui.LayoutView] = discord.ui.MediaGallery()
    gallery.add_item(media="attachment://a.png")
    view.add_item(discord.ui.Container(discord.ui.TextDisplay("# Hello"), gallery, accent_colour=0x4C5BD4))

    sent = await channel.send(view=view, file=discord.File(io.BytesIO(b"png"), "a.png"))

    container = (await channel.fetch_message(sent.id)).components[0]
    assert isinstance(container, discord.Container)
    shown = container.children[1]
    assert isinstance(shown, discord.MediaGalleryComponent)
    assert shown.items[0].media.url == sent.attachments[0].url


async def test_private_messages_do_not_exist_by_channel_and_id(
    studio: Studio, bot: SampleBot, rest: RestClient
) -> None:
    asked = await studio.person("ada").command("whisper")
    await studio.until(lambda: asked.followups)

    reply = await rest("GET", f"{rest.messages}/{asked.followups[0].id}")

    assert (reply.status, reply.code) == (404, 10008)
    assert (await rest("GET", rest.messages)).body == []
