"""`/imagine`, from the command to the gallery, the files and the rows; with the fake engine."""

import json
from pathlib import Path
from typing import Any

from bot.features.creation.button import pictures_of
from bot.studio import Studio
from bot.studio.entities import Upload
from inference.contract.image import Canvas, Option, Showing
from inference.contract.mediums import Basis
from tests.support.host import Host, is_finished
from tests.support.pictures import SMALL, creation_in, labels, limited_painter, picture_in, png, pressed, private_answer

SLOW = {"ATELIER_FAKE_PACE_SECONDS": "0.5", "ATELIER_BATCH_SIZE": "1"}


async def test_four_pictures_come_as_a_gallery_with_a_row_of_buttons_for_each_deed(host: Host) -> None:
    await host.start()
    work = await host.work_of(await host.imagine(prompt="a lighthouse", seed=7))
    names = [one.filename for one in work.attachments]
    assert len(names) == 4
    assert all(name.startswith("picture-") and name.endswith(f"-{place}.png") for place, name in enumerate(names, 1))
    assert all("a lighthouse" in str(one.description) for one in work.attachments)
    assert [len(row["components"]) for row in work.components] == [4, 4, 4, 5, 1]
    assert labels(work)[:4] == ["Vary 1", "Vary 2", "Vary 3", "Vary 4"]
    assert picture_in(work).size == (256, 256)
    assert json.loads(picture_in(work, 2).info["atelier"])["part"] == 2
    assert "a lighthouse" in picture_in(work).info["parameters"]


async def test_what_is_asked_for_is_what_is_drawn(host: Host) -> None:
    await host.start()
    options: dict[str, Any] = {
        "style": "Watercolour",
        "avoid": "text",
        "steps": 3,
        "guidance": 2.5,
        "seed": 7,
        "count": 1,
    }
    work = await host.work_of(await host.imagine(size="portrait", **options))
    assert "Watercolour" in work.content
    assert "Watercolour" in str(work.attachments[0].description)
    assert labels(work)[:3] == ["Vary", "Upscale", "Use as reference"]
    width, height = picture_in(work).size
    assert 0.7 < width / height < 0.8
    await host.stop()
    request = pictures_of(await creation_in(host, work))
    assert (request.steps, request.guidance, request.seed, request.avoid) == (3, 2.5, 7, "text")
    assert request.style is not None
    assert request.style.name == "Watercolour"
    assert request.canvas == Canvas(width=width, height=height)
    assert request.unused == ()


