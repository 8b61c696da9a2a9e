"""What Discord refuses to show is shown otherwise, its author is told, and no restart tries the same again."""

import re
from datetime import UTC, datetime

from PIL import Image

from bot.studio import Channel, ChannelType, Interaction, Message, MovableClock, Permission, Studio, Upload
from bot.studio.cast import BOT_ID
from inference.contract.identifiers import MessageId
from tests.support.host import Host, custom_id, has_button, is_finished
from tests.support.uploads import saved

SLOW = {"ATELIER_FAKE_PACE_SECONDS": "0.03"}


def a_thread(studio: Studio) -> Channel:
    owner = studio.person("ada").id
    return studio.world.start_thread(
        studio.channel(), name="nook", owner_id=owner, type_=ChannelType.PUBLIC_THREAD, archive_minutes=60
    )


async def written_in(host: Host, studio: Studio, place: Channel, **options: object) -> Interaction:
    return await studio.person("ada").command("write", {"prompt": "a lighthouse", **options}, channel=place)


async def finished_in(host: Host, studio: Studio, place: Channel) -> Message:
    return await host.until(lambda: next((one for one in studio.messages(place) if is_finished(one)), None))


async def undelivered(host: Host) -> int:
    await host.stop()
    async with host.storage() as storage:
        return len(await storage.jobs.undelivered())


async def told(host: Host, asked: Interaction, words: str) -> None:
    """Their author reads it in private, perhaps beside other things."""
    await host.until(lambda: any(one.is_ephemeral and words in one.content for one in asked.messages) or None)


def tried(studio: Studio) -> int:
    return sum(one.status in (400, 413) for one in studio.requests)


async def test_words_that_automod_blocks_are_left_out_and_their_author_is_told(host: Host, studio: Studio) -> None:
    studio.world.refusals.words.add("scunner")
    await host.start(**SLOW)
    asked = await host.write(prompt="a Scunner of a day", length=60)
    waiting = await host.accepted(asked)
    assert has_button(waiting, "Cancel")
    work = await host.work_of(asked)
    assert "cunner" not in work.content.partition("\n")[0]
    await told(host, asked, "AutoMod blocks words in it. So your words are left out")


async def test_a_refused_end_is_delivered_so_that_a_restart_tries_nothing_again(host: Host, studio: Studio) -> None:
    studio.world.refusals.words.add("lighthouse")
    await host.start()
    await told(host, await host.write(), "AutoMod")
    assert await undelivered(host) == 0
    before = tried(studio)
    await host.start()
    await host.work_of(await host.write("lin", prompt="a heron"))
    assert tried(studio) == before


async def test_a_text_whose_own_words_are_blocked_comes_as_a_file(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.write(length=40, seed=7))
    text = first.content.partition("\n")[2]
    studio.world.refusals.words.add(text[-30:])
    work = await host.work_of(await host.write("lin", prompt="a lighthouse", length=40, seed=7))
    (file,) = work.attachments
    assert file.content.decode() == text
    assert text[-30:] not in work.content


async def test_a_picture_too_large_for_the_server_is_shown_as_a_smaller_copy(host: Host, studio: Studio) -> None:
    studio.world.attachment_limit_bytes = 1 << 20
    await host.start()
    noise = Image.effect_noise((256, 256), 90).convert("RGB")  # No packing makes it small.
    first = await host.work_of(await host.imagine(reference=Upload("noise.png", saved(noise)), count=1))
    (whole,) = first.attachments
    studio.world.attachment_limit_bytes = whole.size_bytes // 2  # The server has lost its boost.
    again = await studio.person("ada").press(first, custom_id(first, "Again"))
    await told(host, again, "larger than this server may have. So you see smaller copies")
    work = await host.work_of(again)
    assert {each.media_type for each in work.attachments} == {"image/webp"}


async def test_what_is_taken_in_no_form_leaves_a_plain_note_without_cancel(host: Host, studio: Studio) -> None:
    studio.world.attachment_limit_bytes = 10
    await host.start()
    asked = await host.imagine()
    await told(host, asked, "/privacy")
    note = asked.response
    assert note is not None
    assert "does not let me show this work" in note.content
    assert not has_button(note, "Cancel")
    assert has_button(note, "Delete")


async def test_once_the_token_has_ended_the_author_is_called_below_the_work(
    host: Host, studio: Studio, clock: MovableClock
) -> None:
    await host.start(**SLOW)
    asked = await host.write(prompt="a Scunner of a day", length=60)
    await host.under_way(asked)
    await host.kill()
    studio.world.refusals.words.add("scunner")
    clock.advance(seconds=16 * 60)
    await host.start(**SLOW)
    ada = studio.person("ada")
    said = await host.until(lambda: next((one for one in studio.messages() if ada.id in one.pings.users), None))
    assert "AutoMod" in said.content


