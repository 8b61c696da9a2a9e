"""That a simulated community is one that Atelier can open, and in which it finds the truth again."""

from pathlib import Path

import numpy as np

from benchmarks.bulk import SERVER
from benchmarks.community.filling import TRUTH, fill
from inference.contract.identifiers import CreationId
from storage import Storage, address_of
from storage.domain import Consent, Ranked


async def test_a_filled_data_folder_opens_and_ranks_its_works_by_their_quality(tmp_path: Path) -> None:
    await fill(tmp_path, works=120, raters=30, seed=3)

    async with Storage.open(address_of(tmp_path / "atelier.db"), media_folder=tmp_path / "media") as storage:
        page = await storage.standings.best(SERVER, Ranked(), limit=120)
        best = await storage.creations.get(page.rows[0].creation)
        files = [await storage.media.read_bytes(artifact) for artifact in best.artifacts]
        consents = await storage.consents.of(SERVER, best.member)
    with np.load(tmp_path / TRUTH) as truth:
        quality = truth["quality"]
    rated = [one for one in page.rows if one.raters >= 3]
    scores = [one.score for one in rated]
    assert all(files)
    assert set(consents) <= set(Consent)
    assert len(rated) > 30
    assert np.corrcoef(scores, [quality[one.creation - 1] for one in rated])[0, 1] > 0.5


async def test_the_same_figures_make_the_same_community(tmp_path: Path) -> None:
    for name in ("one", "two"):
        await fill(tmp_path / name, works=30, raters=10, seed=3)

    found, opinions = [], []
    for name in ("one", "two"):
        folder = tmp_path / name
        async with Storage.open(address_of(folder / "atelier.db"), media_folder=folder / "media") as storage:
            creations = await storage.creations.several([CreationId(number) for number in range(1, 31)])
            ratings = [await storage.ratings.of(creation.id) for creation in creations]
            found.append([(one.request, one.member, [file.sha256 for file in one.artifacts]) for one in creations])
            opinions.append(ratings)
    assert found[0] == found[1]
    assert opinions[0] == opinions[1]
