"""What Atelier knows by itself."""

import re
from pathlib import Path

import pytest

from inference.catalog.catalog import Catalog
from inference.catalog.model import Model
from inference.catalog.sources import HubSource, PartsSource, WheelSource, WheelsSource
from inference.contract.identifiers import ModelName
from inference.contract.image import Canvas, Option
from inference.contract.mediums import Basis, Medium

FREE = {"Apache-2.0", "MIT", "BSD-3-Clause"}
ADVERSARIAL = ModelName("sd-turbo")
CATALOG = Catalog.load()
DOCUMENT = Path(__file__).parents[3] / "docs" / "models.md"


def of_hub(medium: Medium) -> list[Model]:
    return [model for model in CATALOG if isinstance(model.source, HubSource) and model.medium is medium]


@pytest.fixture(params=[model.name for medium in Medium for model in of_hub(medium)])
def hub_model(request: pytest.FixtureRequest) -> Model:
    return CATALOG.get(request.param)


def test_the_starter_is_the_default_and_can_be_pulled() -> None:
    starter = CATALOG.get(CATALOG.defaults[Medium.TEXT])

    assert isinstance(starter.source, WheelSource)
    assert starter.languages == ("en",)
    assert len(starter.source_sha256) == 64


def test_the_starter_that_draws_comes_of_a_wheel_and_of_atelier_and_is_enlarged() -> None:
    starter = CATALOG.get(CATALOG.defaults[Medium.IMAGE])

    assert isinstance(starter.source, PartsSource)
    assert (Path(__file__).parents[3] / "inference" / starter.source.beside / "model_index.json").is_file()
    assert CATALOG.upscaler_of(starter).name == "realesr-animevideov3"
    assert CATALOG.scale_of(starter) == 4


def test_what_a_new_installation_fetches_is_free_and_asks_for_nothing() -> None:
    models = CATALOG.in_use({})

    assert {model.licence for model in models} <= FREE
    assert {model.acknowledgement for model in models} == {""}


def test_a_model_of_the_hub_is_named_by_commit_and_class(hub_model: Model) -> None:
    assert isinstance(hub_model.source, HubSource)
    sources = [hub_model.source, *(adapter.source for adapter in hub_model.adapters)]
    assert all(re.fullmatch(r"[0-9a-f]{40}", source.revision) for source in sources)
    assert hub_model.architecture.endswith("ForCausalLM") or (hub_model.picture and hub_model.picture.pipeline)
    assert hub_model.download_bytes


def test_what_is_not_free_for_everything_asks_for_agreement(hub_model: Model) -> None:
    assert hub_model.licence in FREE or hub_model.acknowledgement


@pytest.mark.parametrize("gib", [6, 12, 24])
def test_each_size_of_card_has_a_model_that_writes_in_both_languages(gib: int) -> None:
    fitting = [model for model in of_hub(Medium.TEXT) if gib / 2 < model.memory_gib < gib]

    assert any({"en", "zh"} <= set(model.languages) for model in fitting)


@pytest.mark.parametrize("gib", [3, 6, 12, 24])
def test_each_size_of_card_has_a_model_that_draws_in_few_steps(gib: int) -> None:
    fitting = [model for model in of_hub(Medium.IMAGE) if gib / 2 < model.memory_gib < gib]

    assert any(model.picture and model.picture.steps <= 9 for model in fitting)


@pytest.mark.parametrize("gib", [12, 24])
def test_the_larger_cards_have_a_model_that_draws_what_is_said_in_chinese(gib: int) -> None:
    assert any("zh" in model.languages for model in of_hub(Medium.IMAGE) if gib / 2 < model.memory_gib < gib)


def test_one_model_draws_in_a_single_step_without_guidance() -> None:
    model = CATALOG.get(ADVERSARIAL)

    assert model.picture is not None
    assert (model.picture.steps, model.picture.guidance) == (1, 0)
    assert not model.options & {Option.GUIDANCE, Option.AVOID}
    assert "Stability AI" in model.acknowledgement


def test_what_draws_without_guidance_cannot_avoid_anything() -> None:
    for model in CATALOG:
        if model.picture and model.picture.guidance <= 1:
            assert not model.options & {Option.AVOID, Option.GUIDANCE}


def test_every_picture_can_be_enlarged_and_shown() -> None:
    for model in CATALOG:
        upscaling = CATALOG.upscaler_of(model).upscaling if model.picture else None
        if model.picture and upscaling:
            scale = CATALOG.scale_of(model)
            shown = Canvas(width=model.picture.canvas.width * scale, height=model.picture.canvas.height * scale)
            assert shown.width * shown.height <= upscaling.most_pixels


def test_whoever_draws_may_begin_from_a_picture() -> None:
    assert all({Basis.NOTHING, Basis.REFERENCE} <= model.bases for model in CATALOG if model.picture)


def test_what_nobody_vouches_for_asks_for_agreement() -> None:
    in_parts = [model for model in CATALOG if isinstance(model.source, WheelsSource)]

    assert {model.name for model in in_parts} == {"qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"}
    assert all("somebody unknown" in model.acknowledgement for model in in_parts)
    assert all(model.source_sha256 and model.download_bytes for model in in_parts)


def test_the_document_names_every_model_with_its_memory() -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]

    for model in CATALOG:
        if model.memory_gib and model.picture is not None:
            assert any(f"`{model.name}`" in row and f"| {model.memory_gib:g} GiB |" in row for row in rows), model.name


def test_the_document_says_what_members_may_set() -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in DOCUMENT.read_text().splitlines()]
    order = (Option.AVOID, Option.CANVAS, Option.STEPS, Option.GUIDANCE, Option.STRENGTH)

    for model in CATALOG:
        if model.memory_gib and model.picture is not None:
            honoured = ["yes" if option in model.options else "no" for option in order]
            assert any(
                len(row) > 6
                and row[1] == f"`{model.name}`"
                and [cell[:3].rstrip(", ") for cell in row[2:7]] == honoured
                for row in rows
            ), model.name
