from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from inference.training.pictures.captions import Style, Thing
from inference.training.pictures.collection import Collection, nouns, weights
from inference.training.pictures.drawings import foreign_drawings
from inference.training.pictures.evaluation import School
from inference.training.pictures.sources import FOREIGN
from inference.training.pictures.workshop import Workshop


def of_things(*drawn: tuple[str, Style, int]) -> Collection:
    return Collection(
        pixels=np.zeros((len(drawn), 64, 64, 3), np.uint8),
        things=tuple(Thing(label=label, tags=(), group=group) for label, _, group in drawn),
        styles=tuple(style for _, style, _ in drawn),
    )


def in_all_styles(label: str, group: int = 3) -> list[tuple[str, Style, int]]:
    return [(label, style, group) for style in Style]


def test_each_thing_with_a_label_is_there_once_in_each_style_and_flags_are_not(workshop: Workshop) -> None:
    found = Counter(
        (thing.label, style)
        for thing, style in zip(workshop.collection.things, workshop.collection.styles, strict=True)
    )
    assert found == {(label, style): 1 for label in ("dog", "cat", "sun") for style in Style}


def test_a_drawing_stands_on_white_in_its_own_colours(workshop: Workshop) -> None:
    for pixels, thing in zip(workshop.collection.pixels, workshop.collection.things, strict=True):
        assert pixels.shape == (64, 64, 3)
        assert (pixels[0, 0] == 255).all()
        if thing.label == "sun":
            assert np.abs(pixels[32, 32].astype(int) - (255, 204, 0)).max() <= 2


def test_drawings_are_cached_as_they_were(workshop: Workshop) -> None:
    first = workshop.collection
    for tarball in (workshop.folder / "tarballs").iterdir():
        tarball.unlink()
    again = Collection.of(workshop.folder / "tarballs", workshop.folder / "drawings.npz")
    assert (again.things, again.styles) == (first.things, first.styles)
    assert np.array_equal(again.pixels, first.pixels)


def test_a_cache_that_was_cut_off_is_not_taken_for_one(workshop: Workshop) -> None:
    cache = workshop.folder / "drawings.npz"
    Path(f"{cache}.partial").write_bytes(b"PK")
    assert len(workshop.collection.things) == 9


def test_nouns_are_objects_of_every_style_the_commonest_first() -> None:
    collection = of_things(
        *in_all_styles("dog"),
        *in_all_styles("sun"),
        *in_all_styles("red apple"),
        *in_all_styles("teacher", group=1),
        ("cat", Style.FLAT, 3),
    )
    vocabulary = {"sun": 5, "dog": 9, "teacher": 1, "cat": 2}
    assert nouns(collection, vocabulary) == ["sun", "dog"]


def test_the_commonest_are_learned_from_most() -> None:
    collection = of_things(("sun", Style.FLAT, 5), ("dog", Style.FLAT, 3), ("house with garden", Style.FLAT, 5))
    sun, dog, house = weights(collection, ["sun", "dog"])
    assert sun > dog > house > 0


def test_pixels_are_learned_from_as_minus_one_to_one(workshop: Workshop) -> None:
    read = workshop.collection.as_input([0, 1])
    assert read.shape == (2, 3, 64, 64)
    assert read.max().item() == pytest.approx(1.0)
    assert read.min().item() < 0


def test_the_judges_drawings_are_of_the_same_things_and_no_part_of_the_collection(workshop: Workshop) -> None:
    school = School.of(foreign_drawings(workshop.folder / "tarballs"))
    assert sorted(school.labels) == ["cat", "dog", "sun"]
    assert school.pixels.shape == (3, 64, 64, 3)
    (workshop.folder / "tarballs" / FOREIGN).unlink()
    assert len(workshop.collection.things) == 9
