"""What the bot runs on: Python, memory, disk, the models that were chosen, the device that they run on."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.app import actor_settings
from bot.doctor.findings import GIB, Finding, ill, size
from bot.errand import returned
from bot.settings import Settings
from inference.actor.supervisor import ActorSettings, Supervisor
from inference.actor.wire import Hello
from inference.cards import Cards, cards_of
from inference.catalog.catalog import Catalog
from inference.catalog.model import Model
from inference.catalog.puller import is_present
from inference.contract.environment import passed_on
from inference.contract.mediums import Basis
from inference.contract.outage import ActorDownError, Cause, Outage
from inference.hardware import processor

OLDEST_PYTHON: Final = (3, 11)
BOT_GIB: Final = 0.5  # What the bot's own process and a quiet database take, with room to spare.
SPARE_DISK_GIB: Final = 2.0
HANDSHAKE_SECONDS: Final = 120.0
_MAX_ANSWER_BYTES: Final = 2**16
_ADVICE: Final = {
    Cause.LIBRARY_BROKEN: "install Atelier again, in a new environment",
    Cause.WRONG_BUILD: "install torch for CUDA (https://pytorch.org/get-started/locally), or set ATELIER_DEVICE=cpu",
    Cause.DRIVER_OLD: "update the driver, or install a torch that is built for an older CUDA",
    Cause.DRIVER_MISSING: "install or load the driver: nvidia-smi has to work first",
    Cause.DRIVER_FAILS: "see what nvidia-smi says; after an update of the driver, restart the machine",
    Cause.CARD_MISSING: "set ATELIER_DEVICE=auto, or cpu",
    Cause.CARD_WITHHELD: "give the card to the container or the user that runs the bot (docker run --gpus all)",
    Cause.OTHER_VERSION: "restart the bot",
    Cause.OUT_OF_MEMORY: "end what holds the memory, or choose a smaller model",
    Cause.CRASHED: "see the log above, and install Atelier again if torch is broken",
    Cause.NOT_SPAWNED: "see how many processes and how much memory the system allows",
}
_ABOUT_CARDS: Final = frozenset(
    {Cause.WRONG_BUILD, Cause.DRIVER_OLD, Cause.DRIVER_MISSING, Cause.DRIVER_FAILS, Cause.CARD_WITHHELD}
)


async def python(_: Settings) -> Sequence[Finding]:
    found = sys.version.partition(" ")[0]
    if sys.version_info < OLDEST_PYTHON:
        return [ill("python", found, f"install Python {'.'.join(map(str, OLDEST_PYTHON))} or later")]
    return [Finding(subject="python", found=found)]


async def memory(settings: Settings) -> Sequence[Finding]:
    """The machine's. That of a graphics card is the device's."""
    machine = processor()
    if machine.total_bytes is None:
        return [Finding(subject="memory", found="the system does not tell")]
    free = f", {size(machine.free_bytes)} free" if machine.free_bytes is not None else ""
    found = f"{size(machine.total_bytes)}{free}"
    wanted = BOT_GIB + sum(model.memory_gib for model in chosen(settings))
    if machine.total_bytes < wanted * GIB:
        return [ill("memory", found, f"bot and models take {wanted:g} GiB: choose a smaller model or add memory")]
    return [Finding(subject="memory", found=found)]


async def disk(settings: Settings) -> Sequence[Finding]:
    folder = settings.data_dir.absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    found = f"{size(free)} free in {folder}"
    if not os.access(there, os.W_OK | os.X_OK):
        return [ill("disk", found, "not writable: change its owner or set ATELIER_DATA_DIR")]
    wanted = SPARE_DISK_GIB * GIB + sum(_pull_bytes(model) for model in _missing(settings))
    if free < wanted:
        return [ill("disk", found, f"make room: models to pull and new works want {size(wanted)}")]
    return [Finding(subject="disk", found=found)]


async def models(settings: Settings) -> Sequence[Finding]:
    missing = _missing(settings)
    return [
        ill(_role_of(model), f"{model.name}, not here", f"run: atelier models pull {model.name}")
        if model in missing
        else Finding(subject=_role_of(model), found=_described(model))
        for model in chosen(settings)
    ]


async def classifier(_: Settings) -> Sequence[Finding]:
    """Whether pictures can be looked at before they are shown, by a process such as looks at them."""
    look = await returned(
        "inference.safety.outputs",
        sent=b"",
        environment=passed_on(),
        within_seconds=HANDSHAKE_SECONDS,
        at_most_bytes=_MAX_ANSWER_BYTES,
    )
    if look.exit_code:
        advice = "install Atelier again; until then a moderator has to look at each picture"
        return [ill("classifier", "does not load", advice)]
    return [Finding(subject="classifier", found="looks at pictures before they are shown")]


async def actor(settings: Settings) -> Sequence[Finding]:
    with TemporaryDirectory() as spool:  # The bot may be running, and a start clears the spool.
        wanted = replace(actor_settings(settings, Catalog.load(settings.catalog)), spool=Path(spool))
        hello = await _greeting_of(wanted)
    if isinstance(hello, Outage):
        return [down(hello, cards_of())]
    findings = [Finding(subject="actor", found=f"starts, on {hello.device}"), device(hello, chosen(settings))]
    if hello.passed_over is not None:
        findings.append(without_card(hello.passed_over, cards_of()))
    return findings


async def _greeting_of(settings: ActorSettings) -> Hello | Outage:
    """Or why the first start failed: another one would not do better while somebody waits."""
    async with Supervisor.start(settings) as supervisor:
        try:
            await supervisor.ready()
        except ActorDownError as error:
            return error.outage
        assert supervisor.hello is not None
        return supervisor.hello


def down(outage: Outage, found: Cards) -> Finding:
    """The actor does not start."""
    card = f"a card is present ({found.names[0]}), but " if found.names and outage.cause in _ABOUT_CARDS else ""
    return ill("actor", f"does not start: {card}{outage.reason}", _ADVICE[outage.cause])


def without_card(outage: Outage, found: Cards) -> Finding:
    """The actor runs on the processor beside a card."""
    name = found.names[0] if found.names else "NVIDIA's"
    told = f"a card is present ({name}), torch cannot use it, because {outage.reason}"
    return Finding(subject="card", found=told, advice=_ADVICE[outage.cause])


def device(hello: Hello, wanted: Sequence[Model]) -> Finding:
    """Whether the models fit on what the actor has found; they may be resident together."""
    hardware = hello.hardware
    facts = [f"{hello.device}, {hardware.name}"]
    if hardware.capability:
        facts.append(f"capability {hardware.capability}")
    if hardware.free_bytes is not None and hardware.total_bytes is not None:
        facts.append(f"{size(hardware.free_bytes)} of {size(hardware.total_bytes)} free")
    found = "; ".join(facts)
    needed = sum(model.memory_gib for model in wanted) * GIB
    if hardware.total_bytes is not None and needed > hardware.total_bytes:
        return ill("device", found, f"the models take {size(needed)}: choose a smaller one, or ATELIER_DEVICE=cpu")
    if hardware.free_bytes is not None and needed > hardware.free_bytes:
        advice = f"the models take {size(needed)}: if the bot is not running yet, end what holds the memory"
        return Finding(subject="device", found=found, advice=advice)
    return Finding(subject="device", found=found)


def chosen(settings: Settings) -> list[Model]:
    """The models that members use unless they say otherwise. Raises `CatalogBrokenError`, `ModelUnknownError`."""
    return list(Catalog.load(settings.catalog).in_use(settings.chosen_models))


def _missing(settings: Settings) -> list[Model]:
    return [model for model in chosen(settings) if not is_present(model, settings.models_folder)]


def _pull_bytes(model: Model) -> float:
    """The download, and the form that it is brought into, which is loaded as it stands."""
    return model.download_bytes + model.memory_gib * GIB


def _role_of(model: Model) -> str:
    return f"{model.medium} model" if Basis.NOTHING in model.bases else "upscaler"


def _described(model: Model) -> str:
    return f"{model.name}; {', '.join(model.languages) or 'any language'}; takes {model.memory_gib:g} GiB"
