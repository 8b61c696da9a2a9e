"""What is pulled is what the engine loads: tiny pipelines of every class of the catalog's, served by a hub."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inference.catalog.catalog import Catalog
from inference.catalog.puller import pull
from inference.catalog.sources import HubSource
from inference.engines.pictures.fitting import Fit
from inference.engines.pictures.painter import Painter
from tests.inference.catalog.servers import REPOSITORY, Shelf
from tests.inference.engines.pictures.tiny import build_tiny, tiny_model

OF_HUB = [model.picture for model in Catalog.load() if isinstance(model.source, HubSource) and model.picture]


@pytest.mark.parametrize("variant", ["", "fp16"])
@pytest.mark.parametrize("pipeline", sorted({picture.pipeline for picture in OF_HUB}))
async def test_a_pulled_pipeline_is_loaded(shelf: Shelf, tmp_path: Path, pipeline: str, variant: str) -> None:
    build_tiny(pipeline, tmp_path / "there")
    shelf.files = {
        str(path.relative_to(tmp_path / "there")): path.read_bytes()
        for path in (tmp_path / "there").rglob("*")
        if path.is_file()
    }
    weights = "vae/diffusion_pytorch_model.safetensors"
    shelf.files["vae/diffusion_pytorch_model.fp16.safetensors"] = shelf.files[weights]  # And of no other component.
    shelf.in_lfs = frozenset(name for name in shelf.files if name.endswith(".safetensors"))
    model = replace(
        tiny_model(pipeline, tmp_path, variant=variant), source=HubSource(repository=REPOSITORY, revision="main")
    )

    folder = await pull(model, tmp_path / "models", lambda _: None)

    assert (folder / weights).exists() == (not variant)
    painter = Painter.load(model, folder, device="cpu", dtype=torch.float32, fit=Fit.WHOLE)
    assert type(painter.pipeline).__name__ == pipeline
    assert len(painter.source_sha256) == 64
