"""A picture model in memory: the components of its pipelines, and a pipeline of its own for every call."""

import inspect
import warnings
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import diffusers
import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from inference.catalog.errors import PullError
from inference.catalog.layout import INDEX, LEFT_OUT
from inference.catalog.model import Model, PictureDefaults
from inference.catalog.vetting import vet_pipeline
from inference.contract.errors import AtelierError, ModelMissingError
from inference.contract.mediums import Basis
from inference.engines.checkpoint import is_out_of_memory
from inference.engines.engine import ModelBrokenError
from inference.engines.folders import source_sha256_of
from inference.engines.pictures.finite import guard_decoder
from inference.engines.pictures.fitting import Fit, is_sliced
from inference.engines.pictures.glimpses import Glimpser

_LIBRARIES: Final = ("torch", "diffusers", "transformers")
# A checker of the pipeline's own would black pictures out without a word; every picture is looked at anyway.
_OPTIONS: Final = {**dict.fromkeys(LEFT_OUT), "requires_safety_checker": False}


@dataclass(slots=True, kw_only=True)
class Painter:
    """Ready to be called. What `fit` says is done to the modules themselves."""

    entry: Model
    drawn: PictureDefaults
    pipeline: Any  # Of diffusers; never called itself, since pipelines and schedulers keep state.
    device: str
    dtype: torch.dtype
    fit: Fit
    source_sha256: str
    versions: dict[str, str]
    glimpser: Glimpser = field(default_factory=Glimpser)
    most_row_pixels: int | None = None  # Of all rows of a call; None: memory has not run out yet.

    @classmethod
    def load(cls, entry: Model, folder: Path, *, device: str, dtype: torch.dtype, fit: Fit) -> Self:
        """Raises `ModelMissingError`, `ModelBrokenError`, `MemoryError`."""
        if not (folder / INDEX).is_file():
            raise ModelMissingError(entry.name)
        assert entry.picture is not None, "the catalog says of such a model how it draws"
        _hush()
        try:
            vet_pipeline(entry.name, folder, entry.picture.pipeline)
            pipeline = _loaded(entry.picture, folder, dtype)
            _place(pipeline, device, fit, entry.picture)
            guard_decoder(pipeline.vae)
        except PullError as error:
            raise ModelBrokenError(entry.name, str(error)) from error
        except AtelierError:
            raise
        except Exception as error:  # Each of the libraries that read a model has errors of its own.
            if is_out_of_memory(error):
                raise MemoryError from error
            raise ModelBrokenError(entry.name, type(error).__name__) from error
        return cls(
            entry=entry,
            drawn=entry.picture,
            pipeline=pipeline,
            device=device,
            dtype=dtype,
            fit=fit,
            source_sha256=source_sha256_of(entry, folder),
            versions={library: version(library) for library in _LIBRARIES},
        )

    def open(self, basis: Basis) -> Any:
        """A pipeline for one call, with a scheduler of its own, over the same modules."""
        name = self.drawn.reference_pipeline if basis is Basis.REFERENCE else self.drawn.pipeline
        kind: Any = getattr(diffusers, name)
        scheduler = self.pipeline.scheduler
        parts = {**self.pipeline.config, **self.pipeline.components}
        parts["scheduler"] = type(scheduler).from_config(scheduler.config)
        takes = inspect.signature(kind.__init__).parameters
        pipeline = kind(**{part: component for part, component in parts.items() if part in takes})
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def rest(self) -> None:
        """After a call: take off the device what is offloaded from it."""
        self.pipeline.maybe_free_model_hooks()

    @property
    def settings(self) -> dict[str, float | int | str]:
        """What belongs to the recipe of every picture."""
        settings: dict[str, float | int | str] = {
            "pipeline": self.drawn.pipeline,
            "scheduler": type(self.pipeline.scheduler).__name__,
            "fit": self.fit.value,
        }
        if self.drawn.adapters:
            settings["adapters"] = " ".join(f"{adapter.name}:{adapter.weight:g}" for adapter in self.drawn.adapters)
        return settings


def _loaded(drawn: PictureDefaults, folder: Path, dtype: torch.dtype) -> Any:
    kind: Any = getattr(diffusers, drawn.pipeline)
    takes = inspect.signature(kind.__init__).parameters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # Of settings that were usual when a repository was made.
        pipeline = kind.from_pretrained(
            folder,
            dtype=dtype,
            variant=drawn.variant or None,
            # Local files and no code of theirs: what a model's folder says is never run.
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            **{part: left for part, left in _OPTIONS.items() if part in takes},
        )
    pipeline.scheduler = _scheduler(drawn, pipeline.scheduler)
    for adapter in drawn.adapters:
        place = folder / adapter.place
        pipeline.load_lora_weights(place.parent, weight_name=place.name, adapter_name=adapter.name)
    if drawn.adapters:
        pipeline.set_adapters([adapter.name for adapter in drawn.adapters], [a.weight for a in drawn.adapters])
        pipeline.fuse_lora(adapter_names=[adapter.name for adapter in drawn.adapters])
        pipeline.unload_lora_weights()
    return pipeline


def _scheduler(drawn: PictureDefaults, scheduler: Any) -> Any:
    kind = getattr(diffusers, drawn.scheduler) if drawn.scheduler else type(scheduler)
    return kind.from_config(scheduler.config, **drawn.scheduler_options)


def _place(pipeline: Any, device: str, fit: Fit, drawn: PictureDefaults) -> None:
    if is_sliced(drawn):
        pipeline.vae.enable_slicing()
    if fit is not Fit.WHOLE:
        pipeline.vae.enable_tiling()
    if fit is Fit.OFFLOADED:
        pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.to(device)


def _hush() -> None:
    """Both libraries quote what does not fit of a prompt, and draw bars."""
    for logging in (diffusers_logging, transformers_logging):
        logging.set_verbosity_error()
        logging.disable_progress_bar()
