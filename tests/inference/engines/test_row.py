from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inference.contract.identifiers import JobId
from inference.contract.text import Genre, TextRequest
from inference.engines.brief import Brief, brief_of
from inference.engines.checkpoint import Checkpoint
from inference.engines.row import Row
from inference.engines.sampling import Sampling
from tests.inference.engines.tiny import TINY, tiny_catalog

LIKELIEST = Sampling(temperature=0, top_k=0, top_p=1, repetition_penalty=1)


@pytest.fixture(scope="module")
def model(tiny_folder: Path) -> Checkpoint:
    return Checkpoint.load(tiny_catalog(tiny_folder).get(TINY), tiny_folder, device="cpu", dtype=torch.float32)


@pytest.fixture
def brief(model: Checkpoint) -> Brief:
    return brief_of(TextRequest(prompt="the river", model=TINY, genre=Genre.STORY, words=20), [], model)


def row_of(brief: Brief, model: Checkpoint) -> Row:
    return Row(brief, model, job_id=JobId(1), seed=1, sampling=LIKELIEST)


def test_a_text_that_would_end_too_early_goes_on(brief: Brief, model: Checkpoint) -> None:
    row = row_of(brief, model)

    row.append(model.ends[0])

    assert not row.is_ended
    assert row.tokens == 1


def test_where_the_tokenizer_spells_no_joint_a_text_ends_when_it_wants(brief: Brief, model: Checkpoint) -> None:
    row = row_of(replace(brief, joint=()), model)

    row.append(model.ends[0])

    assert row.is_ended
