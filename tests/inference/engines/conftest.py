import asyncio
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.catalog.catalog import Catalog
from inference.catalog.errors import DownloadFailedError
from inference.catalog.puller import pull
from inference.contract.identifiers import JobId, ModelName
from inference.contract.text import Genre, TextRequest
from inference.engines.engine import Run
from tests.inference.engines.tiny import TINY, build_tiny

_CACHE = Path(__file__).resolve().parents[3] / ".cache" / "models"
STARTER = ModelName("smollm2-135m")

MakeRun = Callable[..., Run]


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny(folder)
    return folder


def pulled(name: ModelName) -> Path:
    """The folder of models with this one in it, pulled once a machine; the test is skipped where that cannot be."""
    models = Path(os.environ.get("ATELIER_TEST_MODELS", _CACHE))
    models.mkdir(parents=True, exist_ok=True)
    with (models / "lock").open("w") as lock:  # Several processes of tests share the folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            asyncio.run(pull(Catalog.load().get(name), models, lambda _: None))
        except DownloadFailedError as error:
            if error.is_offline:
                pytest.skip(str(error))
            raise
    return models


@pytest.fixture(scope="session")
def starter_models() -> Path:
    return pulled(STARTER)


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    def make(
        number: int,
        *,
        model: ModelName = TINY,
        prompt: str = "the river at night",
        words: int = 20,
        genre: Genre = Genre.FREE,
        seed: int | None = None,
        **wishes: Any,
    ) -> Run:
        request = TextRequest(prompt=prompt, model=model, words=words, genre=genre, seed=seed, **wishes)
        return Run(job_id=JobId(number), request=request, folder=tmp_path, prefix=str(number))

    return make
