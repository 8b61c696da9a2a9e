from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from inference.training.pictures import checkpoint
from inference.training.pictures.captions import Style, Thing
from inference.training.pictures.collection import Collection
from inference.training.pictures.evaluation import Examiner, School, Verdict, examiner_of, figures, of_ours, of_real
from inference.training.pictures.sheet import contact_sheet

SHAPES = {"bar": (28, 36, 4, 60), "post": (4, 60, 28, 36), "block": (8, 56, 8, 56)}
SEEDS = (1, 2)


def drawn(noun: str, shade: int) -> NDArray[np.uint8]:
    pixels = np.full((64, 64, 3), 255, np.uint8)
    top, bottom, left, right = SHAPES[noun]
    pixels[top:bottom, left:right] = shade
    return pixels


SCHOOL = School.of((noun, drawn(noun, 0)) for noun in SHAPES)


@pytest.fixture(scope="module")
def collection() -> Collection:
    shown = [(noun, style) for style in Style for noun in SHAPES]
    shades = {Style.FLAT: 20, Style.THREE_D: 40, Style.CARTOON: 90}
    return Collection(
        pixels=np.stack([drawn(noun, shades[style]) for noun, style in shown]),
        things=tuple(Thing(label=noun, tags=(), group=7) for noun, _ in shown),
        styles=tuple(style for _, style in shown),
    )


@pytest.fixture(scope="module")
def examiner(tmp_path_factory: pytest.TempPathFactory) -> Examiner:
    torch.set_num_threads(1)
    kept = tmp_path_factory.mktemp("judge") / "judge.pt"
    return examiner_of(SCHOOL, list(SHAPES), kept=kept, log=lambda _: None, steps=50, batch=12)


def paint_rightly(prompts: Sequence[str], seeds: Sequence[int]) -> NDArray[np.uint8]:
    nouns = [next(noun for noun in SHAPES if noun in prompt) for prompt in prompts]
    return np.stack([drawn(noun, seed % 90) for noun, seed in zip(nouns, seeds, strict=True)])


def paint_bars(prompts: Sequence[str], seeds: Sequence[int]) -> NDArray[np.uint8]:
    return np.stack([drawn("bar", 20) for _ in prompts])


def test_the_judge_knows_what_another_vendor_drew(examiner: Examiner, collection: Collection) -> None:
    assert of_real(examiner, collection) == Verdict(right=9, of=9)


def test_pictures_that_show_what_was_asked_for_are_named_rightly(examiner: Examiner) -> None:
    assert of_ours(examiner, paint_rightly, Style.CARTOON, SEEDS) == Verdict(right=6, of=6)


def test_pictures_that_all_show_one_thing_are_right_for_that_thing_alone(examiner: Examiner) -> None:
    assert of_ours(examiner, paint_bars, None, SEEDS) == Verdict(right=2, of=6)


def test_the_figures_set_ours_against_the_ceiling(examiner: Examiner, collection: Collection) -> None:
    real, ours, *_ = figures(examiner, collection, paint_bars)
    assert "9 of 9" in real
    assert "33% of the ceiling" in ours


def test_a_judge_that_is_kept_is_not_taught_again(examiner: Examiner, collection: Collection, tmp_path: Path) -> None:
    kept = tmp_path / "judge.pt"
    checkpoint.save(kept, examiner.judge.state_dict())
    again = examiner_of(SCHOOL, list(SHAPES), kept=kept, log=pytest.fail)
    assert of_real(again, collection) == of_real(examiner, collection)


def test_a_contact_sheet_shows_each_noun_in_each_style(examiner: Examiner) -> None:
    sheet = contact_sheet(list(SHAPES), paint_rightly, lambda picture: picture)
    cells = np.asarray(sheet)[28:, 110:].reshape(3, 128, 6, 128, 3).swapaxes(1, 2)
    assert (cells[:, :, 64, 64].max(axis=-1) < 250).all()
    assert (cells[0, :, 8, 64] > 250).all()
