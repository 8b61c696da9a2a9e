"""The classes of transformers that the catalog's models are of, each tried with a tiny model of random weights."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import transformers
from transformers import AutoTokenizer

from inference.catalog.catalog import Catalog
from inference.catalog.model import Model
from inference.catalog.puller import is_present
from inference.contract.artifacts import Artifact
from inference.contract.events import Progressed, Succeeded
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium
from inference.engines.checkpoint import Checkpoint
from inference.engines.engine import Batch, ModelBrokenError, Run
from inference.engines.residency import Residency
from inference.engines.shelf import Shelf
from inference.engines.text import TextEngine
from tests.inference.engines.tiny import CONTEXT_TOKENS, TINY, build_tiny, tiny_catalog

NAMED = {model.architecture for model in Catalog.load() if model.architecture}
# What the wheels' GGUF files are converted to.
CONVERTED = {"LlamaForCausalLM", "Qwen2ForCausalLM"}

MakeRun = Callable[..., Run]


@pytest.fixture(params=sorted(NAMED | CONVERTED))
def architecture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def model(architecture: str, tmp_path: Path) -> Model:
    """As a host's folder or a pull from the hub leaves it: configuration, tokenizer and safetensors."""
    build_tiny(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    network = getattr(transformers, architecture)
    torch.manual_seed(7)
    config = network.config_class(
        vocab_size=len(tokenizer) + 3,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=4,  # SmolLM3 leaves positions out of each fourth.
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT_TOKENS,
        initializer_range=0.4,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    network(config).save_pretrained(tmp_path)
    return replace(tiny_catalog(tmp_path).get(TINY), architecture=architecture)


def engine_of(model: Model, folder: Path) -> TextEngine:
    catalog = Catalog(models={model.name: model}, defaults={Medium.TEXT: model.name})
    shelf = Shelf(catalog=catalog, models=folder, residency=Residency(budget_gib=1))
    return TextEngine(shelf=shelf, device="cpu", dtype="float32")


def written(engine: TextEngine, *runs: Run) -> list[str]:
    """The texts of the runs, in their order, made together."""
    batch, artifacts = Batch(), dict[int, Artifact]()
    for run in runs:
        batch.admit(run)
    for event in engine.run(batch):
        if event is None or isinstance(event, Progressed):
            continue
        assert isinstance(event, Succeeded), event
        artifacts[event.job_id] = event.making.artifacts[0]
        batch.end(event.job_id)
    return [artifacts[run.job_id].path.read_text(encoding="utf-8") for run in runs]


def test_the_hub_s_models_name_their_class() -> None:
    assert {"Qwen3ForCausalLM", "SmolLM3ForCausalLM"} == NAMED


def test_a_model_of_each_class_is_present_as_a_folder(model: Model, tmp_path: Path) -> None:
    assert is_present(model, tmp_path)


def test_a_model_of_each_class_writes(model: Model, tmp_path: Path, make_run: MakeRun) -> None:
    (text,) = written(engine_of(model, tmp_path), make_run(1, words=20, seed=1))

    assert text.strip()


def test_a_model_of_each_class_writes_the_same_alone_and_in_company(
    model: Model, tmp_path: Path, make_run: MakeRun
) -> None:
    prompts = ["the river at night", "a much longer prompt about the old door and the sea, the lamp and the wind", "夜"]
    alone = [
        written(engine_of(model, tmp_path), make_run(number, prompt=prompt, words=20, seed=number))[0]
        for number, prompt in enumerate(prompts)
    ]

    runs = [make_run(10 + number, prompt=prompt, words=20, seed=number) for number, prompt in enumerate(prompts)]
    together = written(engine_of(model, tmp_path), *runs)

    assert together == alone


@pytest.fixture
def llama(tmp_path: Path) -> Model:
    build_tiny(tmp_path)
    return tiny_catalog(tmp_path).get(TINY)


def load(model: Model, folder: Path) -> Checkpoint:
    return Checkpoint.load(model, folder, device="cpu", dtype=torch.float32)


def test_a_folder_with_code_of_its_own_is_never_loaded(llama: Model, tmp_path: Path) -> None:
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModelForCausalLM": "evil.Evil"}}))
    (tmp_path / "evil.py").write_text("raise SystemExit")

    with pytest.raises(ModelBrokenError, match="auto_map"):
        load(llama, tmp_path)


def test_a_folder_with_pickles_alone_is_never_loaded(llama: Model, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")

    with pytest.raises(ModelBrokenError, match="pickles"):
        load(llama, tmp_path)


def test_a_folder_of_another_class_than_the_catalog_names_is_not_loaded(llama: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelBrokenError, match="Qwen3ForCausalLM"):
        load(replace(llama, name=ModelName("other"), architecture="Qwen3ForCausalLM"), tmp_path)
