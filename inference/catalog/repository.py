"""A model out of repositories of the hub: what describes it, looked through, and only then its weights."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from inference.catalog.errors import FilesMissingError, HttpRefusedError, SumMismatchError
from inference.catalog.hub import Access, HubPlan, access_error, listed, narrowed, wanted_of
from inference.catalog.layout import INDEX, PICKLES, files_of_model, files_of_pipeline
from inference.catalog.model import DIFFUSERS, Adapter, Model, PictureDefaults
from inference.catalog.record import Pin, pin_of, put_pin
from inference.catalog.sources import HubSource
from inference.catalog.sums import sha256_of, sum_over
from inference.catalog.transfer import Wanted, fetch
from inference.catalog.vetting import (
    components_of,
    vet_component,
    vet_configuration,
    vet_names,
    vet_parts,
    vet_shards,
)
from inference.catalog.workplace import Verifying, Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """What one repository gives to a model: the files of a plan, and their downloads in the same order."""

    source: HubSource
    pin: Pin | None
    plan: HubPlan
    wanted: Sequence[Wanted]
    adapter: Adapter | None = None

    @property
    def described(self) -> dict[str, Wanted]:
        """What is no weights, by its name in the repository."""
        return {
            part.name: file
            for part, file in zip(self.plan.files, self.wanted, strict=True)
            if not part.is_weights and not self.adapter
        }

    def sums(self) -> dict[str, str]:
        """Of the files that have come, by their names in the repository."""
        return {part.name: sha256_of(file.path) for part, file in zip(self.plan.files, self.wanted, strict=True)}

    def place_of(self, name: str) -> str:
        return self.adapter.place if self.adapter else name


async def fill_from_hub(
    model: Model, source: HubSource, models: Path, place: Workplace, access: Access
) -> dict[str, Any]:
    """Make the model's folder. Returns facts to keep."""
    async with access.session() as session:
        shares = [await _share(session, model, source, models, place, access)]
        shares += [await _adapter_share(model, adapter, models, place, access) for adapter in model.adapters]
        await _fetch(session, model, shares, place, access)
    place.on_progress(Verifying())
    sums = [await asyncio.to_thread(share.sums) for share in shares]
    pins = [_pin(model, share, found) for share, found in zip(shares, sums, strict=True)]
    for share, pin in zip(shares, pins, strict=True):
        _put_in_place(share, place.model)
        put_pin(model, models, pin, share.adapter)
    placed = {share.place_of(name): found[name] for share, found in zip(shares, sums, strict=True) for name in found}
    return {
        "source_sha256": sum_over(placed),
        "commit": pins[0].commit,
        "sha256": sums[0],
        "adapters": {share.adapter.name: asdict(pin) for share, pin in zip(shares, pins, strict=True) if share.adapter},
    }


async def _share(
    session: aiohttp.ClientSession, model: Model, source: HubSource, models: Path, place: Workplace, access: Access
) -> _Share:
    pin = pin_of(model, models)
    plan = await listed(model.name, source, commit=pin.commit if pin else None, access=access)
    names = [file.name for file in plan.files]
    if model.engine == DIFFUSERS and model.picture:
        index = narrowed(model.name, HubSource(repository="", revision=""), plan, [INDEX])
        components = await _components(session, model, model.picture, index, place, access)
        needed = files_of_pipeline(names, components, model.picture.variant)
        _vet_components(model.name, components, names, needed)
    else:
        needed = files_of_model(names)
        vet_names(model.name, [name for name in names if "/" not in name])
    plan = narrowed(model.name, source, plan, needed)
    return _Share(source=source, pin=pin, plan=plan, wanted=wanted_of(plan, place.files, access))


async def _adapter_share(model: Model, adapter: Adapter, models: Path, place: Workplace, access: Access) -> _Share:
    pin = pin_of(model, models, adapter)
    plan = await listed(model.name, adapter.source, commit=pin.commit if pin else None, access=access)
    plan = narrowed(model.name, adapter.source, plan, [adapter.file])
    if not plan.files:
        raise FilesMissingError(name=f"{model.name}: {adapter.source.repository}", files=adapter.file)
    wanted = wanted_of(plan, place.files, access)
    return _Share(source=adapter.source, pin=pin, plan=plan, wanted=wanted, adapter=adapter)


async def _components(
    session: aiohttp.ClientSession,
    model: Model,
    picture: PictureDefaults,
    index: HubPlan,
    place: Workplace,
    access: Access,
) -> dict[str, str]:
    """What the pipeline's index names, which is fetched before it is known what else is needed."""
    if not index.files:
        raise FilesMissingError(name=model.name, files=INDEX)
    (wanted,) = wanted_of(index, place.files, access)
    with _telling_of_access(index, access):
        await fetch(session, wanted, lambda: None)
    return components_of(model.name, wanted.path, picture.pipeline)


def _vet_components(name: str, components: Mapping[str, str], names: Sequence[str], needed: Sequence[str]) -> None:
    present = {*needed, *(file for file in names if file.endswith(PICKLES))}
    for component, class_name in components.items():
        vet_component(name, component, class_name, _below(component, present))


async def _fetch(
    session: aiohttp.ClientSession, model: Model, shares: Sequence[_Share], place: Workplace, access: Access
) -> None:
    everything = [file for share in shares for file in share.wanted]
    place.sweep(everything)
    place.model.mkdir()
    for share in shares:
        with _telling_of_access(share.plan, access):
            await place.fetch(session, list(share.described.values()), of=everything)
    described = shares[0].described
    for name, file in described.items():
        (place.model / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, place.model / name)
    _vet(model, place.model, [part.name for part in shares[0].plan.files])
    for share in shares:
        with _telling_of_access(share.plan, access):
            await place.fetch(session, share.wanted, of=everything)


def _vet(model: Model, folder: Path, files: Sequence[str]) -> None:
    """What describes the model, with the names of the files that are still to come."""
    if model.engine == DIFFUSERS and model.picture:
        components = components_of(model.name, folder / INDEX, model.picture.pipeline)
        vet_parts(model.name, folder, {component: _below(component, files) for component in components})
    else:
        vet_configuration(model.name, folder, model.architecture)
        vet_shards(model.name, folder, files)


def _below(component: str, files: Sequence[str] | set[str]) -> list[str]:
    prefix = f"{component}/"
    return [file.removeprefix(prefix) for file in files if file.startswith(prefix)]


def _pin(model: Model, share: _Share, sums: Mapping[str, str]) -> Pin:
    """Raises `SumMismatchError` if the files are not those that were first pulled of this commit."""
    if share.pin and dict(share.pin.sha256) != dict(sums):
        raise SumMismatchError(
            name=model.name, expected=f"the files first pulled of {share.pin.commit}", found="others"
        )
    return Pin(repository=share.plan.repository, revision=share.source.revision, commit=share.plan.commit, sha256=sums)


def _put_in_place(share: _Share, folder: Path) -> None:
    for part, file in zip(share.plan.files, share.wanted, strict=True):
        target = folder / share.place_of(part.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.path.replace(target)


@contextmanager
def _telling_of_access(plan: HubPlan, access: Access) -> Iterator[None]:
    try:
        yield
    except HttpRefusedError as error:
        raise access_error(plan, error, access) from error