async def test_links_in_a_prompt_are_neither_refused_nor_unfurled(host: Host, studio: Studio) -> None:
    studio.world.refusals.links.add("evil.example")
    await host.start()
    work = await host.work_of(await host.write(prompt="see https://evil.example/x and https://nice.example <t:1:R>"))
    assert not work.previews
    assert "evil.\u200bexample" in work.content
    assert tried(studio) == 0


async def test_one_members_words_cost_their_own_line_of_a_list_alone(host: Host, studio: Studio) -> None:
    await host.start()
    for prompt in ("a heron", "a Scunner of a day", "a lighthouse", "a mill"):
        await host.work_of(await host.write("ada", prompt=prompt, length=20))
    studio.world.refusals.words.add("scunner")
    asked = await studio.person("lin").command("history", {"of": "server"})
    note = await host.until(lambda: asked.response if asked.response and asked.response.content else None)
    await host.until(lambda: ("a mill" in note.content and "a heron" in note.content) or None)
    assert "a lighthouse" in note.content
    assert "Scunner" not in note.content
    assert len(re.findall(r"^`\d+`", note.content, re.MULTILINE)) == 4


async def test_a_recipe_and_a_report_lack_the_refused_words_alone(host: Host, studio: Studio) -> None:
    await host.start()
    mira = studio.person("mira")
    work = await host.work_of(await host.write(prompt="a Scunner of a day"))
    studio.world.refusals.words.add("scunner")
    recipe = await mira.press(work, custom_id(work, "Recipe"))
    shown = await host.until(lambda: recipe.response if recipe.response and recipe.response.embeds else None)
    assert "Seed" in str(shown.embeds)
    asked = await mira.press(work, custom_id(work, "Report"))
    await host.until(lambda: asked.modal)
    await host.answer_to(await mira.submit(asked, {"reason": "hm"}))
    panel = await host.answer_to(await mira.command("moderate reports"))
    assert has_button(panel, "Hide")


async def test_a_thread_archived_meanwhile_is_reopened_and_shows_the_work(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    thread = a_thread(studio)
    asked = await written_in(host, studio, thread, length=60)
    await host.under_way(asked)
    await studio.person("mira").archive(thread)
    work = await finished_in(host, studio, thread)
    assert work is asked.response
    assert len(studio.messages(thread)) == 1
    assert await undelivered(host) == 0


async def test_progress_reopens_no_thread(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.05")
    thread = a_thread(studio)
    asked = await written_in(host, studio, thread, length=200)
    note = await host.under_way(asked)
    await studio.person("mira").archive(thread)
    await host.until(lambda: any(one.status == 403 for one in studio.requests) or None)
    assert thread.thread is not None
    assert thread.thread.is_archived
    assert has_button(note, "Cancel")


async def test_a_locked_thread_keeps_the_work_in_the_history(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    thread = a_thread(studio)
    asked = await written_in(host, studio, thread, length=60)
    await host.under_way(asked)
    await studio.person("mira").archive(thread, is_locked=True)
    await host.said("the channel of a job is closed")
    await host.history_of("ada", until="lighthouse")
    assert await undelivered(host) == 0


async def test_a_bot_that_may_manage_threads_shows_its_work_in_a_locked_one(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    thread = a_thread(studio)
    studio.world.set_overwrite(studio.channel().id, BOT_ID, allow=Permission.MANAGE_THREADS)
    asked = await written_in(host, studio, thread, length=60)
    await host.under_way(asked)
    await studio.person("mira").archive(thread, is_locked=True)
    await finished_in(host, studio, thread)


async def test_a_work_in_an_archived_thread_is_hidden_there(host: Host, studio: Studio) -> None:
    await host.start()
    thread, mira = a_thread(studio), studio.person("mira")
    await written_in(host, studio, thread)
    work = await finished_in(host, studio, thread)
    asked = await mira.press(work, custom_id(work, "Report"))
    await host.until(lambda: asked.modal)
    await host.answer_to(await mira.submit(asked, {"reason": "hm"}))
    await mira.archive(thread)
    panel = await host.answer_to(await mira.command("moderate reports"))
    await mira.press(panel, custom_id(panel, "Hide"))
    await host.until(lambda: "lighthouse" not in work.content or None)


async def test_an_erasure_takes_messages_from_archived_and_locked_threads(host: Host, studio: Studio) -> None:
    await host.start()
    thread = a_thread(studio)
    await written_in(host, studio, thread)
    work = await finished_in(host, studio, thread)
    await host.stop()
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        await storage.erasures.ask(creation.member, None, takes_messages=True, at=datetime.now(UTC))
    await studio.person("mira").archive(thread, is_locked=True)
    await host.start()
    await host.until(lambda: work.is_deleted or None)
