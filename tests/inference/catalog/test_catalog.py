import re
from pathlib import Path

import pytest

from inference.catalog.catalog import Catalog, FolderSource, HubSource, Model, TextDefaults, WheelSource, WheelsSource
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


@pytest.fixture(params=[model.name for model in Catalog.load() if isinstance(model.source, HubSource)])
def hub_model(request: pytest.FixtureRequest) -> Model:
    return Catalog.load().get(request.param)


def test_the_shipped_models_of_the_hub_are_named_by_commit_and_class(hub_model: Model) -> None:
    assert isinstance(hub_model.source, HubSource)
    assert re.fullmatch(r"[0-9a-f]{40}", hub_model.source.revision)
    assert hub_model.architecture.endswith("ForCausalLM")
    assert hub_model.licence in {"Apache-2.0", "MIT"}
    assert hub_model.download_bytes


@pytest.mark.parametrize("gib", [6, 12, 24])
def test_each_size_of_card_has_a_model_in_both_languages(gib: int) -> None:
    fitting = [model for model in Catalog.load() if isinstance(model.source, HubSource) and model.memory_gib < gib]

    assert any({"en", "zh"} <= set(model.languages) and model.memory_gib > gib / 2 for model in fitting)


def test_what_nobody_vouches_for_asks_for_agreement() -> None:
    in_parts = [model for model in Catalog.load() if isinstance(model.source, WheelsSource)]

    assert {model.name for model in in_parts} == {"qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"}
    assert all("somebody unknown" in model.acknowledgement for model in in_parts)
    assert all(model.source_sha256 and model.download_bytes for model in in_parts)


def test_the_starter_asks_for_nothing() -> None:
    catalog = Catalog.load()

    assert catalog.get(catalog.default).acknowledgement == ""


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
