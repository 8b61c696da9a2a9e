"""Who may do what where a channel's own permissions say more, or less, than a member's roles."""

from dataclasses import replace

from bot.studio import Channel, Interaction, Message, Permission, Person, Studio
from bot.studio.cast import GALLERY_CHANNEL_ID, GUILD_ID, STUDIO_CHANNEL_ID
from bot.studio.commands import leaves
from inference.contract.identifiers import MemberId, MessageId, ServerId
from tests.support.host import Host, custom_id, has_button
from tests.support.outside import Stranger

# What concerns the whole server; the others of `/moderate` are about works.
_OF_MODERATORS = ("moderate log", "moderate block", "moderate unblock")
_ABOUT_WORKS = {"moderate reports", "moderate show"}
_OPTIONS = {"settings reactions": {"stars": "on"}, "settings guard": {"pictures": "blur"}}


def gallerist(studio: Studio) -> Person:
    """Teo, who moderates #gallery alone, and does not see #studio."""
    teo = studio.person("teo")
    studio.world.set_overwrite(GALLERY_CHANNEL_ID, teo.id, allow=Permission.MANAGE_MESSAGES)
    studio.world.set_overwrite(STUDIO_CHANNEL_ID, teo.id, deny=Permission.VIEW_CHANNEL)
    return teo


async def written(host: Host, slug: str, channel: Channel, prompt: str) -> Message:
    return await host.work_of(await host.studio.person(slug).command("write", {"prompt": prompt}, channel))


async def reported(host: Host, work: Message) -> None:
    lin = host.studio.person("lin")
    asked = await lin.press(work, custom_id(work, "Report"))
    await host.until(lambda: asked.modal)
    await host.answer_to(await lin.submit(asked, {"reason": "look at this"}))


async def number_of(host: Host, work: Message) -> int:
    async with host.storage() as storage:
        return (await storage.creations.by_message(MessageId(work.id))).id


def commands_of(studio: Studio, permission: Permission) -> list[str]:
    """All that Discord shows to those who have a permission."""
    registered = studio.world.commands.registered(None)
    return [
        name
        for command in registered
        if command["default_member_permissions"] == str(int(permission))
        for name, _ in leaves(command)
    ]


async def refusal(host: Host, person: Person, name: str, channel: Channel, options: dict[str, object]) -> str:
    return (await host.answer_to(await person.command(name, options, channel))).content


async def test_who_moderates_one_channel_does_not_moderate_the_server(host: Host, studio: Studio) -> None:
    await host.start()
    teo, mira, gallery = gallerist(studio), studio.person("mira"), studio.channel("gallery")
    assert {*_OF_MODERATORS, *_ABOUT_WORKS} == set(commands_of(studio, Permission.MANAGE_MESSAGES))
    for name in _OF_MODERATORS:
        options: dict[str, object] = {} if name == "moderate log" else {"member": MemberId(mira.id)}
        assert await refusal(host, teo, name, gallery, options) == "Only moderators may do that."
    async with host.storage() as storage:
        assert not await storage.blocks.is_blocked(ServerId(GUILD_ID), MemberId(mira.id))
    guide = await host.answer_to(await teo.command("help", channel=gallery))
    assert "/moderate" not in guide.content


async def test_who_moderates_one_channel_is_shown_the_reports_of_that_channel_alone(host: Host, studio: Studio) -> None:
    await host.start()
    teo, gallery = gallerist(studio), studio.channel("gallery")
    nothing = await host.answer_to(await teo.command("moderate reports", channel=gallery))
    assert "No report waits" in nothing.content
    secret = await written(host, "ada", studio.channel(), "a secret")
    painting = await written(host, "ada", gallery, "a painting")
    await reported(host, secret)
    await reported(host, painting)
    panel = await host.answer_to(await teo.command("moderate reports", channel=gallery))
    assert "1 report waits" in panel.content
    assert "a painting" in str(panel.embeds)
    await teo.press(panel, custom_id(panel, "Hide"))
    await host.until(lambda: "have hidden" in painting.content)


async def test_who_moderates_one_channel_decides_about_no_work_of_another(host: Host, studio: Studio) -> None:
    await host.start()
    teo, gallery = gallerist(studio), studio.channel("gallery")
    secret = await written(host, "ada", studio.channel(), "a secret")
    await reported(host, secret)
    number, stranger = await number_of(host, secret), Stranger(host, teo, gallery)
    for deed in ("hide", "delete", "dismiss", "look", "block", "show"):
        said = await stranger.press(f"report:{deed}:1")
        assert said == "Only those who moderate the channel of that work may do that."
    for deed in ("recipe", "delete", "erase"):
        assert await stranger.press(f"creation:{deed}:{number}") == "This work no longer exists."
    shown = await host.answer_to(await teo.command("moderate show", {"work": number}, gallery))
    assert shown.content == "Only those who moderate the channel of that work may do that."
    assert not secret.is_deleted
    assert "a secret" in secret.content


