"""Whose works reach whom: what the bot is not told of, or not yet, is closed."""

import pytest

from bot.studio import MODERATOR, Channel, Message, Permission, Studio
from bot.studio.cast import BOT_ID, GALLERY_CHANNEL_ID, GUILD_ID
from tests.support.host import Host, custom_id

SECRET = "a secret between two"


async def answered(host: Host, slug: str, command: str, channel: Channel | None = None, **options: object) -> Message:
    asked = await host.studio.person(slug).command(command, options, channel)
    return await host.until(lambda: next((one for one in asked.messages if one.content or one.embeds), None))


async def history(host: Host, slug: str) -> str:
    """What a member reads of everybody's works."""
    return (await answered(host, slug, "history", of="server")).content


async def brought_in(host: Host, thread: Channel) -> None:
    """The bot is mentioned in a private thread, and asked there until it has heard of it."""
    await host.studio.person("ada").say(f"<@{BOT_ID}>", thread)


async def made_in(host: Host, thread: Channel, prompt: str = SECRET) -> Message:
    asked = await host.studio.person("ada").command("write", {"prompt": prompt, "length": 20}, thread)
    return await host.work_of(asked)


@pytest.fixture
async def thread(host: Host, studio: Studio) -> Channel:
    """Ada's own, and private; the bot is not in it."""
    await host.start()
    return await studio.person("ada").start_thread("between two", is_private=True)


async def test_a_private_thread_without_the_bot_is_refused_with_a_word_on_how_to_bring_it_in(
    host: Host, studio: Studio, thread: Channel
) -> None:
    refused = await answered(host, "ada", "write", thread, prompt=SECRET)

    assert refused.is_ephemeral
    assert f"Mention <@{BOT_ID}> here to bring me in" in refused.content
    assert not [message for message in studio.messages(thread) if not message.is_ephemeral]


async def test_a_work_of_a_private_thread_is_brought_to_nobody_outside_not_even_after_it_was_archived(
    host: Host, studio: Studio, thread: Channel
) -> None:
    await brought_in(host, thread)
    await made_in(host, thread)

    assert SECRET not in await history(host, "lin")
    rated = await answered(host, "lin", "rate")
    assert not rated.buttons  # Nothing to rate.
    assert SECRET in await history(host, "ada")
    assert SECRET in (await answered(host, "ada", "history", thread, of="server")).content

    await studio.person("mira").archive(thread)
    await host.kill()
    await host.start()

    assert SECRET not in await history(host, "lin")


async def test_who_erases_their_data_is_told_of_messages_that_stay_where_the_bot_may_not_enter(
    host: Host, studio: Studio
) -> None:
    await host.start()
    ada, gallery = studio.person("ada"), studio.channel("gallery")
    stays = await made_in(host, gallery)
    goes = await host.work_of(await host.write(length=10))
    studio.world.set_overwrite(GALLERY_CHANNEL_ID, BOT_ID, deny=Permission.VIEW_CHANNEL)

    panel = await answered(host, "ada", "privacy")
    form = await ada.press(panel, custom_id(panel, "Erase my data…"))
    await host.until(lambda: form.modal)
    erased = await ada.submit(form, {"scope": ["here"], "messages": ["taken"], "word": "erase"})
    said = await host.until(lambda: next((one for one in erased.messages if one.content), None))

    assert f"stay in <#{gallery.id}>" in said.content
    assert (stays.is_deleted, goes.is_deleted) == (False, True)
    studio.world.set_overwrite(GALLERY_CHANNEL_ID, BOT_ID)
    await host.kill()
    await host.start()
    await host.until(lambda: stays.is_deleted)


@pytest.fixture
async def hidden_in(host: Host, studio: Studio) -> Channel:
    """A thread with a work that somebody reported."""
    await host.start()
    thread = await studio.person("ada").start_thread("a story")
    work = await made_in(host, thread)
    asked = await studio.person("lin").press(work, custom_id(work, "Report"))
    await host.until(lambda: asked.modal)
    sent = await studio.person("lin").submit(asked, {"reason": "not nice"})
    await host.until(lambda: next((one for one in sent.messages if one.content), None))
    await studio.person("mira").archive(thread)
    return thread


