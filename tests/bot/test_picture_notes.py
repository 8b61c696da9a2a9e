"""What the channel shows for pictures: pure functions from values to notes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import texts_for
from bot.postbox import view_of
from bot.ui import notes
from bot.ui.contents import Gallery, Print
from bot.ui.parts import width
from bot.ui.recipes import recipe
from inference.contract.artifacts import Artifact
from inference.contract.identifiers import CreationId, MemberId, ModelName
from inference.contract.image import ImageRequest, Option, Picture, Showing, Style
from inference.contract.jobs import Parent, Relation
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, MAX_SEED, Basis
from storage.domain import Creation
from tests.bot.test_notes import NOW, creation, job

T = texts_for("en-US")
STYLE = Style(name="Ink wash", frame="an ink wash of {prompt}")


def asked(prompt: str = "a lighthouse", **changes: object) -> ImageRequest:
    values: dict[str, object] = {"prompt": prompt, "model": ModelName("fake-pictures"), **changes}
    return ImageRequest(**values)  # type: ignore[arg-type]  # The values are of the right types.


def drawn(
    request: ImageRequest | None = None,
    showings: Sequence[Showing] = (Showing.OPEN,),
    *,
    side: int = 256,
    **settings: float | str,
) -> Creation:
    work = creation()
    artifacts = tuple(
        Artifact(
            path=Path("x"),
            media_type="image/png",
            sha256=f"{part:064x}",
            size_bytes=1,
            picture=Picture(width=side, height=side, fingerprint="0" * 16, showing=showing),
        )
        for part, showing in enumerate(showings)
    )
    provenance = replace(work.provenance, settings=settings)
    return replace(work, request=request or asked(), artifacts=artifacts, provenance=provenance)


def gallery(work: Creation, extension: str = ".png") -> Gallery:
    return Gallery(
        prints=tuple(Print(content=b"x", extension=extension) if one in work.shown else None for one in work.artifacts)
    )


def shown(work: Creation) -> notes.Note:
    (note,) = notes.finished(work, gallery(work), t=T)
    return note


def rows(note: notes.Note) -> list[list[str]]:
    found: dict[int | None, list[str]] = {}
    for button in note.buttons:
        found.setdefault(button.row, []).append(button.custom_id)
    return list(found.values())


def test_one_picture_has_one_row_for_itself_and_one_for_all() -> None:
    assert rows(shown(drawn())) == [
        ["creation:vary:0:9", "creation:upscale:0:9", "creation:reference:0:9", "creation:rate:9"],
        ["creation:remix:9", "creation:again:9", "creation:recipe:9", "creation:delete:9", "creation:report:9"],
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_discord_takes_the_buttons_of_any_number_of_pictures(count: int) -> None:
    note = shown(drawn(showings=[Showing.OPEN] * count))
    view = view_of(note)
    assert view is not None
    assert all(len(row["components"]) <= 5 for row in view.to_components())
    assert len(view.to_components()) <= 5


def test_a_held_picture_is_not_attached_has_no_buttons_and_is_counted() -> None:
    note = shown(drawn(showings=[Showing.OPEN, Showing.HELD, Showing.SPOILER]))
    assert [one.filename for one in note.attachments] == ["picture-9-1.png", "SPOILER_picture-9-3.png"]
    assert rows(note)[0] == ["creation:vary:0:9", "creation:vary:2:9"]
    assert "1 picture waits" in note.content


def test_when_all_are_held_only_what_holds_for_all_is_offered() -> None:
    note = shown(drawn(showings=[Showing.HELD] * 2))
    assert not note.attachments
    assert len(rows(note)) == 1


def test_what_is_large_is_not_offered_to_be_larger() -> None:
    assert not any("upscale" in button.custom_id for button in shown(drawn(side=2_048)).buttons)


def test_an_enlarged_picture_is_neither_varied_nor_enlarged_in_the_same_way_again() -> None:
    note = shown(drawn(asked(basis=Basis.UPSCALE)))
    assert not any(part in button.custom_id for button in note.buttons for part in ("vary", "again"))


def test_what_the_model_has_no_use_for_is_named_as_the_command_names_it() -> None:
    note = shown(drawn(asked(unused=(Option.CANVAS, Option.STEPS))))
    assert "`size` and `steps`" in note.content


def test_words_that_the_model_did_not_read_are_counted() -> None:
    assert "last 12 words" in shown(drawn(words_unread=12)).content


def test_what_is_hidden_shows_no_picture() -> None:
    note = shown(replace(drawn(), hidden_at=NOW))
    assert not note.attachments
    assert "lighthouse" not in note.content


@given(
    prompt=st.text(min_size=1, max_size=MAX_PROMPT_CHARACTERS).filter(str.strip),
    style=st.text(min_size=1, max_size=200).filter(str.strip),
)
def test_every_picture_is_described_within_what_discord_takes(prompt: str, style: str) -> None:
    work = drawn(asked(prompt, style=replace(STYLE, name=style)), [Showing.OPEN] * 2)
    note = shown(work)
    assert width(note.content) <= notes.MESSAGE_LIMIT
    assert all(0 < width(one.description) <= notes.DESCRIPTION_LIMIT for one in note.attachments)


def test_a_description_says_which_of_how_many_of_what_in_which_style() -> None:
    description = shown(drawn(asked(style=STYLE), [Showing.OPEN] * 2)).attachments[1].description
    assert all(fact in description for fact in ("2 of 2", "a lighthouse", "Ink wash"))


def test_the_heading_says_the_style_and_what_a_picture_began_from() -> None:
    heading = notes.heading(asked(style=STYLE, basis=Basis.REFERENCE), MemberId(42), T)
    assert "Picture for <@42>" in heading
    assert "Ink wash" in heading
    assert "drawn over a picture" in heading


def test_the_heading_tells_a_variation_from_what_is_drawn_over_a_picture_otherwise() -> None:
    varied = Parent(creation=CreationId(7), relation=Relation.VARIATION)
    again = Parent(creation=CreationId(8), relation=Relation.AGAIN)
    request = asked(basis=Basis.REFERENCE)
    of_the_work = shown(replace(drawn(request), parents=(again, varied))).content
    of_the_job = notes.working(replace(job(request=request), parents=(varied,)), fraction=0.5, t=T).content
    for content in (of_the_work, of_the_job):
        assert "varied" in content
        assert "drawn over" not in content


def test_progress_shows_the_sketch_with_a_description() -> None:
    sketch = b"RIFF\x00\x00\x00\x00WEBPVP8 "
    note = notes.working(job(request=asked()), fraction=0.25, sketch=sketch, t=T)
    assert "25%" in note.content
    assert note.attachments[0].filename == "sketch.webp"
    assert note.attachments[0].description


def test_the_recipe_of_pictures_says_all_that_it_takes() -> None:
    work = drawn(
        asked(style=STYLE, avoid="text", strength=0.4, basis=Basis.REFERENCE, unused=(Option.GUIDANCE,)),
        [Showing.OPEN] * 2,
        steps=4,
        translation="a light house",
        seeds="told elsewhere",
    )
    work = replace(
        work,
        provenance=replace(work.provenance, seed=MAX_SEED),
        parents=(Parent(creation=CreationId(3), relation=Relation.VARIATION, part=1),),
    )
    card = recipe(work, t=T)
    told = "\n".join(f"{field.name}: {field.value}" for field in card.fields)
    for fact in (f"{MAX_SEED} and 0", "a light house", "Ink wash", "text", "256×256", "0.4", "`guidance`", "varied"):
        assert fact in told
    assert "told elsewhere" not in told


@pytest.mark.parametrize("prompt", ["*" * (MAX_PROMPT_CHARACTERS // 2 - 1), "*" * MAX_PROMPT_CHARACTERS, "word " * 400])
def test_any_recipe_fits_a_card(prompt: str) -> None:
    style = Style(name="*" * 100, frame="*" * 490 + "{prompt}", avoid="_" * 500)
    request = asked(prompt, style=style, avoid="_" * 500)
    work = drawn(request, [Showing.OPEN] * 4, translation=prompt, avoid=prompt)
    card = recipe(work, t=T)
    assert len(card) <= 6_000
    assert all(len(field.value or "") <= 1_024 for field in card.fields)
