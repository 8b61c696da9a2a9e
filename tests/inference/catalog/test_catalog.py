from pathlib import Path

import pytest

from inference.catalog.catalog import Catalog, FolderSource, HubSource, TextDefaults, WheelSource
from inference.catalog.reading import CatalogBrokenError
from inference.contract.errors import ModelUnknownError
from inference.contract.identifiers import ModelName

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


def test_the_starter_is_the_default_and_can_be_pulled() -> None:
    catalog = Catalog.load()

    starter = catalog.get(catalog.default)

    assert isinstance(starter.source, WheelSource)
    assert starter.languages == ("en",)
    assert starter.licence == "Apache-2.0"
    assert len(starter.source_sha256) == 64


def test_a_host_s_own_models_stand_beside_the_shipped_ones(extra: Path) -> None:
    catalog = Catalog.load(extra)

    assert {model.name for model in catalog} >= {MINE, "fake", "smollm2-135m"}
    assert catalog.get(MINE).source == FolderSource(path=Path("/models/mine"))
    assert catalog.get(MINE).defaults == TextDefaults()
    assert catalog.default == "smollm2-135m"


def test_a_host_may_choose_another_default_and_change_an_entry(extra: Path) -> None:
    extra.write_text('default = "mine"\n' + ENTRY.replace("mine]", "fake]").replace("mine.", "fake.") + ENTRY)

    catalog = Catalog.load(extra)

    assert catalog.default == MINE
    assert catalog.get(ModelName("fake")).title == "Mine"


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
        ("path", "paths", "models.mine.source.path"),
        ("[models.mine]", 'default = "nobody"\n[models.mine]', "default"),
        ("[models.mine]", "[models", "mine.toml"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_key(extra: Path, found: str, put: str, key: str) -> None:
    extra.write_text(ENTRY.replace(found, put, 1))

    with pytest.raises(CatalogBrokenError) as refusal:
        Catalog.load(extra)

    assert key in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogBrokenError, match="nowhere"):
        Catalog.load(tmp_path / "nowhere.toml")
