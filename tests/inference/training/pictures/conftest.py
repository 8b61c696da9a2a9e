from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from inference.training.pictures.workshop import Workshop
from tests.inference.training.pictures.tiny import write_tarballs, write_text_encoder, write_weights


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assembled starter, with a text encoder beside it."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("tiny-starter")
    write_weights(folder)
    write_text_encoder(folder)
    return folder


@pytest.fixture
def workshop(tiny_weights: Path, tmp_path: Path) -> Workshop:
    write_tarballs(tmp_path / "work" / "tarballs")
    return Workshop(
        folder=tmp_path / "work", committed=tiny_weights, models=tmp_path / "models", text_encoder=tiny_weights
    )


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other are slow where many tests run, and tiny models need none."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", autouse=True)
def _gradients() -> Iterator[None]:
    """An engine that was tested in this process before has turned them off for the thread."""
    were_on = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    yield
    torch.set_grad_enabled(were_on)
