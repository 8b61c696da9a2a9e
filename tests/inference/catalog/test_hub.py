"""Pulls from a hub, which is a real HTTP server that answers what huggingface_hub asks."""

import asyncio
import hashlib
import json
import os
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from inference.catalog.errors import (
    AccessDeniedError,
    ConfigurationBrokenError,
    DownloadFailedError,
    FilesMissingError,
    PickledWeightsError,
    PullError,
    RemoteCodeError,
    SumMismatchError,
)
from inference.catalog.hub import Access
from inference.catalog.model import Model
from inference.catalog.puller import is_present, pull
from inference.catalog.record import pin_of
from inference.catalog.sources import HubSource
from inference.catalog.workplace import Downloading, PullEvent, Ready, Verifying
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Medium
from tests.inference.catalog.servers import COMMIT, LATER_COMMIT, REPOSITORY, Shelf, names_in

ROOT = Path(__file__).resolve().parents[3]
WEIGHTS = random.Random(1).randbytes(3_000_000)
CONFIG = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}
MODEL = Model(
    name=ModelName("tiny"),
    title="Tiny",
    medium=Medium.TEXT,
    engine="transformers",
    source=HubSource(repository=REPOSITORY, revision="main"),
    licence="Apache-2.0",
    memory_gib=0.1,
    languages=("en",),
    context_tokens=512,
    architecture="Qwen3ForCausalLM",
)
KILLED = """
import asyncio, sys
from pathlib import Path
from inference.catalog.hub import Access
from inference.catalog.puller import pull
from tests.inference.catalog.test_hub import MODEL
asyncio.run(pull(MODEL, Path(sys.argv[1]), lambda event: print(getattr(event, "bytes", 0), flush=True)))
"""


@pytest.fixture
def hub(shelf: Shelf) -> Shelf:
    shelf.files = {
        "README.md": b"hello",
        "config.json": json.dumps(CONFIG).encode(),
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"a pickle",
        "tokenizer.json": b"{}",
        "modeling_tiny.py": b"print('remote code')",
    }
    return shelf


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def sourced(**changes: object) -> Model:
    assert isinstance(MODEL.source, HubSource)
    return replace(MODEL, source=replace(MODEL.source, **changes))  # type: ignore[arg-type]  # As the caller says.


