"""What goes wrong on Discord's side loses nothing."""

import re

import pytest

from bot.studio import Moment, Permission, Studio
from inference.contract.identifiers import CreationId, MessageId
from tests.support.host import Host, custom_id, has_button

SLOW = {"ATELIER_FAKE_PACE_SECONDS": "0.03"}


@pytest.mark.parametrize(("status", "moment"), [(429, Moment.BEFORE), (500, Moment.BEFORE), (500, Moment.AFTER)])
async def test_an_answer_that_goes_wrong_is_asked_for_again(
    host: Host, studio: Studio, status: int, moment: Moment
) -> None:
    await host.start()
    fault = studio.faults.answer("PATCH", "/messages/", status=status, times=2, moment=moment)
    await host.work_of(await host.write())
    await host.until(lambda: fault.hits == 2)
    assert sum(has_button(message, "Recipe") for message in studio.messages()) == 1


async def test_a_connection_that_breaks_after_a_post_took_effect_posts_nothing_twice(
    host: Host, studio: Studio
) -> None:
    await host.start()
    fault = studio.faults.break_off("POST", r"/channels/\d+/messages$", times=1, moment=Moment.AFTER)
    await host.work_of(await host.write(length=500))
    assert fault.hits == 1
    texts = [message.content for message in studio.messages() if not message.is_deleted]
    assert len(texts) == len(set(texts)) >= 2


