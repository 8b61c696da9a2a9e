import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from inference.training.pictures.captions import Style, Thing, asked_for, caption


def a_thing(tags: tuple[str, ...] = ("pet", "animal", "bark")) -> Thing:
    return Thing(label="dog", tags=tags, group=3)


@given(st.sampled_from(Style), st.integers(0, 2**32 - 1), st.lists(st.text(min_size=1), max_size=9))
def test_a_caption_is_empty_or_names_the_thing_or_its_tags(style: Style, seed: int, tags: list[str]) -> None:
    said = caption(a_thing(tuple(tags)), style, random.Random(seed))
    assert said == "" or "dog" in said or all(tag in said for tag in tags[:4])


def test_a_caption_never_names_another_style() -> None:
    rng = random.Random(0)
    said = {caption(a_thing(), Style.FLAT, rng) for _ in range(500)}
    assert not any("3d" in words or "cartoon" in words for words in said)
    assert any("flat" in words for words in said)


def test_one_caption_in_ten_is_empty_so_that_guidance_has_something_to_leave() -> None:
    rng = random.Random(0)
    said = Counter(caption(a_thing(), Style.FLAT, rng) for _ in range(4000))
    assert 0.08 < said[""] / 4000 < 0.12


def test_a_thing_is_asked_for_in_words_that_were_learned() -> None:
    rng = random.Random(0)
    for style in Style:
        said = {caption(a_thing(), style, rng) for _ in range(500)}
        assert {asked_for("dog", style), asked_for("dog", None)} <= said
