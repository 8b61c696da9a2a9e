"""`/write`, from the slash command to the rating's row, with the fake engine."""

from functools import partial

import pytest

from bot.studio import ClientRefusedError, Interaction, Message, Studio
from inference.contract.identifiers import MemberId, MessageId
from inference.contract.jobs import Parent, Relation
from tests.support.host import Host, custom_id, has_button

SLOW = {"ATELIER_FAKE_PACE_SECONDS": "0.05"}


def first_follow_up(asked: Interaction) -> Message | None:
    return asked.followups[0] if asked.followups else None


async def test_a_text_is_written_stored_rated_and_found_again(host: Host, studio: Studio) -> None:
    await host.start()
    lin = studio.person("lin")
    work = await host.work_of(await host.write(prompt="a lighthouse in winter", genre="story", length=80, seed=7))
    assert "a lighthouse in winter" in work.content
    await lin.react(work, "4️⃣")
    note = await host.history_of("ada", until="★ 3.5 (")
    assert note.is_ephemeral
    await host.stop()
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        assert creation.request.seed == creation.provenance.seed == 7
        assert creation.artifacts[0].path.read_text() in work.content
        assert creation.artifacts[0].path.suffix == ".txt"
        rating = await storage.ratings.get(creation.id, MemberId(lin.id))
        assert rating is not None
        assert rating.stars == 4


async def test_the_text_streams_into_the_message_that_first_showed_the_place(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = await host.write(length=80)
    note = await host.under_way(asked)
    assert has_button(note, "Cancel")
    work = await host.work_of(asked)
    assert work.id == note.id
    assert not has_button(work, "Cancel")


async def test_who_waits_sees_how_many_are_ahead(host: Host, studio: Studio) -> None:
    await host.start(**SLOW, ATELIER_BATCH_SIZE="1")
    await host.under_way(await host.write("ada", length=300))
    first = await host.write("ada")
    await host.accepted(first)
    second = await host.write("lin")
    await host.until(lambda: second.response and "Next in line" in second.response.content)
    # Lin asks for the first time and goes before Ada's second text.
    await host.until(lambda: first.response and "1 is ahead" in first.response.content)


async def test_a_long_text_goes_on_below_and_is_never_cut(host: Host, studio: Studio) -> None:
    await host.start()
    asked = await host.write(length=600)
    last = await host.work_of(asked)
    parts = [message for message in studio.messages() if not message.is_deleted and not message.is_ephemeral]
    assert len(parts) > 1
    assert parts[-1].id == last.id
    await host.stop()
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(last.id))
        text = creation.artifacts[0].path.read_text()
        shown = " ".join(part.content for part in parts)
        assert shown.split()[-len(text.split()) :] == text.split()
        assert creation.messages == tuple(MessageId(part.id) for part in parts)


async def test_a_very_long_text_is_a_file_with_all_of_it(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write(length=2_000))
    (attachment,) = work.attachments
    assert attachment.filename.endswith(".txt")
    await host.stop()
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        assert attachment.content == creation.artifacts[0].path.read_bytes()


async def test_again_makes_another_text_with_a_new_seed_and_names_its_parent(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.write("ada", seed=7))
    pressed = await studio.person("lin").press(first, custom_id(first, "Again"))
    second = await host.work_of(pressed)
    assert second.content != first.content
    await host.stop()
    async with host.storage() as storage:
        parent = await storage.creations.by_message(MessageId(first.id))
        child = await storage.creations.by_message(MessageId(second.id))
        assert child.parents == (Parent(creation=parent.id, relation=Relation.AGAIN),)
        assert child.member == MemberId(studio.person("lin").id)
        assert child.provenance.seed != 7
        assert child.request.prompt == parent.request.prompt


async def test_the_recipe_is_private_and_names_everything(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write(seed=7, genre="poem"))
    pressed = await studio.add_person("otto").press(work, custom_id(work, "Recipe"))
    card = await host.until(lambda: pressed.response if pressed.response and pressed.response.embeds else None)
    assert card.is_ephemeral
    said = str(card.embeds)
    assert all(fact in said for fact in ("a lighthouse", "Poem", "7", "fake"))