def everything_in(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def test_what_a_model_needs_comes_here_and_nothing_else(hub: Shelf, models: Path) -> None:
    events: list[PullEvent] = []

    folder = await pull(MODEL, models, events.append)

    assert is_present(MODEL, models)
    assert names_in(folder) == ["config.json", "model.json", "model.safetensors", "tokenizer.json"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert list(dict.fromkeys(type(event) for event in events)) == [Downloading, Verifying, Ready]
    assert names_in(models) == ["tiny", "tiny.json"]


async def test_the_commit_and_the_sums_are_written_down(hub: Shelf, models: Path) -> None:
    folder = await pull(MODEL, models, lambda _: None)

    marker = json.loads((folder / "model.json").read_text())
    assert marker["commit"] == COMMIT
    assert marker["sha256"]["model.safetensors"] == sha256(WEIGHTS)
    pin = pin_of(MODEL, models)
    assert pin is not None
    assert (pin.commit, dict(pin.sha256)) == (COMMIT, marker["sha256"])


async def test_a_branch_that_moved_on_is_still_the_commit_first_seen(hub: Shelf, models: Path) -> None:
    folder = await pull(MODEL, models, lambda _: None)
    (folder / "model.json").unlink()
    hub.commits["main"] = LATER_COMMIT

    await pull(MODEL, models, lambda _: None)

    assert json.loads((folder / "model.json").read_text())["commit"] == COMMIT


async def test_a_commit_whose_files_are_others_now_is_refused(hub: Shelf, models: Path) -> None:
    folder = await pull(MODEL, models, lambda _: None)
    (folder / "model.json").unlink()
    hub.files["model.safetensors"] = WEIGHTS[::-1]

    with pytest.raises(SumMismatchError):
        await pull(MODEL, models, lambda _: None)


async def test_a_download_that_breaks_off_goes_on_by_itself(hub: Shelf, models: Path) -> None:
    hub.cuts["model.safetensors"] = 2_500_000

    folder = await pull(MODEL, models, lambda _: None)

    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    first, then = [wish for name, wish in hub.ranges if name == "model.safetensors"]
    assert first == ""
    assert 2_000_000 < int(then.removeprefix("bytes=").removesuffix("-")) <= 2_500_000


async def test_a_pull_that_was_killed_goes_on_where_it_was(hub: Shelf, models: Path) -> None:
    hub.stalls["model.safetensors"] = 2_500_000
    begun = 2_500_000 + len(hub.files["config.json"]) + len(hub.files["tokenizer.json"])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(models)),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async for line in process.stdout:
        if int(line) == begun:
            break
    process.kill()
    await process.wait()

    folder = await pull(MODEL, models, lambda _: None)

    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert hub.ranges[-1] == ("model.safetensors", "bytes=2500000-")
    assert [name for name, _ in hub.ranges].count("config.json") == 1


async def test_a_half_of_another_file_is_fetched_anew(hub: Shelf, models: Path) -> None:
    files = models / ".pulling-tiny" / "files"
    files.mkdir(parents=True)
    (files / f"{sha256(WEIGHTS)[:16]}-model.safetensors.partial").write_bytes(b"spoilt")

    folder = await pull(MODEL, models, lambda _: None)

    assert (folder / "model.safetensors").read_bytes() == WEIGHTS


async def test_a_file_with_another_sum_than_the_hub_tells_is_refused(hub: Shelf, models: Path) -> None:
    hub.told_sums["model.safetensors"] = "0" * 64

    with pytest.raises(SumMismatchError):
        await pull(MODEL, models, lambda _: None)

    assert names_in(models) == []


async def test_a_file_with_another_sum_than_the_catalog_tells_is_not_even_fetched(hub: Shelf, models: Path) -> None:
    with pytest.raises(SumMismatchError):
        await pull(sourced(sha256={"model.safetensors": "0" * 64}), models, lambda _: None)

    assert hub.ranges == []


async def test_a_small_file_with_another_sum_is_refused(hub: Shelf, models: Path) -> None:
    with pytest.raises(SumMismatchError):
        await pull(sourced(sha256={"tokenizer.json": "0" * 64}), models, lambda _: None)


async def test_a_repository_of_pickles_alone_is_refused_unread(hub: Shelf, models: Path) -> None:
    del hub.files["model.safetensors"]

    with pytest.raises(PickledWeightsError):
        await pull(MODEL, models, lambda _: None)

    assert hub.ranges == []


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "generation_config.json"])
@pytest.mark.parametrize(
    "code",
    [
        {"auto_map": {"AutoModel": "modeling_tiny.Tiny"}},
        {"custom_pipelines": {"tiny": {"impl": "modeling_tiny.Tiny"}}},
        {"text_config": [{"auto_map": {}}]},
    ],
)
async def test_a_repository_with_code_of_its_own_is_refused_before_its_weights(
    hub: Shelf, models: Path, file: str, code: dict[str, object]
) -> None:
    hub.files[file] = json.dumps({**CONFIG, **code}).encode()

    with pytest.raises(RemoteCodeError):
        await pull(MODEL, models, lambda _: None)

    assert "model.safetensors" not in [name for name, _ in hub.ranges]
    assert names_in(models) == []


async def test_another_architecture_than_the_catalog_names_is_refused(hub: Shelf, models: Path) -> None:
    with pytest.raises(ConfigurationBrokenError, match="LlamaForCausalLM"):
        await pull(replace(MODEL, architecture="LlamaForCausalLM"), models, lambda _: None)


async def test_a_missing_part_of_the_weights_is_named(hub: Shelf, models: Path) -> None:
    shards = {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}
    hub.files["model.safetensors.index.json"] = json.dumps({"weight_map": shards}).encode()

    with pytest.raises(FilesMissingError, match="model-00002-of-00002"):
        await pull(MODEL, models, lambda _: None)


async def test_a_part_of_the_weights_in_a_pickle_is_refused(hub: Shelf, models: Path) -> None:
    hub.files["model.safetensors.index.json"] = b'{"weight_map": {"a": "pytorch_model.bin"}}'

    with pytest.raises(PickledWeightsError):
        await pull(MODEL, models, lambda _: None)


@pytest.mark.parametrize("config", [b"[" * 100_000, b'{"architectures": 5}', b"[]", b"\xff"])
async def test_a_configuration_that_makes_no_sense_is_one_line(hub: Shelf, models: Path, config: bytes) -> None:
    hub.files["config.json"] = config

    with pytest.raises(ConfigurationBrokenError) as refusal:
        await pull(MODEL, models, lambda _: None)

    assert "\n" not in str(refusal.value)
    assert names_in(models) == []


