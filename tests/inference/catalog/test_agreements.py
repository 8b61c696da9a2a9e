"""What a host agrees to before a pull, and for how long that holds."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from inference.catalog.errors import AcknowledgementNeededError
from inference.catalog.model import Model
from inference.catalog.puller import pull
from inference.catalog.record import acknowledge, needs_acknowledgement
from tests.inference.catalog.servers import Shelf
from tests.inference.catalog.tiny import MODEL, NOON, changed


async def test_a_model_that_asks_for_agreement_is_not_pulled_without(served: Shelf, tmp_path: Path) -> None:
    with pytest.raises(AcknowledgementNeededError, match="--accept-licence"):
        await pull(replace(MODEL, acknowledgement="Who made it?"), tmp_path / "models", lambda _: None)

    assert served.ranges == []


@pytest.mark.usefixtures("converted")
async def test_an_agreement_outlives_the_model_s_folder(model: Model, tmp_path: Path) -> None:
    asking = replace(model, acknowledgement="Who made it?")
    acknowledge(asking, tmp_path / "models", at=NOON)
    folder = await pull(asking, tmp_path / "models", lambda _: None)
    shutil.rmtree(folder)

    await pull(asking, tmp_path / "models", lambda _: None)

    assert NOON.isoformat() in (tmp_path / "models" / "tiny.json").read_text()


def test_another_licence_or_another_file_asks_again(tmp_path: Path) -> None:
    asking = replace(MODEL, acknowledgement="Who made it?")
    acknowledge(asking, tmp_path, at=NOON)

    assert not needs_acknowledgement(asking, tmp_path)
    assert needs_acknowledgement(replace(asking, licence="MIT"), tmp_path)
    assert needs_acknowledgement(replace(asking, acknowledgement="Who else made it?"), tmp_path)
    assert needs_acknowledgement(changed(asking, sha256="1" * 64), tmp_path)
