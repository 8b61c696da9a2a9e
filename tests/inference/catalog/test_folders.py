"""Models in folders of the host's own: nothing is fetched, and what they hold is looked through."""

from dataclasses import replace
from pathlib import Path

import pytest

from inference.catalog.errors import FilesMissingError, PickledWeightsError, RemoteCodeError
from inference.catalog.puller import is_present, pull
from inference.catalog.sources import BuiltinSource, FolderSource
from tests.inference.catalog.tiny import MODEL


@pytest.fixture
def provided(tmp_path: Path) -> Path:
    """A folder of the host's own, as far as it is looked at."""
    folder = tmp_path / "provided"
    folder.mkdir()
    (folder / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    (folder / "model.safetensors").touch()
    return folder


def test_what_needs_no_pulling_is_present(provided: Path) -> None:
    assert is_present(replace(MODEL, source=BuiltinSource()), provided)
    assert is_present(replace(MODEL, source=FolderSource(path=provided)), provided)
    assert not is_present(replace(MODEL, source=FolderSource(path=provided / "nowhere")), provided)


async def test_a_folder_with_pickles_alone_is_refused(provided: Path) -> None:
    (provided / "model.safetensors").rename(provided / "pytorch_model.bin")
    model = replace(MODEL, source=FolderSource(path=provided))

    with pytest.raises(PickledWeightsError):
        await pull(model, provided, lambda _: None)

    assert not is_present(model, provided)


async def test_a_folder_with_code_of_its_own_is_refused(provided: Path) -> None:
    (provided / "config.json").write_text('{"auto_map": {"AutoModelForCausalLM": "mine.Mine"}}')
    model = replace(MODEL, source=FolderSource(path=provided))

    with pytest.raises(RemoteCodeError):
        await pull(model, provided, lambda _: None)

    assert not is_present(model, provided)


async def test_a_folder_for_llama_cpp_with_code_of_its_own_is_refused(provided: Path) -> None:
    (provided / "weights.gguf").touch()
    (provided / "tokenizer_config.json").write_text('{"auto_map": {"AutoTokenizer": ["mine.Mine", null]}}')

    with pytest.raises(RemoteCodeError):
        await pull(replace(MODEL, engine="llama", source=FolderSource(path=provided)), provided, lambda _: None)


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FilesMissingError, match="nowhere"):
        await pull(replace(MODEL, source=FolderSource(path=tmp_path / "nowhere")), tmp_path, lambda _: None)