async def test_a_dropped_gateway_loses_no_reaction_and_no_command(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    work = await host.work_of(await host.write("ada", length=20))
    running = await host.write("lin", length=60)
    studio.faults.drop_gateway()
    await studio.person("lin").react(work, "3️⃣")
    await host.work_of(running)
    await host.until(lambda: studio.is_bot_connected)
    await host.history_of("ada", until="★ 3.1 (")


async def test_a_gateway_that_will_not_resume_is_joined_anew(host: Host, studio: Studio) -> None:
    await host.start()
    studio.faults.refuse_resumes()
    studio.faults.drop_gateway()
    await host.until(lambda: not studio.is_bot_connected)
    await host.until(lambda: studio.is_bot_connected)
    await host.work_of(await host.write())


async def test_where_the_bot_may_not_write_it_says_what_it_needs(host: Host, studio: Studio) -> None:
    await host.start()
    channel = studio.channel("studio")
    studio.world.set_overwrite(channel.id, studio.world.bot.id, deny=Permission.SEND_MESSAGES | Permission.ATTACH_FILES)
    asked = await host.write()
    refusal = await host.answer_to(asked)
    assert re.search("Send Messages.*Attach Files", refusal.content)


async def test_a_channel_that_closes_meanwhile_keeps_the_work_in_the_history(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = await host.write(length=60)
    await host.until(lambda: asked.response and "%" in asked.response.content)
    assert asked.response is not None
    await studio.person("mira").delete(asked.response)
    channel = studio.channel("studio")
    studio.world.set_overwrite(channel.id, studio.world.bot.id, deny=Permission.SEND_MESSAGES)
    await host.said("the channel of a job is closed")
    await host.history_of("ada", until="lighthouse")


async def test_a_button_of_a_work_erased_elsewhere_says_so_and_takes_the_message_away(
    host: Host, studio: Studio
) -> None:
    await host.start()
    work = await host.work_of(await host.write())
    await host.stop()
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        await storage.creations.delete(creation.id)
    await host.start()
    pressed = await studio.add_person("otto").press(work, custom_id(work, "Again"))
    answer = await host.answer_to(pressed)
    assert "no longer exists" in answer.content
    await host.until(lambda: work.is_deleted)


async def test_a_press_under_a_deleted_work_is_acknowledged_before_discord_takes_the_message_away(
    host: Host, studio: Studio
) -> None:
    await host.start()
    work = await host.work_of(await host.write())
    await host.history_of("ada", until="lighthouse")  # From then on the message is known as the work's.
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        await storage.creations.delete(creation.id)
    hold = studio.faults.hold("DELETE", f"/messages/{work.id}$")
    pressed = await studio.person("mira").press(work, custom_id(work, "Remix"))
    await host.until(lambda: hold.held)
    assert pressed.is_acknowledged
    hold.release()
    assert "no longer exists" in (await host.answer_to(pressed)).content


async def test_a_work_is_hidden_also_where_discord_breaks_off_at_first(host: Host, studio: Studio) -> None:
    await host.start()
    mira = studio.person("mira")
    work = await host.work_of(await host.write(prompt="a lighthouse"))
    asked = await mira.press(work, custom_id(work, "Report"))
    await host.until(lambda: asked.modal)
    await host.answer_to(await mira.submit(asked, {"reason": "hm"}))
    panel = await host.answer_to(await mira.command("moderate reports"))
    fault = studio.faults.break_off("PATCH", f"/messages/{work.id}$", times=2)
    await mira.press(panel, custom_id(panel, "Hide"))
    await host.until(lambda: "a lighthouse" not in work.content or None)
    assert fault.hits == 2
    assert "Hidden" in panel.content


async def test_a_choice_made_while_the_variants_are_still_being_shown_stands(host: Host, studio: Studio) -> None:
    await host.start()
    hold = studio.faults.hold("POST", r"/channels/\d+/messages$")
    asked = await host.write(length=200, variants=3)
    await host.until(lambda: hold.held)
    note = asked.response
    assert note is not None
    pick = custom_id(note, "Pick 1")
    await studio.person("ada").press(note, pick)
    async with host.storage() as storage:
        while (await storage.creations.get(CreationId(int(pick.rpartition(":")[2])))).picked is None:
            await host.answer_to(await studio.person("mira").command("help"))
    studio.faults.break_off("POST", r"/channels/\d+/messages$", times=1)
    hold.release()
    await host.until(lambda: has_button(note, "Continue") or None)
    shown = [one for one in studio.messages() if not one.is_deleted and has_button(one, "Recipe")]
    assert shown == [note]


async def test_a_reaction_on_a_deleted_work_is_no_rating_and_no_error(host: Host, studio: Studio) -> None:
    await host.start()
    ada, lin = studio.person("ada"), studio.person("lin")
    work = await host.work_of(await host.write("ada", length=20))
    kept = await host.work_of(await host.write("ada", prompt="another", length=20))
    hold = studio.faults.hold("DELETE", "/messages/")
    pressed = await ada.press(work, custom_id(work, "Delete"))
    question = await host.answer_to(pressed)
    await ada.press(question, custom_id(question, "Delete for good"))
    await host.until(lambda: hold.held)
    await lin.react(work, "5️⃣")  # Its row is gone, its message still stands.
    await lin.react(kept, "2️⃣")
    hold.release()
    note = await host.history_of("ada", until="★ 2.8 (")
    assert "5.0" not in note.content
    assert not any('"level": "error"' in line for line in host.log)


async def test_a_lost_answer_to_the_acknowledgement_loses_no_request(host: Host, studio: Studio) -> None:
    await host.start()
    fault = studio.faults.answer("POST", "/callback$", status=500, times=1, moment=Moment.AFTER)
    await host.work_of(await host.write())
    assert fault.hits == 1


async def test_a_lost_answer_to_a_refusal_still_reaches_the_member(host: Host, studio: Studio) -> None:
    await host.start()
    studio.faults.answer("POST", "/callback$", status=500, times=1, moment=Moment.AFTER)
    asked = await studio.person("ada").command("write", {"prompt": "\u200b"})
    answer = await host.answer_to(asked)
    assert "nothing to read" in answer.content


async def test_a_channel_that_takes_no_second_message_gets_the_whole_text_as_a_file(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.01")
    asked = await host.write(length=500)
    await host.until(lambda: asked.response and "%" in asked.response.content)
    channel = studio.channel("studio")
    studio.world.set_overwrite(channel.id, studio.world.bot.id, deny=Permission.SEND_MESSAGES)
    work = await host.work_of(asked)
    (attachment,) = work.attachments
    await host.stop()
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        assert attachment.content == creation.artifacts[0].path.read_bytes()


async def test_a_note_that_says_nothing_new_is_not_edited(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.02", ATELIER_BATCH_SIZE="1")
    await host.accepted(await host.write("ada", length=300))
    waiting = await host.write("lin", length=10)
    note = await host.accepted(waiting)
    seen = note.edits_count
    for _ in range(3):  # Each moves the line behind Lin and tells everybody in it.
        await host.accepted(await host.write("mira", length=2_000))
    assert note.edits_count == seen
    assert "Next in line" in note.content


async def test_a_reaction_that_came_early_counts_though_the_bots_own_comes_between(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = await host.write("ada", length=100)
    await studio.person("lin").react(await host.under_way(asked), "2️⃣")
    names, own = studio.faults.hold("GET", "/reactions/"), studio.faults.hold("PUT", "/reactions/")
    work = await host.work_of(asked)
    await host.until(lambda: names.held)
    own.release()
    await host.until(lambda: len(work.reactions) == 5)
    names.release()
    await host.history_of("ada", until="★ 2.8 (")