async def test_cancel_ends_a_text_under_way(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = await host.write(length=400)
    note = await host.under_way(asked)
    await studio.person("ada").press(note, custom_id(note, "Cancel"))
    await host.until(lambda: "Cancelled" in note.content)
    assert not note.buttons


async def test_only_the_author_and_moderators_cancel(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = await host.write("ada", length=400)
    note = await host.under_way(asked)
    pressed = await studio.add_person("otto").press(note, custom_id(note, "Cancel"))
    refusal = await host.answer_to(pressed)
    assert "author or a moderator" in refusal.content
    await studio.person("mira").press(note, custom_id(note, "Cancel"))
    await host.until(lambda: "Cancelled" in note.content)


async def test_two_presses_of_cancel_at_once_end_the_text_once(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = await host.write("ada", length=400)
    note = await host.under_way(asked)
    pressed = [await studio.person(slug).press(note, custom_id(note, "Cancel")) for slug in ("ada", "mira")]
    said = [await host.until(partial(first_follow_up, one)) for one in pressed]
    assert sorted(answer.content for answer in said) == ["I am stopping it.", "That has already ended."]
    await host.until(lambda: "Cancelled" in note.content)


async def test_deleting_asks_once_more_and_then_leaves_no_trace(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    work = await host.work_of(await host.write("ada", prompt="an unwanted secret", length=600))
    pressed = await ada.press(work, custom_id(work, "Delete"))
    question = await host.answer_to(pressed)
    await ada.press(question, custom_id(question, "Delete for good"))
    await host.until(lambda: question.content == "Deleted.")
    assert all(message.is_deleted for message in studio.messages() if not message.is_ephemeral)
    await host.stop()
    assert b"an unwanted secret" not in (host.data / "atelier.db").read_bytes()
    assert [path.name for path in host.media.rglob("*") if path.is_file()] == ["database.id"]


async def test_nobody_deletes_the_work_of_another(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada"))
    pressed = await studio.add_person("otto").press(work, custom_id(work, "Delete"))
    refusal = await host.answer_to(pressed)
    assert "author or a moderator" in refusal.content
    assert not work.is_deleted


async def test_a_moderator_deletes_the_work_of_another(host: Host, studio: Studio) -> None:
    await host.start()
    mira = studio.person("mira")
    work = await host.work_of(await host.write("ada"))
    pressed = await mira.press(work, custom_id(work, "Delete"))
    question = await host.answer_to(pressed)
    await mira.press(question, custom_id(question, "Delete for good"))
    await host.until(lambda: work.is_deleted)


async def test_the_buttons_work_after_a_restart(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write())
    await host.stop()
    await host.start()
    pressed = await studio.person("lin").press(work, custom_id(work, "Again"))
    assert (await host.work_of(pressed)).id != work.id


async def test_history_turns_its_pages_both_ways(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    for number in range(10):
        await host.work_of(await host.write("ada", prompt=f"work {number:02}", length=10))
    newest = await host.history_of("ada", until="work 09")
    assert "work 01" not in newest.content
    await ada.press(newest, custom_id(newest, "Older"))
    await host.until(lambda: "work 01" in newest.content)
    assert not has_button(newest, "Older")
    await ada.press(newest, custom_id(newest, "Newer"))
    await host.until(lambda: "work 09" in newest.content)


async def test_history_holds_ones_own_works_alone(host: Host, studio: Studio) -> None:
    await host.start()
    await host.work_of(await host.write("ada"))
    asked = await studio.add_person("otto").command("history")
    await host.until(lambda: asked.response and "not made anything" in asked.response.content)


async def test_ratings_follow_what_stands_under_the_work(host: Host, studio: Studio) -> None:
    await host.start()
    ada, lin = studio.person("ada"), studio.person("lin")
    work = await host.work_of(await host.write("ada"))
    await lin.react(work, "2️⃣")
    await host.history_of("ada", until="★ 2.8 (")
    await lin.react(work, "5️⃣")
    await host.history_of("ada", until="★ 3.8 (")
    await lin.unreact(work, "5️⃣")
    await host.history_of("ada", until="★ 2.8 (")
    await ada.react(work, "5️⃣")
    await studio.person("mira").react(work, "4️⃣")
    await host.history_of("ada", until="2 raters")


async def test_the_bots_own_reactions_are_seeded_and_count_for_nothing(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", length=600))
    await host.until(lambda: len(work.reactions) == 5)
    note = await host.history_of("ada", until="lighthouse")
    assert "★" not in note.content


async def test_help_is_private(host: Host, studio: Studio) -> None:
    await host.start()
    asked = await studio.add_person("otto").command("help")
    note = await host.until(lambda: asked.response)
    assert note.is_ephemeral
    assert "/write" in note.content


async def test_a_new_server_is_greeted_where_the_bot_may_speak(host: Host, studio: Studio) -> None:
    await host.start()
    await host.said("the gateway is ready")
    elsewhere = studio.join_guild("Elsewhere")
    (channel,) = studio.world.channels_of(elsewhere.id)
    await host.until(lambda: any("I am Atelier" in message.content for message in studio.messages(channel)))


async def test_the_commands_are_registered_once_for_as_long_as_they_stay_the_same(host: Host, studio: Studio) -> None:
    await host.start()
    await host.stop()
    await host.start()
    registrations = [one for one in studio.requests if one.method == "PUT" and one.path.endswith("/commands")]
    assert len(registrations) == 1


async def test_nothing_but_the_author_is_ever_pinged(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_PING_AFTER_SECONDS="0")
    ada, lin = studio.person("ada"), studio.person("lin")
    await host.work_of(await host.write("ada", prompt=f"@everyone @here {lin.mention} <@&1100000000000000001>"))
    ping = await host.until(lambda: next((one for one in studio.messages() if "is ready" in one.content), None))
    await host.until(lambda: any(one.reactions for one in studio.messages()))
    assert not ping.reactions  # What may be rated is the work.
    assert set(ping.pings.users) == {ada.id}
    assert not any(message.pings for message in studio.messages() if message is not ping)


async def test_what_members_type_is_never_logged(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_LOG_LEVEL="debug")
    await host.work_of(await host.write(prompt="a confession about the velvet heron"))
    with pytest.raises(ClientRefusedError):
        await host.write(prompt="velvet heron", genre="sonnet")
    hostile = {"prompt": "velvet heron", "genre": "sonnet"}
    await host.answer_to(await studio.person("ada").command("write", hostile, unchecked=True))
    await host.stop()
    assert "heron" not in "".join(host.log)


async def test_history_fits_whatever_the_prompts_are(host: Host, studio: Studio) -> None:
    await host.start()
    for _ in range(8):
        await host.work_of(await host.write("ada", prompt="*_~" * 100, length=10))
    note = await host.history_of("ada", until="Your works")
    assert note.content.count("Free writing") == 8
