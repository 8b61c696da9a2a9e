"""The newcomer's path: the starter model itself, from the slash command to the rating's row."""

from pathlib import Path

import pytest

from bot.studio import Studio
from inference.catalog.catalog import Catalog
from inference.contract.identifiers import MemberId, MessageId
from tests.inference.engines.conftest import STARTER, starter_models
from tests.support.host import Host

__all__ = ["starter_models"]


@pytest.fixture
def stocked(host: Host, starter_models: Path) -> Host:
    """A host whose models are those that the tests share."""
    (host.data / "models").symlink_to(starter_models, target_is_directory=True)
    return host


async def test_a_story_is_written_by_the_starter_rated_and_remembered(stocked: Host, studio: Studio) -> None:
    await stocked.start(ATELIER_TEXT_MODEL=STARTER)
    asked = await stocked.write("ada", prompt="a fox who collects umbrellas", genre="story", length=60, seed=11)
    note = await stocked.under_way(asked)
    seen = note.edits_count
    work = await stocked.work_of(asked)
    assert work.edits_count > seen
    await studio.person("lin").react(work, "5️⃣")
    await stocked.history_of("ada", until="★ 3.8 (")
    await stocked.stop()
    async with stocked.storage() as storage:
        creation = await storage.creations.by_message(MessageId(work.id))
        text = creation.artifacts[0].path.read_text()
        rating = await storage.ratings.get(creation.id, MemberId(studio.person("lin").id))
    assert text in work.content
    assert 40 <= len(text.split()) <= 80
    assert text.rstrip('"”')[-1] in ".!?…"
    assert rating is not None
    assert rating.stars == 5
    recipe = creation.provenance
    assert recipe.seed == 11
    assert recipe.model_sha256 == Catalog.load().get(STARTER).source_sha256
    assert {"temperature", "top_k", "top_p"} <= recipe.settings.keys()
    assert {"torch", "transformers"} <= recipe.versions.keys()


async def test_the_starter_says_at_once_that_it_does_not_speak_chinese(stocked: Host, studio: Studio) -> None:
    await stocked.start(ATELIER_TEXT_MODEL=STARTER)
    answer = await stocked.answer_to(await stocked.write("ada", prompt="写一个关于龙的故事"))
    assert "does not speak Chinese" in answer.content
    assert "English" in answer.content
