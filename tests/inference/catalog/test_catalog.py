from pathlib import Path

import pytest

from inference.catalog.catalog import Catalog
from inference.catalog.errors import ModelUnsuitableError
from inference.catalog.model import TextDefaults
from inference.catalog.reading import CatalogBrokenError
from inference.catalog.sources import FolderSource, HubSource
from inference.contract.errors import ModelUnknownError
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium

ENTRY = """
[models.mine]
title = "Mine"
medium = "text"
engine = "transformers"
licence = "MIT"
memory_gib = 3
languages = ["en", "zh"]
context_tokens = 2048
[models.mine.source]
kind = "folder"
path = "/models/mine"
"""
MINE = ModelName("mine")


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(ENTRY)
    return path


def test_a_host_s_own_models_stand_beside_the_shipped_ones(extra: Path) -> None:
    catalog = Catalog.load(extra)

    assert {model.name for model in catalog} >= {MINE, "fake", "smollm2-135m", "starter-pictures"}
    assert catalog.get(MINE).source == FolderSource(path=Path("/models/mine"))
    assert catalog.get(MINE).defaults == TextDefaults()
    assert catalog.defaults[Medium.TEXT] == "smollm2-135m"


def test_a_host_may_choose_another_default_and_change_an_entry(extra: Path) -> None:
    extra.write_text('[defaults]\ntext = "mine"\n' + ENTRY.replace("mine]", "fake]").replace("mine.", "fake.") + ENTRY)

    catalog = Catalog.load(extra)

    assert catalog.defaults == {Medium.TEXT: MINE, Medium.IMAGE: "starter-pictures"}
    assert catalog.upscaler == "realesr-animevideov3"
    assert catalog.get(ModelName("fake")).title == "Mine"


def test_an_entry_may_turn_thinking_off_and_ask_for_agreement(extra: Path) -> None:
    more = 'acknowledgement = "Not for sale."\ntemplate_arguments = { enable_thinking = false, mood = "calm" }\n'
    extra.write_text(ENTRY.replace("[models.mine.source]", more + "[models.mine.source]"))

    mine = Catalog.load(extra).get(MINE)

    assert mine.template_arguments == {"enable_thinking": False, "mood": "calm"}
    assert mine.acknowledgement == "Not for sale."


def test_a_model_of_the_hub_is_named_by_commit(extra: Path) -> None:
    extra.write_text(
        ENTRY.replace('kind = "folder"\npath = "/models/mine"', 'kind = "hub"\nrepository = "a/b"\nrevision = "c"')
    )

    assert Catalog.load(extra).get(MINE).source == HubSource(repository="a/b", revision="c")


def test_a_model_that_is_not_there_is_unknown() -> None:
    with pytest.raises(ModelUnknownError):
        Catalog.load().get(ModelName("nobody"))


@pytest.mark.parametrize(
    ("found", "put", "key"),
    [
        ('title = "Mine"\n', "", "models.mine.title"),
        ('title = "Mine"', "title = 3", "models.mine.title"),
        ('"text"', '"smell"', "models.mine.medium"),
        ("memory_gib = 3", "memory_gib = -1", "models.mine.memory_gib"),
        ("memory_gib = 3", "memory_gib = true", "models.mine.memory_gib"),
        ("2048", "2048.5", "models.mine.context_tokens"),
        ('["en", "zh"]', '"en"', "models.mine.languages"),
        ("licence", "license", "models.mine.licence"),
        ("memory_gib", 'colour = "red"\nmemory_gib', "models.mine.colour"),
        ('"folder"', '"moon"', "models.mine.source.kind"),
        ('"folder"', '"wheels"', "models.mine.source.wheels"),
        ('kind = "folder"', 'kind = "wheels"\nwheels = [{ package = "a" }]', "models.mine.source.wheels[0].version"),
        ("memory_gib", "template_arguments = { a = 1 }\nmemory_gib", "models.mine.template_arguments.a"),
        ("models.mine", 'models."../mine"', "models.../mine"),
        ("path", "paths", "models.mine.source.path"),
        ("[models.mine]", '[defaults]\ntext = "nobody"\n[models.mine]', "defaults.text"),
        ("[models.mine]", '[defaults]\nimage = "mine"\n[models.mine]', "defaults.image"),
        ("[models.mine]", '[defaults]\nimage = "realesr-animevideov3"\n[models.mine]', "defaults.image"),
        ("[models.mine]", '[defaults]\nupscaler = "starter-pictures"\n[models.mine]', "defaults.upscaler"),
        ("[models.mine]", '[defaults]\nmusic = "mine"\n[models.mine]', "defaults.music"),
        ("[models.mine]", 'default = "mine"\n[models.mine]', "default"),
        ("memory_gib", 'bases = ["reference"]\nmemory_gib', "models.mine.bases"),
        ("memory_gib", 'options = ["steps"]\nmemory_gib', "models.mine.options"),
        ("[models.mine]", "[models", "mine.toml"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_key(extra: Path, found: str, put: str, key: str) -> None:
    extra.write_text(ENTRY.replace(found, put, 1))

    with pytest.raises(CatalogBrokenError) as refusal:
        Catalog.load(extra)

    assert key in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_model_for_llama_cpp_does_not_come_from_the_hub(extra: Path) -> None:
    entry = ENTRY.replace('"transformers"', '"llama"').replace('"folder"', '"hub"')
    extra.write_text(entry.replace('path = "/models/mine"', 'repository = "a/b"\nrevision = "main"'))

    with pytest.raises(CatalogBrokenError, match=r"models\.mine\.engine"):
        Catalog.load(extra)


def test_a_folder_may_be_named_from_home(extra: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    extra.write_text(ENTRY.replace("/models/mine", "~/mine"))

    assert Catalog.load(extra).get(MINE).source == FolderSource(path=Path("/home/somebody/mine"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogBrokenError, match="nowhere"):
        Catalog.load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "image", "needed"),
    [
        (None, None, ["smollm2-135m", "starter-pictures", "realesr-animevideov3"]),
        ("fake", "sdxl", ["fake", "sdxl", "realesr-animevideov3"]),
        ("fake", "fake-pictures", ["fake", "fake-pictures"]),
    ],
)
def test_what_an_installation_needs_is_a_model_a_medium_and_what_enlarges(
    text: ModelName | None, image: ModelName | None, needed: list[str]
) -> None:
    models = Catalog.load().in_use({Medium.TEXT: text, Medium.IMAGE: image})

    assert [model.name for model in models] == needed


def test_a_model_that_is_not_there_is_not_chosen() -> None:
    with pytest.raises(ModelUnknownError):
        Catalog.load().in_use({Medium.IMAGE: ModelName("nobody")})


@pytest.mark.parametrize("image", ["fake", "realesr-animevideov3"])
def test_a_model_that_does_not_draw_is_not_chosen_for_pictures(image: str) -> None:
    with pytest.raises(ModelUnsuitableError) as caught:
        Catalog.load().in_use({Medium.IMAGE: ModelName(image)})

    assert (caught.value.name, caught.value.medium) == (image, Medium.IMAGE)