async def test_a_configuration_too_large_to_be_one_is_not_fetched(
    hub: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.catalog.hub._DESCRIPTION_BYTES", 1_000)
    hub.files["config.json"] += b" " * 1_000

    with pytest.raises(ConfigurationBrokenError, match=r"config\.json"):
        await pull(MODEL, models, lambda _: None)

    assert hub.ranges == []


async def test_a_sum_that_is_a_path_leads_nowhere(hub: Shelf, models: Path) -> None:
    hub.told_sums["model.safetensors"] = "../../../../out"

    with pytest.raises(ConfigurationBrokenError, match="no sum"):
        await pull(MODEL, models, lambda _: None)


async def test_a_source_that_takes_back_what_it_gave_is_given_up(hub: Shelf, models: Path) -> None:
    hub.takes_back = frozenset({"model.safetensors"})

    with pytest.raises(DownloadFailedError, match="takes files back"):
        await pull(MODEL, models, lambda _: None)


async def test_what_answers_in_the_hub_s_place_is_no_hub(
    hub: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"{hub.url}/portal")

    with pytest.raises(DownloadFailedError):
        await pull(MODEL, models, lambda _: None)


async def test_a_mirror_may_be_named_by_a_setting(hub: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    await pull(MODEL, models, lambda _: None, access=Access(endpoint=hub.url))

    assert is_present(MODEL, models)


async def test_an_entry_that_names_what_was_fetched_fetches_nothing(hub: Shelf, models: Path) -> None:
    await pull(MODEL, models, lambda _: None)

    sums = {"model.safetensors": sha256(WEIGHTS)}
    assert is_present(sourced(revision=COMMIT, sha256=sums), models)
    assert not is_present(sourced(revision=LATER_COMMIT), models)
    assert not is_present(sourced(sha256={"model.safetensors": sha256(b"other")}), models)
    assert not is_present(sourced(repository="someone/else"), models)


async def test_a_netrc_speaks_neither_beside_the_token_nor_elsewhere(
    hub: Shelf, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    await pull(MODEL, models, lambda _: None, access=Access(token="hf_secret"))

    assert hub.tokens == {"Bearer hf_secret"}
    assert hub.tokens_elsewhere == set()


async def test_a_gated_repository_without_a_token_is_one_clear_line(hub: Shelf, models: Path) -> None:
    hub.is_gated = True

    with pytest.raises(AccessDeniedError, match="HF_TOKEN") as refusal:
        await pull(MODEL, models, lambda _: None)

    assert not refusal.value.has_token
    assert "\n" not in str(refusal.value)


async def test_a_token_opens_a_gated_repository_and_is_not_written_down(hub: Shelf, models: Path) -> None:
    hub.is_gated = True

    await pull(MODEL, models, lambda _: None, access=Access(token="hf_secret"))

    assert hub.tokens == {"Bearer hf_secret"}
    assert hub.tokens_elsewhere == set()
    assert "hf_secret" not in everything_in(models)


async def test_a_repository_that_is_not_there_is_one_clear_line(hub: Shelf, models: Path) -> None:
    hub.is_private = True

    with pytest.raises(AccessDeniedError, match=REPOSITORY):
        await pull(MODEL, models, lambda _: None)


async def test_a_revision_that_is_not_there_is_named(hub: Shelf, models: Path) -> None:
    with pytest.raises(DownloadFailedError, match="no revision v9") as refusal:
        await pull(sourced(revision="v9"), models, lambda _: None)

    assert not refusal.value.is_offline


async def test_no_network_is_told_as_such(hub: Shelf, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    with pytest.raises(DownloadFailedError) as refusal:
        await pull(MODEL, models, lambda _: None)

    assert refusal.value.is_offline


async def test_a_second_pull_at_the_same_time_is_refused(hub: Shelf, models: Path) -> None:
    hub.stalls["model.safetensors"] = 1_000
    first = asyncio.ensure_future(pull(MODEL, models, lambda _: None))
    await hub.stalled.wait()

    with pytest.raises(PullError, match="another process"):
        await pull(MODEL, models, lambda _: None)

    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert names_in(models) == [".pulling-tiny"]
