"""What is made from a work: continued, revised, remixed, chosen among variants; with the fake engine."""

import asyncio
import re
import sqlite3

import pytest

from bot.features.creation.button import text_of
from bot.i18n import texts_for
from bot.studio import ClientRefusedError, Interaction, Message, Studio
from inference.contract.identifiers import CreationId, MessageId
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import Basis
from inference.contract.text import Genre
from storage import Creation
from tests.support.host import Host, custom_id, has_button


async def pressed(host: Host, slug: str, work: Message, label: str) -> Interaction:
    return await host.studio.person(slug).press(work, custom_id(work, label))


async def with_modal(host: Host, asked: Interaction) -> Interaction:
    return await host.until(lambda: asked if asked.modal else None)


async def creation_in(host: Host, message: Message) -> Creation:
    async with host.storage() as storage:
        return await storage.creations.by_message(MessageId(message.id))


def parent_of(work: Creation, relation: Relation) -> tuple[Parent, ...]:
    return (Parent(creation=work.id, relation=relation),)


async def test_a_story_goes_on_below_and_knows_what_it_goes_on_from(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.write("ada", prompt="a lighthouse", genre="story", length=60))
    second = await host.work_of(await pressed(host, "lin", first, "Continue"))
    third = await host.work_of(await pressed(host, "ada", second, "Continue"))
    await host.stop()
    one, two, three = [await creation_in(host, work) for work in (first, second, third)]
    assert two.request.basis is Basis.CONTINUATION
    assert two.parents == parent_of(one, Relation.CONTINUATION)
    assert three.parents == parent_of(two, Relation.CONTINUATION)
    async with host.storage() as storage:
        sources = await storage.jobs.sources(three.job)
        assert [source.sha256 for source in sources] == [one.chosen.sha256, two.chosen.sha256]


async def test_a_revision_says_what_changed_and_leaves_the_earlier_version(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.write("ada", length=60))
    asked = await with_modal(host, await pressed(host, "lin", first, "Revise"))
    second = await host.work_of(await studio.person("lin").submit(asked, {"change": "sadder, please"}))
    assert "sadder, please" in second.content
    assert not first.is_deleted
    await host.stop()
    earlier, revised = await creation_in(host, first), await creation_in(host, second)
    assert text_of(revised).change == "sadder, please"
    assert revised.parents == parent_of(earlier, Relation.REVISION)


async def test_a_remix_begins_from_the_recipe_and_changes_what_the_member_chose(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.write("ada", prompt="a lighthouse", genre="story", length=77))
    asked = await with_modal(host, await studio.person("lin").message_command("Remix", first))
    assert asked.modal is not None
    assert len(asked.modal["components"]) == 5
    changed = {"prompt": "a windmill", "genre": "poem", "temperature": "1.3"}
    second = await host.work_of(await studio.person("lin").submit(asked, changed))
    await host.stop()
    original, remix = await creation_in(host, first), await creation_in(host, second)
    assert remix.parents == parent_of(original, Relation.REMIX)
    request = text_of(remix)
    assert (request.prompt, request.genre, request.words) == ("a windmill", Genre.POEM, 77)
    assert request.temperature == 1.3


@pytest.mark.parametrize("temperature", [0.0, 0.30000001])
async def test_a_remix_keeps_what_the_member_does_not_change(host: Host, studio: Studio, temperature: float) -> None:
    await host.start()
    first = await host.work_of(await host.write("ada", language="zh", temperature=temperature))
    asked = await with_modal(host, await pressed(host, "mira", first, "Remix"))
    second = await host.work_of(await studio.person("mira").submit(asked, {"genre": "poem"}))
    await host.stop()
    remix = text_of(await creation_in(host, second))
    assert remix.temperature == pytest.approx(temperature, abs=1e-6)
    assert remix.language == "zh"


