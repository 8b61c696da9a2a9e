"""Pictures that the classifier takes for unsafe: held, blurred or shown by the channel, and what moderators decide."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from bot.studio import Channel, ChannelType, Interaction, Message, MovableClock, Studio
from bot.studio.cast import AGE_RESTRICTED_CHANNEL_ID, GALLERY_CHANNEL_ID, GUILD_ID
from inference.contract.identifiers import ChannelId, CreationId, MemberId, MessageId, ServerId
from inference.contract.image import Showing
from storage.domain import Deed
from storage.tables import JobRow, ReportRow
from tests.support.host import Host, custom_id, has_button, is_finished

SERVER = ServerId(GUILD_ID)
UNSAFE = "an unsafe lighthouse"


async def imagined(
    host: Host, prompt: str = UNSAFE, *, count: int = 2, channel: Channel | None = None, slug: str = "ada"
) -> Message:
    """A finished work of pictures, whatever is seen of it."""
    options = {"prompt": prompt, "count": count, "size": "64x64"}
    asked = await host.studio.person(slug).command("imagine", options, channel)
    return await host.until(lambda: asked.response if asked.response and is_finished(asked.response) else None)


async def told(host: Host, asked: Interaction) -> Message:
    """What a moderator alone is answered."""
    return await host.until(
        lambda: next((one for one in asked.messages if one.is_ephemeral and (one.content or one.embeds)), None)
    )


async def choose(host: Host, setting: str, **options: object) -> None:
    await told(host, await host.studio.person("mira").command(f"settings {setting}", options))


async def queue(host: Host) -> Message:
    return await told(host, await host.studio.person("mira").command("moderate reports"))


async def card_in(host: Host, channel: Channel) -> Message:
    """The moderators' card."""
    cards = host.studio.messages
    return await host.until(lambda: next((one for one in cards(channel) if has_button(one, "Keep back")), None))


async def pressed(host: Host, slug: str, message: Message, label: str) -> Interaction:
    return await host.studio.person(slug).press(message, custom_id(message, label))


async def deeds(host: Host) -> list[Deed]:
    async with host.storage() as storage:
        page = await storage.audit.page(SERVER, limit=20)
    return [entry.deed for entry in page.rows if entry.deed is not Deed.SET]


def number_of(work: Message) -> CreationId:
    return CreationId(int(custom_id(work, "Recipe").rpartition(":")[2]))


async def showings(host: Host, work: Message) -> set[Showing]:
    async with host.storage() as storage:
        creation = await storage.creations.get(number_of(work))
    return {one.picture.showing for one in creation.artifacts if one.picture}


async def test_held_pictures_reach_the_moderators_who_look_at_them_and_let_them_be_shown(
    host: Host, studio: Studio
) -> None:
    await host.start()
    gallery = studio.channel("gallery")
    await choose(host, "moderators", channel=gallery)
    work = await imagined(host)
    assert not work.attachments
    assert "2 pictures wait until a moderator has looked" in work.content
    card = await card_in(host, gallery)
    assert UNSAFE in str(card.embeds)
    assert "99%" in str(card.embeds)
    assert not card.attachments  # That channel is not for adults alone.
    looked = await told(host, await pressed(host, "mira", card, "Look"))
    assert [one.is_spoiler for one in looked.attachments] == [True, True]
    await pressed(host, "mira", card, "Show")
    await host.until(lambda: len(work.attachments) == 2 and "Shown by" in card.content)
    assert not any(one.is_spoiler for one in work.attachments)
    assert "wait" not in work.content
    assert not card.buttons
    assert await showings(host, work) == {Showing.OPEN}
    assert await deeds(host) == [Deed.RELEASED]
    assert "No report waits" in (await queue(host)).content
    log = await told(host, await studio.person("mira").command("moderate log"))
    assert "let pictures be shown that I kept back" in log.content


async def test_without_a_moderators_channel_they_wait_in_the_queue(host: Host, studio: Studio) -> None:
    await host.start()
    work = await imagined(host)
    panel = await queue(host)
    assert "1 report" in panel.content
    assert "2 of 2 may be unsafe" in str(panel.embeds)
    assert [one.is_spoiler for one in panel.attachments] == [True, True]  # Nobody else sees the panel.
    await pressed(host, "mira", panel, "Delete")
    await host.until(lambda: work.is_deleted and "Deleted" in panel.content)
    assert not panel.attachments
    assert not panel.embeds
    assert await deeds(host) == [Deed.DELETED]


async def test_kept_back_they_stay_so_until_a_moderator_shows_the_work_by_its_number(
    host: Host, studio: Studio
) -> None:
    await host.start()
    work = await imagined(host)
    panel = await queue(host)
    await pressed(host, "mira", panel, "Keep back")
    await host.until(lambda: "Kept back by" in panel.content)
    assert not work.attachments
    assert await showings(host, work) == {Showing.HELD}
    await told(host, await studio.person("mira").command("moderate show", {"work": number_of(work)}))
    await host.until(lambda: len(work.attachments) == 2)
    assert await deeds(host) == [Deed.RELEASED, Deed.DISMISSED]


async def test_in_a_channel_for_adults_the_card_has_the_pictures_until_it_is_decided(
    host: Host, studio: Studio
) -> None:
    await host.start()
    dark = studio.world.channel(AGE_RESTRICTED_CHANNEL_ID)
    await choose(host, "moderators", channel=dark)
    await imagined(host)
    card = await card_in(host, dark)
    assert [one.is_spoiler for one in card.attachments] == [True, True]
    assert not has_button(card, "Look")
    await pressed(host, "mira", card, "Keep back")
    await host.until(lambda: "Kept back by" in card.content)
    assert not card.attachments


