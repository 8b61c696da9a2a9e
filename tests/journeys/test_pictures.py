"""What is made from pictures: varied, enlarged, begun from, remixed, made again, deleted; with the fake engine."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.features.creation.button import pictures_of
from bot.studio import Message, Studio
from inference.contract.identifiers import MemberId
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, Basis
from tests.support.host import Host
from tests.support.pictures import (
    SMALL,
    creation_in,
    labels,
    limited_painter,
    picture_in,
    png,
    pressed,
    private_answer,
    with_modal,
)


async def test_a_set_is_drawn_again_with_another_seed(host: Host) -> None:
    await host.start()
    first = await host.work_of(await host.imagine(count=2, **SMALL))
    second = await host.work_of(await pressed(host, "lin", first, "Again"))
    assert [one.content for one in first.attachments] != [one.content for one in second.attachments]
    await host.stop()
    one, two = await creation_in(host, first), await creation_in(host, second)
    assert two.parents == (Parent(creation=one.id, relation=Relation.AGAIN),)
    assert one.provenance.seed != two.provenance.seed


async def test_a_picture_is_varied_by_drawing_over_it_and_the_variation_made_again_over_the_same(host: Host) -> None:
    await host.start()
    first = await host.work_of(await host.imagine(count=2, **SMALL))
    varied = await host.work_of(await pressed(host, "lin", first, "Vary 2"))
    again = await host.work_of(await pressed(host, "ada", varied, "Again"))
    assert len(varied.attachments) == 2
    await host.stop()
    one, two, three = [await creation_in(host, work) for work in (first, varied, again)]
    drawn_over = Parent(creation=one.id, relation=Relation.VARIATION, part=1)
    assert two.request.basis is Basis.REFERENCE
    assert two.parents == (drawn_over,)
    assert three.parents == (Parent(creation=two.id, relation=Relation.AGAIN), drawn_over)
    async with host.storage() as storage:
        assert [source.sha256 for source in await storage.jobs.sources(three.job)] == [one.artifacts[1].sha256]


async def test_by_a_model_that_begins_from_no_picture_a_variation_is_the_same_words_again(
    host: Host, tmp_path: Path
) -> None:
    await host.start(ATELIER_CATALOG=limited_painter(tmp_path))
    first = await host.work_of(await host.imagine(count=1))
    varied = await host.work_of(await pressed(host, "lin", first, "Vary"))
    await host.stop()
    one, two = await creation_in(host, first), await creation_in(host, varied)
    assert two.request.basis is Basis.NOTHING
    assert two.parents == (Parent(creation=one.id, relation=Relation.AGAIN),)


async def test_a_picture_is_made_larger_and_the_larger_one_is_neither_varied_nor_made_again(host: Host) -> None:
    await host.start()
    first = await host.work_of(await host.imagine(count=2, size="1024x1024"))
    larger = await host.work_of(await pressed(host, "lin", first, "Upscale 1"))
    assert picture_in(larger).size == (2048, 2048)
    assert "enlarged" in larger.content
    assert labels(larger) == ["Use as reference", "Rate", "Remix", "Recipe", "Delete", "Report"]
    await host.stop()
    one, two = await creation_in(host, first), await creation_in(host, larger)
    assert two.parents == (Parent(creation=one.id, relation=Relation.UPSCALE, part=0),)


async def test_without_an_upscaler_here_the_member_is_told_what_is_missing(host: Host, tmp_path: Path) -> None:
    await host.start(ATELIER_CATALOG=limited_painter(tmp_path))
    work = await host.work_of(await host.imagine(count=1))
    answer = await host.answer_to(await pressed(host, "ada", work, "Upscale"))
    assert "atelier models pull" in answer.content


async def test_a_picture_is_begun_from_with_other_words(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.imagine(prompt="a lighthouse", count=2, **SMALL))
    asked = await with_modal(host, await pressed(host, "lin", first, "Reference 2"))
    changed = {"prompt": "a lighthouse at night", "strength": "0.4", "style": "Ink wash", "count": "1"}
    second = await host.work_of(await studio.person("lin").submit(asked, changed))
    await host.stop()
    one, two = await creation_in(host, first), await creation_in(host, second)
    assert two.parents == (Parent(creation=one.id, relation=Relation.REFERENCE, part=1),)
    request = pictures_of(two)
    assert (request.prompt, request.strength, request.count) == ("a lighthouse at night", 0.4, 1)
    assert request.style is not None
    assert request.style.name == "Ink wash"


async def test_a_remix_changes_what_the_member_chose_and_keeps_the_rest(host: Host, studio: Studio) -> None:
    await host.start()
    options: dict[str, Any] = {"style": "Watercolour", "avoid": "text", "steps": 3, "count": 2, "size": "64x64"}
    first = await host.work_of(await host.imagine(prompt="a lighthouse", **options))
    asked = await with_modal(host, await studio.person("lin").message_command("Remix", first))
    assert asked.modal is not None
    assert len(asked.modal["components"]) == 5
    second = await host.work_of(await studio.person("lin").submit(asked, {"prompt": "a windmill", "count": "1"}))
    await host.stop()
    one, two = await creation_in(host, first), await creation_in(host, second)
    assert two.parents == (Parent(creation=one.id, relation=Relation.REMIX),)
    request = pictures_of(two)
    assert (request.prompt, request.count, request.steps, request.avoid) == ("a windmill", 1, 3, "text")
    assert request.style is not None
    assert request.style == pictures_of(one).style
    assert request.canvas == pictures_of(one).canvas


async def test_a_remix_over_a_member_s_own_picture_is_drawn_over_it_too(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.imagine(reference=png(), count=1, **SMALL))
    asked = await with_modal(host, await pressed(host, "lin", first, "Remix"))
    second = await host.work_of(await studio.person("lin").submit(asked, {"prompt": "a windmill"}))
    await host.stop()
    one, two = await creation_in(host, first), await creation_in(host, second)
    async with host.storage() as storage:
        assert [source.sha256 for source in await storage.jobs.sources(two.job)] == [one.uploads[0].sha256]


async def test_a_prompt_too_long_for_a_modal_is_refused_and_given_back(host: Host, studio: Studio) -> None:
    await host.start()
    first = await host.work_of(await host.imagine(count=1, **SMALL))
    asked = await with_modal(host, await pressed(host, "ada", first, "Remix"))
    prompt = "lighthouse " * (2 * MAX_PROMPT_CHARACTERS // 11)
    # A hostile client, or a later Discord, sends more than the field takes.
    asked.modal["components"][0]["component"]["max_length"] = 4_000  # type: ignore[index]
    sent = await studio.person("ada").submit(asked, {"prompt": prompt})
    answer = await host.answer_to(sent)
    assert f"{MAX_PROMPT_CHARACTERS} fit" in answer.content
    given_back = await host.until(lambda: _private_with(sent.messages, "lighthouse lighthouse"))
    assert given_back.is_ephemeral


def _private_with(messages: list[Message], words: str) -> Message | None:
    return next((one for one in messages if one.is_ephemeral and words in one.content), None)


async def test_a_recipe_says_all_that_it_takes_to_draw_the_pictures_again(host: Host) -> None:
    await host.start()
    options: dict[str, Any] = {"style": "Watercolour", "avoid": "text", "seed": 7, "count": 2}
    work = await host.work_of(await host.imagine(prompt="a lighthouse", **options, **SMALL))
    shown = await private_answer(host, await pressed(host, "ada", work, "Recipe"))
    card = json.dumps(shown.embeds, ensure_ascii=False)
    for fact in ("a lighthouse", "Watercolour", "{prompt}", "text", "7 and 8", "64×64", "fake-pictures"):
        assert fact in card


async def test_a_deleted_set_takes_its_files_along_and_what_waits_for_it_says_so(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.2", ATELIER_BATCH_SIZE="1")
    work = await host.work_of(await host.imagine(count=1, steps=1, **SMALL))
    files = list(host.media.glob("*/*/*.png"))
    await host.imagine(slug="lin", count=1, steps=20)  # Keeps the only row busy.
    waiting = await pressed(host, "mira", work, "Vary")
    await host.accepted(waiting)
    question = await private_answer(host, await pressed(host, "ada", work, "Delete"))
    await pressed(host, "ada", question, "Delete for good")
    await host.until(lambda: work.is_deleted or None)
    note = await host.until(lambda: waiting.response if waiting.response and "⚠️" in waiting.response.content else None)
    assert "was deleted meanwhile" in note.content
    assert files
    assert not any(file.exists() for file in files)


async def test_what_moderators_have_hidden_comes_back_by_no_detour(host: Host, studio: Studio) -> None:
    await host.start()
    work = await host.work_of(await host.imagine(count=1, **SMALL))
    varied = await host.work_of(await pressed(host, "lin", work, "Vary"))
    number, mira, now = (await creation_in(host, work)).id, MemberId(studio.person("mira").id), datetime.now(UTC)
    await host.stop()
    async with host.storage() as storage:
        report, _ = await storage.reports.file(number, mira, reason="", at=now)
        await storage.reports.hide(report.id, by=mira, at=now)
    await host.start()
    await host.until(lambda: "have hidden" in work.content or None)
    for slug in ("ada", "mira"):
        refused = await host.answer_to(await pressed(host, slug, varied, "Again"))
        assert refused.content == "The moderators have hidden this work."


async def test_buttons_under_pictures_outlive_a_restart(host: Host) -> None:
    await host.start()
    work = await host.work_of(await host.imagine(count=2, **SMALL))
    await host.kill()
    await host.start()
    for label in ("Vary 1", "Upscale 2", "Again"):
        assert (await host.work_of(await pressed(host, "lin", work, label))).attachments
    assert (await with_modal(host, await pressed(host, "lin", work, "Reference 1"))).modal
    assert (await private_answer(host, await pressed(host, "lin", work, "Recipe"))).embeds


async def test_a_failed_drawing_over_a_member_s_own_picture_is_tried_again_by_nobody_else(host: Host) -> None:
    await host.start(ATELIER_FAKE_FAULT="raise")
    asked = await host.imagine(reference=png(), count=1)
    note = await host.until(lambda: asked.response if asked.response and "⚠️" in asked.response.content else None)
    refused = await host.answer_to(await pressed(host, "mira", note, "Try again"))
    assert refused.content == "Only the author may do that."
    again = await pressed(host, "ada", note, "Try again")
    second = await host.until(lambda: again.response if again.response and "⚠️" in again.response.content else None)
    assert "drawn over a picture" in second.content