async def test_in_their_own_channel_a_moderator_takes_works_and_jobs_away(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.02")
    teo, gallery = gallerist(studio), studio.channel("gallery")
    painting = await written(host, "ada", gallery, "a painting")
    asked = await teo.press(painting, custom_id(painting, "Delete"))
    sure = await host.until(lambda: asked.response if asked.response and asked.response.buttons else None)
    await teo.press(sure, custom_id(sure, "Delete for good"))
    await host.until(lambda: painting.is_deleted)
    running = await studio.person("ada").command("write", {"prompt": "long", "length": 2_000}, gallery)
    note = await host.under_way(running)
    stopping = await host.answer_to(await teo.press(note, custom_id(note, "Cancel")))
    assert "stopping" in stopping.content


async def test_who_moderates_one_channel_neither_sees_nor_stops_jobs_of_another(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.02")
    teo, ada, gallery = gallerist(studio), studio.person("ada"), studio.channel("gallery")
    running = await host.write("ada", prompt="a secret", length=2_000)
    note = await host.under_way(running)
    listed = await host.answer_to(await teo.command("jobs", {"member": MemberId(ada.id)}, gallery))
    assert listed.content == "Only the author or a moderator may do that."
    stranger = Stranger(host, teo, gallery)
    assert await stranger.press(custom_id(note, "Cancel")) == "Only the author or a moderator may do that."
    job = custom_id(note, "Cancel").rpartition(":")[2]
    assert await stranger.choose(f"jobs:cancel:{ada.id}", [job]) == "Only the author or a moderator may do that."
    assert has_button(note, "Cancel")


async def test_a_moderator_of_the_server_decides_nothing_where_a_channel_says_no(host: Host, studio: Studio) -> None:
    await host.start()
    rex = studio.add_person("rex", permissions=Permission.MANAGE_MESSAGES)
    secret = await written(host, "ada", studio.channel(), "a secret")
    await reported(host, secret)
    studio.world.set_overwrite(STUDIO_CHANNEL_ID, rex.id, deny=Permission.VIEW_CHANNEL)
    panel = await host.answer_to(await rex.command("moderate reports", channel=studio.channel("gallery")))
    assert "No report waits" in panel.content
    stranger = Stranger(host, rex, studio.channel("gallery"))
    assert "moderate the channel" in await stranger.press("report:delete:1")
    assert not secret.is_deleted


async def test_an_admins_command_that_a_servers_settings_show_to_somebody_asks_for_the_right_itself(
    host: Host, studio: Studio
) -> None:
    await host.start()
    ada = studio.person("ada")
    of_admins = commands_of(studio, Permission.MANAGE_GUILD)
    assert len(of_admins) > 10
    for name in of_admins:
        studio.world.commands.allow(name.split()[0], ada.id)
        said = await refusal(host, ada, name, studio.channel(), dict(_OPTIONS.get(name, {})))
        assert said == "Only members who may manage this server may do that.", name


async def test_a_moderator_blocks_neither_themselves_nor_the_bot_nor_those_above(host: Host, studio: Studio) -> None:
    studio.world.guild(GUILD_ID).owner_id = studio.person("lin").id
    await host.start()
    rex = studio.add_person("rex", permissions=Permission.MANAGE_MESSAGES)
    kim = studio.add_person("kim", permissions=Permission.MANAGE_MESSAGES)
    for member, words in (
        (rex.id, "You cannot block yourself."),
        (studio.world.bot.id, "That is a bot. There is nobody to block."),
        (studio.person("mira").id, "You can only block members whose highest role is below yours."),
        (studio.person("lin").id, "You can only block members whose highest role is below yours."),
    ):
        assert await refusal(host, rex, "moderate block", studio.channel(), {"member": MemberId(member)}) == words
    above = await refusal(host, rex, "moderate block", studio.channel(), {"member": MemberId(kim.id)})
    assert above == "You can only block members whose highest role is below yours."
    below = await refusal(host, kim, "moderate block", studio.channel(), {"member": MemberId(rex.id)})
    assert "may not make anything" in below


async def test_a_role_that_loses_a_permission_loses_what_comes_with_it(host: Host, studio: Studio) -> None:
    await host.start()
    rex = studio.add_person("rex", permissions=Permission.MANAGE_MESSAGES)
    await host.answer_to(await rex.command("moderate log"))
    guild = studio.world.guild(GUILD_ID)
    role = guild.roles[studio.world.member(GUILD_ID, rex.id).role_ids[0]]
    studio.world.commands.allow("moderate", rex.id)
    studio.world.change_role(GUILD_ID, replace(role, permissions=Permission(0)))
    assert await refusal(host, rex, "moderate log", studio.channel(), {}) == "Only moderators may do that."


async def test_the_author_of_a_reported_work_is_blocked_by_those_above_alone(host: Host, studio: Studio) -> None:
    await host.start()
    rex = studio.add_person("rex", permissions=Permission.MANAGE_MESSAGES)
    await reported(host, await written(host, "mira", studio.channel(), "a lighthouse"))
    panel = await host.answer_to(await rex.command("moderate reports"))
    refused: Interaction = await rex.press(panel, custom_id(panel, "Block the author"))
    said = await host.until(lambda: refused.followups[-1] if refused.followups else None)
    assert said.content == "You can only block members whose highest role is below yours."
    async with host.storage() as storage:
        assert not await storage.blocks.is_blocked(ServerId(GUILD_ID), MemberId(studio.person("mira").id))