async def hide(host: Host, by: str = "mira") -> str:
    panel = await answered(host, by, "moderate reports")
    asked = await host.studio.person(by).press(panel, custom_id(panel, "Hide"))
    return await host.until(
        lambda: next((one.content for one in (*asked.messages, panel) if "🙈" in one.content), None)
    )


def readable(studio: Studio, thread: Channel) -> bool:
    return any(SECRET in message.content for message in studio.messages(thread) if not message.is_deleted)


async def test_a_work_is_hidden_in_an_archived_thread_as_well(host: Host, studio: Studio, hidden_in: Channel) -> None:
    said = await hide(host)

    assert "can still be read" not in said
    await host.until(lambda: not readable(studio, hidden_in))


async def test_a_channels_moderator_hides_in_its_archived_threads_after_a_restart_too(
    host: Host, studio: Studio, hidden_in: Channel
) -> None:
    studio.add_person("rex", permissions=MODERATOR)
    await host.kill()
    await host.start()

    await hide(host, by="rex")

    await host.until(lambda: not readable(studio, hidden_in))


async def test_what_cannot_be_hidden_in_a_locked_thread_is_deleted(
    host: Host, studio: Studio, hidden_in: Channel
) -> None:
    await studio.person("mira").archive(hidden_in, is_locked=True)

    said = await hide(host)

    assert "can still be read" not in said
    await host.until(lambda: not readable(studio, hidden_in))


async def test_what_can_neither_be_hidden_nor_deleted_is_said_and_hidden_once_the_thread_opens(
    host: Host, studio: Studio, hidden_in: Channel
) -> None:
    await studio.person("mira").archive(hidden_in, is_locked=True)
    refused = studio.faults.answer("DELETE", f"/channels/{hidden_in.id}/messages", status=403, times=1000)

    said = await hide(host)

    assert "can still be read" in said
    assert readable(studio, hidden_in)
    refused.times = 0
    await studio.person("mira").reopen(hidden_in)
    await host.until(lambda: not readable(studio, hidden_in))


async def test_a_thread_counts_as_its_channel_also_after_it_was_archived(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    threads = [await ada.start_thread(name, studio.channel(name)) for name in ("studio", "gallery")]
    await made_in(host, threads[0], "an open lighthouse")
    await made_in(host, threads[1], SECRET)
    for thread in threads:
        await studio.person("mira").archive(thread)
    studio.world.set_overwrite(GALLERY_CHANNEL_ID, studio.person("lin").id, deny=Permission.VIEW_CHANNEL)
    await host.kill()
    await host.start()

    seen = await history(host, "lin")

    assert "an open lighthouse" in seen
    assert SECRET not in seen


async def test_before_the_server_is_told_of_and_in_an_outage_only_this_channel_is_open(
    host: Host, studio: Studio
) -> None:
    await host.start()
    await made_in(host, studio.channel("gallery"), "a work of the gallery")
    assert "a work of the gallery" in await history(host, "lin")

    studio.world.set_available(GUILD_ID, is_available=False)
    in_outage = await history(host, "lin")
    await host.kill()
    await host.start()
    before = await history(host, "lin")
    studio.world.set_available(GUILD_ID, is_available=True)
    afterwards = await _history_until(host, "a work of the gallery")

    assert "a work of the gallery" not in in_outage
    assert "a work of the gallery" not in before
    assert "a work of the gallery" in afterwards


async def _history_until(host: Host, words: str) -> str:
    """Asked again until the gateway's news have been heard."""
    seen = await history(host, "lin")
    for _ in range(20):
        if words not in seen:
            seen = await history(host, "lin")
    return seen


async def test_a_channel_that_the_bot_was_shut_out_of_is_closed(host: Host, studio: Studio) -> None:
    await host.start()
    await made_in(host, studio.channel("gallery"), SECRET)
    assert SECRET in await history(host, "lin")

    studio.world.set_overwrite(GALLERY_CHANNEL_ID, BOT_ID, deny=Permission.VIEW_CHANNEL)
    await host.kill()
    await host.start()

    assert SECRET not in await history(host, "lin")
