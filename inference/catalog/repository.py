"""A model out of a repository of the hub: what describes it, looked through, and only then its weights."""

import asyncio
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp

from inference.catalog.catalog import HubSource, Model
from inference.catalog.errors import HttpRefusedError, SumMismatchError
from inference.catalog.hub import Access, HubPlan, access_error, planned, wanted_of
from inference.catalog.record import Pin, pin_of, put_pin
from inference.catalog.transfer import Wanted, sha256_of
from inference.catalog.vetting import vet_configuration, vet_shards
from inference.catalog.workplace import Verifying, Workplace


async def fill_from_hub(
    model: Model, source: HubSource, models: Path, place: Workplace, access: Access
) -> dict[str, Any]:
    """Make the model's folder. Returns facts to keep."""
    pin = pin_of(model, models)
    plan = await planned(model.name, source, commit=pin.commit if pin else None, access=access)
    try:
        async with access.session() as session:
            wanted = await _fetch(session, model, plan, place, access)
    except HttpRefusedError as error:
        raise access_error(plan, error, access) from error
    place.on_progress(Verifying())
    sums = {name: await asyncio.to_thread(sha256_of, file.path) for name, file in wanted.items()}
    if pin and dict(pin.sha256) != sums:
        raise SumMismatchError(name=model.name, expected=f"the files first pulled of {pin.commit}", found="others")
    for name, file in wanted.items():
        file.path.replace(place.model / name)
    put_pin(model, models, Pin(repository=plan.repository, revision=source.revision, commit=plan.commit, sha256=sums))
    return {"source_sha256": _sum_of(sums), "commit": plan.commit, "sha256": sums}


async def _fetch(
    session: aiohttp.ClientSession, model: Model, plan: HubPlan, place: Workplace, access: Access
) -> dict[str, Wanted]:
    """The files by their names in the repository."""
    wanted = dict(zip(plan.files, wanted_of(plan, place.files, access), strict=True))
    everything = list(wanted.values())
    place.sweep(everything)
    described = {part.name: file for part, file in wanted.items() if not part.is_weights}
    await place.fetch(session, list(described.values()), of=everything)
    place.model.mkdir()
    for name, file in described.items():
        shutil.copyfile(file.path, place.model / name)
    vet_configuration(model.name, place.model, model.architecture)
    vet_shards(model.name, place.model, [part.name for part in plan.files])
    await place.fetch(session, everything, of=everything)
    return {part.name: file for part, file in wanted.items()}


def _sum_of(sums: dict[str, str]) -> str:
    """One sum over many files: of the lines that sha256sum would write of them in the order of their names."""
    return sha256("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()).hexdigest()
