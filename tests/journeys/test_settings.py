"""`/settings`: each choice made by an admin, seen to hold for members, and again after a restart."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.i18n import texts_for
from bot.studio import (
    RELAXED,
    Channel,
    ChannelType,
    ClientRefusedError,
    Interaction,
    Message,
    MovableClock,
    Permission,
    Person,
    Studio,
    StudioSettings,
)
from bot.studio.cast import GUILD_ID
from inference.contract.identifiers import ChannelId, MemberId, ServerId
from inference.contract.jobs import Limits
from storage.domain import Deed
from tests.support.host import Host, custom_id, is_finished
from tests.support.specification import Witness

SLOW = {"ATELIER_FAKE_PACE_SECONDS": "0.05"}
ZH = texts_for("zh-CN")
SERVER = ServerId(GUILD_ID)


async def told(host: Host, asked: Interaction) -> Message:
    """What an admin is answered, alone."""
    answer = await host.until(lambda: said(asked))
    assert answer.is_ephemeral
    return answer


def said(asked: Interaction) -> Message | None:
    return next((one for one in asked.messages if one.is_ephemeral and (one.content or one.embeds)), None)


async def setting(host: Host, name: str, by: str = "mira", **options: object) -> str:
    asked = await host.studio.person(by).command(f"settings {name}", options)
    return (await told(host, asked)).content


async def refusal(host: Host, slug: str = "ada", channel: Channel | None = None, **options: object) -> str:
    """What a member alone is told, whose request is not taken; the channel shows nothing of it."""
    asked = await host.studio.person(slug).command("write", {"prompt": "a lighthouse", **options}, channel)
    answer = await host.answer_to(asked)
    await host.until(lambda: asked.response is None or asked.response.is_ephemeral or asked.response.is_deleted)
    return answer.content


async def choose_channels(host: Host, *channels: Channel) -> str:
    mira = host.studio.person("mira")
    panel = await told(host, await mira.command("settings channels"))
    chosen = await mira.select(panel, select_in(panel), [str(channel.id) for channel in channels])
    await host.until(lambda: chosen.is_acknowledged and "Choose" not in panel.content)
    return panel.content


def select_in(panel: Message) -> str:
    return str(panel.components[0]["components"][0]["custom_id"])


async def set_words(host: Host, by: Person, *, blocked: str, allowed: str = "") -> str:
    asked = await by.command("settings words")
    await host.until(lambda: asked.modal)
    sent = await by.submit(asked, {"blocked": blocked, "allowed": allowed})
    return (await told(host, sent)).content


async def test_members_are_neither_shown_the_settings_nor_may_they_press_what_admins_see(
    host: Host, studio: Studio
) -> None:
    await host.start()
    ada, mira = studio.person("ada"), studio.person("mira")
    assert "settings" not in {command["name"] for command in ada.commands()}
    with pytest.raises(ClientRefusedError):
        await ada.command("settings show")
    panel = await told(host, await mira.command("settings channels"))
    words = await mira.command("settings words")
    await host.until(lambda: words.modal)
    member = studio.world.member(GUILD_ID, mira.id)
    member.role_ids.clear()  # Mira is no admin any longer.
    pressed = await mira.select(panel, select_in(panel), [str(studio.channel("gallery").id)])
    assert "Only members who may manage this server" in (await host.answer_to(pressed)).content
    sent = await mira.submit(words, {"blocked": "lighthouse"})
    assert "Only members who may manage this server" in (await host.answer_to(sent)).content
    await host.work_of(await host.write())


async def test_it_works_only_where_the_admins_want_it(host: Host, studio: Studio) -> None:
    await host.start()
    gallery = studio.channel("gallery")
    assert f"<#{gallery.id}>" in await choose_channels(host, gallery)
    assert f"<#{gallery.id}>" in await refusal(host)
    thread = studio.world.start_thread(
        gallery, name="aside", owner_id=studio.person("ada").id, type_=ChannelType.PUBLIC_THREAD, archive_minutes=60
    )
    asked = await studio.person("ada").command("write", {"prompt": "a lighthouse"}, thread)
    await host.until(lambda: any("lighthouse" in message.content for message in studio.messages(thread)))
    assert not asked.is_private
    mira = studio.person("mira")
    panel = await told(host, await mira.command("settings channels"))
    await mira.press(panel, custom_id(panel, "Wherever I may write"))
    await host.until(lambda: "Now: Wherever I may write" in panel.content)
    await host.work_of(await host.write())


async def test_a_button_under_a_work_makes_nothing_where_the_admins_do_not_want_it(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write())
    await choose_channels(host, studio.channel("gallery"))
    pressed = await studio.person("lin").press(work, custom_id(work, "Again"))
    assert f"<#{studio.channel('gallery').id}>" in (await host.answer_to(pressed)).content


async def test_the_moderators_channel_is_one_in_which_the_bot_may_write(host: Host, studio: Studio) -> None:
    await host.start()
    gallery = studio.channel("gallery")
    studio.world.set_overwrite(gallery.id, studio.world.bot.id, deny=Permission.SEND_MESSAGES | Permission.EMBED_LINKS)
    assert re.search("Send Messages.*Embed Links", await setting(host, "moderators", channel=gallery))
    studio.world.set_overwrite(gallery.id, studio.world.bot.id)
    assert f"Now: <#{gallery.id}>" in await setting(host, "moderators", channel=gallery)
    await host.stop()
    async with host.storage() as storage:
        assert (await storage.servers.get(SERVER)).moderators_channel == ChannelId(gallery.id)


async def test_the_limit_of_a_day_says_how_much_is_used_and_when_it_frees(host: Host, studio: Studio) -> None:
    await host.start()
    assert "Now: 1 request in 24 hours" in await setting(host, "limits", a_day=1)
    before = datetime.now(UTC)
    await host.work_of(await host.write())
    after = datetime.now(UTC)
    answer = await refusal(host)
    assert "1 request in 24 hours, and have made 1" in answer
    (frees,) = re.findall(r"<t:(\d+):R>", answer)
    day = timedelta(hours=24)
    assert (before + day).timestamp() <= int(frees) <= (after + day).timestamp() + 1
    await host.work_of(await host.write("lin"))
    assert "Now: No limit" in await setting(host, "limits")
    await host.work_of(await host.write())


async def test_who_waits_for_as_much_as_is_allowed_asks_for_no_more(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    await setting(host, "limits", waiting=1)
    first = await host.write(length=400)
    note = await host.under_way(first)
    answer = await refusal(host)
    assert "1 request waiting or running at a time, and have 1" in answer
    await studio.person("ada").press(note, custom_id(note, "Cancel"))
    await host.until(lambda: "Cancelled" in note.content)
    await host.accepted(await host.write(length=10))


async def test_two_requests_at_once_do_not_slip_through_a_limit_of_one(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    await setting(host, "limits", waiting=1)
    asked = [await host.write(length=400) for _ in range(3)]
    refused = await host.until(lambda: refusals if len(refusals := list(filter(None, map(said, asked)))) == 2 else None)
    assert all("at a time" in one.content for one in refused)


async def test_a_role_may_have_more_or_nothing_at_all(host: Host, studio: Studio) -> None:
    pat = studio.add_person("pat", permissions=Permission.SEND_MESSAGES)
    guild = studio.world.guild(GUILD_ID)
    role = guild.roles[guild.members[pat.id].role_ids[0]]
    await host.start()
    await setting(host, "limits", a_day=0)
    assert f"<@&{role.id}>: 2 requests in 24 hours" in await setting(host, "limits", role=role, a_day=2)
    assert "not made me available to your roles" in await refusal(host)
    asked = await pat.command("write", {"prompt": "a lighthouse"})
    await host.work_of(asked)
    assert "Now: None" in await setting(host, "limits", role=role, forget=True)
    asked = await pat.command("write", {"prompt": "a lighthouse"})
    assert "not made me available to your roles" in (await host.answer_to(asked)).content


async def test_stars_are_put_under_works_or_not(host: Host, studio: Studio) -> None:
    await host.start()
    starred = await host.work_of(await host.write())
    await host.until(lambda: len(starred.reactions) == 5)
    assert "Now: None: members add their own" in await setting(host, "reactions", stars="off")
    bare = await host.work_of(await host.write())
    await host.history_of("ada", until=str(bare.id))  # It has found its place, and stars would come now.
    await setting(host, "reactions", stars="on")
    last = await host.work_of(await host.write())
    await host.until(lambda: len(last.reactions) == 5)
    assert not bare.reactions


async def test_the_model_that_writes_is_one_that_is_here(host: Host, studio: Studio) -> None:
    await host.start()
    mira = studio.person("mira")
    offered = await mira.autocomplete("settings model", "model", "")
    assert [choice["value"] for choice in offered] == ["fake"]
    assert "not here" in await setting(host, "model", model="smollm2-135m")
    assert "Now: `fake`" in await setting(host, "model", model="fake")
    assert "Before: `fake`" in await setting(host, "model")


async def test_the_model_that_draws_is_one_that_is_here_and_does_draw(host: Host, studio: Studio) -> None:
    await host.start()
    offered = await studio.person("mira").autocomplete("settings pictures", "model", "fake")
    assert [choice["value"] for choice in offered] == ["fake-pictures"]
    for wrong in ("fake", "realesrgan", "no-such-model"):
        assert "not here" in await setting(host, "pictures", model=wrong)
    assert "Now: `fake-pictures`" in await setting(host, "pictures", model="fake-pictures")
    assert "Before: `fake-pictures`" in await setting(host, "pictures")


async def test_what_becomes_of_unsafe_pictures_is_set_for_the_server_and_for_channels(
    host: Host, studio: Studio
) -> None:
    await host.start()
    gallery = studio.channel("gallery")
    assert "Now: Blur them" in await setting(host, "guard", pictures="blur")
    said = await setting(host, "guard", pictures="pass", channel=gallery)
    assert f"<#{gallery.id}>: Show them where the channel is age-restricted, blur them elsewhere" in said
    await host.stop()
    await host.start()
    overview = await told(host, await studio.person("mira").command("settings show"))
    assert "Blur them until somebody clicks" in str(overview.embeds)
    assert f"<#{gallery.id}>" in str(overview.embeds)
    assert "Now: None" in await setting(host, "guard", pictures="usual", channel=gallery)
    assert "Now: As usual" in await setting(host, "guard", pictures="usual")


async def test_public_messages_speak_the_language_of_the_admins_choice(host: Host, studio: Studio) -> None:
    await host.start()
    mira = studio.person("mira")
    offered = {
        choice["value"]: choice["name"] for choice in await mira.autocomplete("settings language", "language", "")
    }
    assert offered["zh-CN"] == "Simplified Chinese"
    assert "do not know that language" in await setting(host, "language", language="tlh")
    await setting(host, "language", language="zh-CN")
    work = await host.work_of(await host.write(genre="poem"))
    assert "的诗歌" in work.content
    assert "Before: Simplified Chinese" in await setting(host, "language")
    work = await host.work_of(await host.write(genre="poem"))
    assert "Poem for" in work.content


async def test_refused_words_are_named_and_nothing_of_the_request_is_kept(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write(prompt="a bottle of absinthe"))
    mira = studio.person("mira")
    said = await set_words(host, mira, blocked="Absinthe\n傻瓜\nabsinthe", allowed="absinthe minded\n傻瓜相机")
    assert "Absinthe" in said
    for prompt, word in (("some AB\u200bSINTHE please", "Absinthe"), ("你这个傻 瓜", "傻瓜")):
        answer = await refusal(host, prompt=prompt)
        assert f"“{word}”" in answer
        assert "minded" not in answer
    pressed = await studio.person("lin").press(work, custom_id(work, "Again"))
    assert "Absinthe" in (await host.answer_to(pressed)).content
    for prompt in ("an absinthe minded poet", "一台傻瓜相机", "absinthes"):
        await host.work_of(await host.write(prompt=prompt))
    again = await mira.command("settings words")
    await host.until(lambda: again.modal)
    assert "Absinthe\n傻瓜" in str(again.modal).replace("\\n", "\n")
    await host.stop()
    assert b"SINTHE please" not in (host.data / "atelier.db").read_bytes()


async def test_what_the_admins_chose_survives_a_restart(host: Host, studio: Studio) -> None:
    await host.start()
    gallery = studio.channel("gallery")
    await choose_channels(host, gallery)
    await setting(host, "limits", a_day=1)
    await setting(host, "reactions", stars="off")
    await setting(host, "language", language="zh-CN")
    await set_words(host, studio.person("mira"), blocked="absinthe")
    await host.stop()
    await host.start()
    assert f"<#{gallery.id}>" in await refusal(host)
    assert "absinthe" in await refusal(host, channel=gallery, prompt="more absinthe")
    asked = await studio.person("ada").command("write", {"prompt": "a lighthouse"}, gallery)
    work = await host.until(lambda: next(filter(is_finished, studio.messages(gallery)), None))
    assert "“\N{FIRST STRONG ISOLATE}a lighthouse" in work.content
    assert ZH("Again") in {button.label for button in work.buttons}
    assert "have made 1" in await refusal(host, channel=gallery)
    assert not asked.is_private
    assert not work.reactions


async def test_a_blocked_member_makes_nothing(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada"))
    async with host.storage() as storage:
        at = datetime.now(UTC)
        lin, mira = (MemberId(studio.person(slug).id) for slug in ("lin", "mira"))
        await storage.blocks.block(SERVER, lin, by=mira, at=at)
    sentence = ZH(
        "The moderators of this server do not let me make things for you. Ask them if you would like to go on."
    )
    assert await refusal(host, "lin") == sentence
    pressed = await studio.person("lin").press(work, custom_id(work, "Again"))
    assert (await host.answer_to(pressed)).content == sentence
    await host.work_of(await host.write("ada"))


async def test_the_overview_shows_what_holds_and_the_audit_log_who_chose_it(host: Host, studio: Studio) -> None:
    await host.start()
    mira = studio.person("mira")
    await setting(host, "limits", a_day=5, waiting=2)
    await setting(host, "reactions", stars="on")
    assert "already so" in await setting(host, "reactions", stars="on")
    card = str((await told(host, await mira.command("settings show"))).embeds)
    assert all(fact in card for fact in ("5 requests in 24 hours", "2 waiting or running", "`fake`", "English"))
    await host.stop()
    async with host.storage() as storage:
        assert (await storage.servers.get(SERVER)).limits == Limits(a_day=5, waiting=2)
        entries = (await storage.audit.page(SERVER, limit=10)).rows
        assert [entry.deed for entry in entries] == [Deed.SET, Deed.SET]
        assert {entry.moderator for entry in entries} == {MemberId(mira.id)}
        assert '"seeds_reactions": {"was": null, "is": true}' in entries[0].detail


async def test_a_chinese_admin_is_answered_in_chinese(clock: MovableClock, chinese: Host) -> None:
    host, studio = chinese, chinese.studio
    wei = studio.add_person("wei", locale="zh-CN", permissions=Permission.MANAGE_GUILD)
    await host.start()
    said = await told(host, await wei.command("settings limits", {"a_day": 3}))
    assert ZH("Changed, and in effect.") in said.content
    assert ZH("Limits for each member") in said.content
    assert ZH.plural("{count} request in 24 hours", "{count} requests in 24 hours", 3) in said.content
    answer = await set_words(host, wei, blocked="傻瓜", allowed="傻瓜相机")
    assert ZH("Words that I refuse") in answer
    refused = await refusal(host, "lin", prompt="写一个傻瓜的故事")
    assert refused == ZH("The admins of this server do not want “{word}” in requests. Try other words.", word="傻瓜")
    work = await host.work_of(await host.write("lin", prompt="一台傻瓜相机的故事"))
    assert "傻瓜相机" in work.content


@pytest.fixture
async def chinese(
    clock: MovableClock, witness: Witness, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Host]:
    settings = StudioSettings(rate_limits=RELAXED, guild_locale="zh-CN", witness=witness)
    async with Studio.open(port=0, clock=clock, settings=settings) as studio:
        host = Host(studio, tmp_path_factory.mktemp("chinese"))
        try:
            yield host
        finally:
            await host.kill()