async def test_options_complete_while_they_are_typed(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    styles = await ada.autocomplete("imagine", "style", "waterc")
    assert [choice["value"] for choice in styles] == ["Watercolour"]
    sizes = await ada.autocomplete("imagine", "size", "")
    assert {"name": "Square 256×256", "value": "256×256"} in sizes
    assert len(sizes) >= 4
    models = await ada.autocomplete("imagine", "model", "")
    assert [choice["value"] for choice in models] == ["fake-pictures"]
    assert "any language" in models[0]["name"]
    assert await ada.autocomplete("imagine", "size", "", {"model": "no such model"}) == []


async def test_progress_shows_a_sketch_of_the_pictures_and_the_end_takes_it_away(host: Host) -> None:
    await host.start(**SLOW)
    asked = await host.imagine(count=2, **SMALL)
    note = await host.until(lambda: asked.response if asked.response and asked.response.attachments else None)
    assert "%" in note.content
    assert labels(note) == ["Cancel"]
    sketch = note.attachments[0]
    assert sketch.filename == "sketch.webp"
    assert sketch.description
    work = await host.work_of(asked)
    assert [one.filename.partition("-")[0] for one in work.attachments] == ["picture", "picture"]


async def test_a_cancelled_drawing_leaves_no_sketch_and_no_work(host: Host) -> None:
    await host.start(**SLOW)
    asked = await host.imagine(steps=100)
    note = await host.until(lambda: asked.response if asked.response and asked.response.attachments else None)
    await pressed(host, "ada", note, "Cancel")
    await host.until(lambda: "Cancelled" in note.content or None)
    assert not note.attachments
    assert not note.buttons


async def test_an_option_that_the_model_has_no_use_for_is_named_in_the_note_and_the_recipe(
    host: Host, tmp_path: Path
) -> None:
    await host.start(ATELIER_CATALOG=limited_painter(tmp_path, options=["steps"]))
    work = await host.work_of(await host.imagine(count=1, avoid="text", guidance=3, steps=2, size="512x512"))
    assert "has no use for `avoid`, `size`, and `guidance`" in work.content
    assert "`steps`" not in work.content
    assert picture_in(work).size == (64, 64)
    card = await private_answer(host, await pressed(host, "mira", work, "Recipe"))
    assert "`avoid`" in json.dumps(card.embeds)
    await host.stop()
    assert pictures_of(await creation_in(host, work)).unused == (Option.AVOID, Option.CANVAS, Option.GUIDANCE)


async def test_what_cannot_be_drawn_is_said_to_the_member_alone_and_nothing_is_promised(
    host: Host, studio: Studio, tmp_path: Path
) -> None:
    await host.start(ATELIER_CATALOG=limited_painter(tmp_path, options=["canvas"]))
    for options, said in (
        ({"strength": 0.5}, "`reference`"),
        ({"size": "large"}, "Write it like 1024x768"),
        ({"size": "640x480"}, "such as 64×64"),
        ({"size": "9000x9000"}, "64 to 2,048"),
        ({"style": "no such style"}, "no style"),
        ({"model": "fake"}, "makes something else"),
        ({"reference": png()}, "cannot begin from a picture"),
    ):
        answer = await host.answer_to(await host.imagine(**options))
        assert said in answer.content
    assert not [message for message in studio.messages() if not message.is_ephemeral]


async def test_a_prompt_in_a_language_that_the_model_lacks_is_given_to_the_text_model_first(
    host: Host, tmp_path: Path
) -> None:
    await host.start(ATELIER_CATALOG=limited_painter(tmp_path))
    work = await host.work_of(await host.imagine(prompt="海边的一座灯塔", count=1))
    await host.stop()
    assert pictures_of(await creation_in(host, work)).translator == "fake"


async def test_a_member_s_own_picture_is_what_is_drawn_over(host: Host) -> None:
    await host.start()
    work = await host.work_of(await host.imagine(reference=png("red"), strength=0.05, count=1, **SMALL))
    red, green, blue = picture_in(work).convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    assert red > 200 > max(green, blue) + 100
    again = await host.work_of(await pressed(host, "lin", work, "Again"))
    await host.stop()
    first, second = await creation_in(host, work), await creation_in(host, again)
    assert first.request.basis is second.request.basis is Basis.REFERENCE
    assert [upload.picture and upload.picture.width for upload in first.uploads] == [96]
    assert not second.uploads
    assert "compositeWithTrained" in str(picture_in(again).info["XML:com.adobe.xmp"])
    assert not list((host.data / "spool").glob("upload-*"))


async def test_an_upload_that_is_no_picture_is_refused_kindly(host: Host, studio: Studio) -> None:
    await host.start()
    asked = await host.imagine(reference=Upload(filename="cat.png", content=b"these are only words"))
    answer = await host.answer_to(asked)
    assert "picture" in answer.content
    await host.until(lambda: asked.response is None or asked.response.is_deleted or None)
    assert not list((host.data / "spool").glob("upload-*"))


async def test_unsafe_pictures_are_blurred_in_an_age_restricted_channel_and_held_elsewhere(
    host: Host, studio: Studio
) -> None:
    await host.start()
    grown_up = studio.channel("after-dark")
    asked = await studio.person("ada").command("imagine", {"prompt": "unsafe", "count": 2}, grown_up)
    blurred = await host.until(lambda: asked.response if asked.response and is_finished(asked.response) else None)
    assert all(one.filename.startswith("SPOILER_picture-") for one in blurred.attachments)
    held = await host.work_of(await host.imagine(prompt="unsafe", count=2))
    assert not held.attachments
    assert "2 pictures wait" in held.content
    assert not [label for label in labels(held) if label.startswith(("Vary", "Upscale", "Reference"))]
    await host.stop()
    shown = [one.picture and one.picture.showing for one in (await creation_in(host, held)).artifacts]
    assert shown == [Showing.HELD, Showing.HELD]


async def test_pictures_stand_in_the_history_and_are_found_by_their_medium(host: Host, studio: Studio) -> None:
    await host.start()
    await host.work_of(await host.imagine(prompt="a windmill", count=1, **SMALL))
    await host.work_of(await host.write(prompt="a lighthouse"))
    await host.history_of("ada", until="lighthouse")
    asked = await studio.person("ada").command("history", {"medium": "image"})
    page = await private_answer(host, asked)
    assert "windmill" in page.content
    assert "lighthouse" not in page.content


async def test_a_model_that_is_not_here_is_named_with_how_to_fetch_it(host: Host) -> None:
    await host.start(ATELIER_IMAGE_MODEL="starter-pictures")
    answer = await host.answer_to(await host.imagine())
    assert "starter-pictures" in answer.content
    assert "atelier models pull" in answer.content