async def test_who_is_no_moderator_neither_looks_nor_decides(host: Host, studio: Studio) -> None:
    await host.start()
    gallery = studio.channel("gallery")
    await choose(host, "moderators", channel=gallery)
    work = await imagined(host)
    card = await card_in(host, gallery)
    for label in ("Look", "Show", "Delete", "Keep back"):
        answer = await host.answer_to(await pressed(host, "ada", card, label))
        assert "moderate the channel" in answer.content
        assert not answer.attachments
    assert await showings(host, work) == {Showing.HELD}


@pytest.mark.parametrize(
    ("setting", "in_ordinary", "in_age_restricted"),
    [
        (None, Showing.HELD, Showing.SPOILER),
        ("hold", Showing.HELD, Showing.HELD),
        ("blur", Showing.SPOILER, Showing.SPOILER),
        ("pass", Showing.SPOILER, Showing.OPEN),
    ],
)
async def test_the_channel_says_how_they_are_shown(
    host: Host, studio: Studio, setting: str | None, in_ordinary: Showing, in_age_restricted: Showing
) -> None:
    await host.start()
    if setting is not None:
        await choose(host, "guard", pictures=setting)
    dark = studio.world.channel(AGE_RESTRICTED_CHANNEL_ID)
    thread = studio.world.start_thread(
        dark, name="aside", owner_id=studio.person("ada").id, type_=ChannelType.PUBLIC_THREAD, archive_minutes=60
    )
    for channel, showing in ((None, in_ordinary), (dark, in_age_restricted), (thread, in_age_restricted)):
        work = await imagined(host, channel=channel, count=1)
        assert await showings(host, work) == {showing}
        assert [one.is_spoiler for one in work.attachments] == {
            Showing.HELD: [],
            Showing.SPOILER: [True],
            Showing.OPEN: [False],
        }[showing]


async def test_a_channel_may_have_a_guard_of_its_own_and_what_is_let_go_follows_it(host: Host, studio: Studio) -> None:
    await host.start()
    work = await imagined(host, count=1)
    await choose(host, "guard", pictures="blur", channel=studio.channel("studio"))
    assert (await imagined(host, count=1)).attachments[0].is_spoiler
    assert not (await imagined(host, count=1, channel=studio.channel("gallery"))).attachments
    panel = await queue(host)
    await pressed(host, "mira", panel, "Show")
    await host.until(lambda: work.attachments)
    assert [one.is_spoiler for one in work.attachments] == [True]


async def test_what_looks_harmless_troubles_nobody(host: Host) -> None:
    await host.start()
    work = await imagined(host, "a lighthouse")
    assert [one.is_spoiler for one in work.attachments] == [False, False]
    assert "No report waits" in (await queue(host)).content


async def test_moderators_are_told_after_a_crash_that_came_before_their_card(host: Host, studio: Studio) -> None:
    await host.start()
    gallery = studio.channel("gallery")
    work = await imagined(host)
    await host.stop()
    async with host.storage() as storage:  # As if the card had been due when the bot was killed.
        settings = await storage.servers.get(SERVER)
        chosen = replace(settings, moderators_channel=ChannelId(GALLERY_CHANNEL_ID))
        await storage.servers.put(SERVER, chosen, by=MemberId(studio.person("mira").id), at=datetime.now(UTC))
    await host.start()
    card = await card_in(host, gallery)
    await host.stop()
    await host.start()
    await imagined(host, count=1)
    other = await host.until(
        lambda: next((one for one in studio.messages(gallery) if has_button(one, "Show") and one is not card), None)
    )
    assert studio.messages(gallery) == [card, other]  # Each was told of once.
    await pressed(host, "mira", card, "Show")
    await host.until(lambda: len(work.attachments) == 2)


async def test_a_card_that_was_sent_just_before_a_crash_is_not_sent_again(
    host: Host, studio: Studio, clock: MovableClock
) -> None:
    await host.start()
    gallery = studio.channel("gallery")
    await choose(host, "moderators", channel=gallery)
    await imagined(host)
    card = await card_in(host, gallery)
    await host.stop()
    async with host.storage() as storage, storage._database.writing() as session:
        await session.execute(update(ReportRow).values(card_channel=None, card_message=None))
    clock.advance(seconds=3_600)  # Discord has forgotten the nonce.
    await host.start()
    await imagined(host, count=1)
    await host.until(lambda: len(studio.messages(gallery)) > 1 or None)
    assert [has_button(one, "Show") for one in studio.messages(gallery)] == [True, True]
    await host.stop()
    async with host.storage() as storage:
        await storage.creations.delete(CreationId(1))
        assert MessageId(card.id) in {one.message for one in await storage.erasures.to_delete(limit=9)}


async def test_what_was_let_go_just_before_a_crash_is_shown_after_the_next_start(host: Host, studio: Studio) -> None:
    await host.start()
    work = await imagined(host)
    await host.stop()
    async with host.storage() as storage:
        report = await storage.reports.next_open(SERVER)
        assert report is not None
        mira, now = MemberId(studio.person("mira").id), datetime.now(UTC)
        await storage.reports.release(report.id, Showing.OPEN, by=mira, at=now)
    await host.start()
    await host.until(lambda: len(work.attachments) == 2)


async def test_what_was_deleted_before_it_could_be_shown_leaves_no_note_behind(host: Host) -> None:
    await host.start()
    work = await imagined(host)
    await host.stop()
    async with host.storage() as storage:
        await storage.creations.unpost([MessageId(work.id)])
        async with storage._database.writing() as session:
            await session.execute(update(JobRow).values(delivered_at=None))
        await storage.creations.delete(number_of(work))
    await host.start()
    await host.until(lambda: work.is_deleted or None)
