"""Where the benchmarks run: on the disk of the host's own data, with the host's models."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from rich.console import Console

from bot.progress import shown_pull
from bot.settings import Settings
from inference.catalog.catalog import Catalog
from inference.catalog.puller import is_present
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium

FAKE: Final = ModelName("fake")
FAKE_PICTURES: Final = ModelName("fake-pictures")
STARTER: Final = ModelName("smollm2-135m")
STARTER_PICTURES: Final = ModelName("starter-pictures")
_SHARED_CACHE: Final = Path(__file__).parents[1] / ".cache" / "models"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Folders, and somebody to tell how far it is."""

    root: Path  # Beside the host's database: the speed of this disk's commits is part of what is measured.
    models: Path
    say: Say

    @classmethod
    async def prepared(cls, console: Console) -> Self:
        """Pulls the starter models where one is missing. Raises a `PullError`, `OSError`."""
        settings = Settings.read()
        starters = Catalog.load().in_use({Medium.TEXT: STARTER, Medium.IMAGE: STARTER_PICTURES})
        shared = Path(os.environ.get("ATELIER_TEST_MODELS", _SHARED_CACHE))
        folders = (settings.models_folder, shared)
        models = next((each for each in folders if all(is_present(one, each) for one in starters)), None)
        if models is None:
            models = settings.models_folder
            for starter in starters:
                await shown_pull(starter, models, console)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return cls(
            root=settings.data_dir.absolute(),
            models=models.absolute(),
            say=lambda line: console.print(f"[dim]{line}[/]", highlight=False),
        )

    @contextmanager
    def data_folder(self) -> Iterator[Path]:
        """A data folder as a bot has it, with the models in it, for the length of the block."""
        folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=self.root))
        try:
            (folder / "models").symlink_to(self.models, target_is_directory=True)
            yield folder
        finally:
            shutil.rmtree(folder)