async def test_a_work_of_another_server_is_out_of_reach(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada"))
    await host.history_of("ada", until="lighthouse")
    with sqlite3.connect(host.data / "atelier.db") as database:
        database.execute("UPDATE creations SET server = 7")
    answer = await host.answer_to(await pressed(host, "mira", work, "Delete"))
    assert "no longer exists" in answer.content
    assert not work.is_deleted


async def test_a_modal_that_is_sent_after_a_restart_is_understood(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.write("ada"))
    remix = await with_modal(host, await pressed(host, "lin", first, "Remix"))
    await host.kill()
    await host.start()
    second = await host.work_of(await studio.person("lin").submit(remix, {"prompt": "a windmill"}))
    assert "a windmill" in second.content


async def test_words_in_a_refused_modal_are_given_back(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.write("ada"))
    asked = await with_modal(host, await pressed(host, "mira", first, "Revise"))
    await host.studio.person("ada").press(first, custom_id(first, "Delete"))
    deletion = await host.until(
        lambda: next((one for one in studio.messages() if has_button(one, "Delete for good")), None)
    )
    await studio.person("ada").press(deletion, custom_id(deletion, "Delete for good"))
    await host.until(lambda: first.is_deleted)
    sent = await studio.person("mira").submit(asked, {"change": "a very long thought about endings"})
    await host.until(lambda: any("a very long thought" in one.content for one in sent.messages))
    assert any("no longer exists" in one.content for one in sent.messages)
    assert all(one.is_ephemeral for one in sent.messages if not one.is_deleted)


async def test_of_three_variants_one_is_picked_by_its_author_and_the_others_fold_away(
    host: Host, studio: Studio
) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", length=40, variants=3))
    assert not has_button(work, "Continue")
    refused = await pressed(host, "mira", work, "Pick 2")
    assert (await host.answer_to(refused)).content == "Only the author may do that."  # Mira is a moderator.
    await pressed(host, "ada", work, "Pick 2")
    await host.until(lambda: has_button(work, "Continue") or None)
    looked = await pressed(host, "ada", work, "Variants")
    everything = await host.until(lambda: looked.response if looked.response and looked.response.content else None)
    assert everything.is_ephemeral
    creation = await creation_in(host, work)
    texts = [artifact.path.read_text() for artifact in creation.artifacts]
    assert len(set(texts)) == 3
    assert creation.picked == 1
    assert texts[1] in work.content
    assert texts[0] not in work.content
    assert all(text in everything.content for text in texts)


async def test_long_variants_leave_one_message_when_one_is_picked_after_a_restart(host: Host, studio: Studio) -> None:
    await host.start()
    last = await host.work_of(await host.write("ada", length=200, variants=3))
    shown = [one for one in studio.messages() if has_button(one, "Pick 1") or has_button(one, "Pick 3")]
    assert len(shown) == 2
    await host.stop()
    await host.start()
    await pressed(host, "ada", last, "Pick 3")
    await host.until(lambda: last.is_deleted or None)
    async with asyncio.timeout(60):
        while (creation := await creation_in(host, shown[0])).messages != (MessageId(shown[0].id),):
            pass
    assert creation.chosen.path.read_text() in shown[0].content


async def test_a_continuation_whose_source_was_deleted_says_so(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.05", ATELIER_BATCH_SIZE="1")
    first = await host.work_of(await host.write("ada", length=10))
    await host.under_way(await host.write("mira", length=100))
    asked = await pressed(host, "lin", first, "Continue")
    await host.accepted(asked)
    async with host.storage() as storage:
        creation = await storage.creations.by_message(MessageId(first.id))
        await storage.creations.delete(CreationId(creation.id))
    note = await host.until(lambda: asked.response if asked.response and "⚠️" in asked.response.content else None)
    assert "deleted" in note.content


async def test_the_message_menu_tells_the_recipe_and_knows_what_is_none_of_ours(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.write("ada", seed=7))
    mira = studio.person("mira")
    asked = await mira.message_command("Recipe", work)
    card = await host.until(lambda: asked.response if asked.response and asked.response.embeds else None)
    assert "a lighthouse" in str(card.embeds)
    stranger = await mira.say("hello")
    refusal = await host.answer_to(await mira.message_command("Recipe", stranger))
    assert "no work of mine" in refusal.content


async def test_models_and_languages_complete_as_they_are_typed(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    models = await ada.autocomplete("write", "model", "fake")
    assert [choice["value"] for choice in models] == ["fake"]
    assert "any language" in models[0]["name"]
    languages = await ada.autocomplete("write", "language", "chin")
    assert [choice["value"] for choice in languages] == ["zh"]
    lin_sees = await studio.person("lin").autocomplete("write", "language", "zh")
    assert [choice["value"] for choice in lin_sees] == ["zh"]
    first, *_ = await studio.person("lin").autocomplete("write", "language", "")
    assert first["value"] == "zh"


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"language": "klingon"}, "language"),
        ({"model": "no-such-model"}, "not here"),
        ({"variants": 3, "temperature": 0.0}, "the same"),
    ],
)
async def test_what_no_list_offers_is_refused_kindly(host: Host, options: dict[str, object], hint: str) -> None:
    await host.start()
    answer = await host.answer_to(await host.write("ada", "a lighthouse", **options))
    assert hint in answer.content


async def test_figures_out_of_range_never_leave_the_members_client(host: Host) -> None:
    await host.start()
    with pytest.raises(ClientRefusedError):
        await host.write("ada", variants=4)
    with pytest.raises(ClientRefusedError):
        await host.write("ada", temperature=2.5)


async def test_a_chinese_member_revises_in_their_own_words_and_language(host: Host, studio: Studio) -> None:
    await host.start()
    zh, lin = texts_for("zh-CN"), studio.person("lin")
    first = await host.work_of(await host.write("lin", prompt="秋天的雨", genre="poem", length=40))
    asked = await with_modal(host, await pressed(host, "lin", first, "Revise"))
    assert asked.modal is not None
    assert asked.modal["title"] == zh("Revise")
    second = await host.work_of(await lin.submit(asked, {"change": "更悲伤一些"}))
    assert "更悲伤一些" in second.content
    card_asked = await lin.message_command("Recipe", second)
    card = await host.until(lambda: card_asked.response if card_asked.response and card_asked.response.embeds else None)
    assert zh("Change asked") in str(card.embeds)
    await host.stop()
    revised = await creation_in(host, second)
    assert re.search("[\u4e00-\u9fff]", revised.chosen.path.read_text())
