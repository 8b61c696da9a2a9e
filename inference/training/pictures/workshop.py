"""The folder in which training happens: what was fetched, the caches made of it, and the checkpoints."""

import asyncio
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from torch import Tensor

from inference.catalog.catalog import Catalog
from inference.catalog.puller import pull
from inference.contract.identifiers import ModelName
from inference.engines.upscaling import Upscaler
from inference.training.pictures.assembling import Record, assemble, pipeline, record_of
from inference.training.pictures.collection import Collection, nouns, weights
from inference.training.pictures.decoder import DecoderTraining
from inference.training.pictures.denoiser import DenoiserTraining, Lesson, latents_of
from inference.training.pictures.drawings import foreign_drawings
from inference.training.pictures.evaluation import School
from inference.training.pictures.sources import fetch_tarballs
from inference.training.pictures.wording import Wording

STARTER: Final = ModelName("starter-pictures")


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """`folder` holds what can be made again; `committed` is the assembled model to go on from, and to write."""

    folder: Path
    committed: Path
    models: Path  # Where the catalog's models are pulled to.
    text_encoder: Path | None = None  # A folder with `tokenizer` and `text_encoder`; None: the catalog's is pulled.

    @cached_property
    def collection(self) -> Collection:
        cache = self.folder / "drawings.npz"
        if not cache.exists():
            fetch_tarballs(self.folder / "tarballs")
        return Collection.of(self.folder / "tarballs", cache)

    @cached_property
    def wording(self) -> Wording:
        return Wording.of(self.text_encoder or self._pulled(STARTER))

    @cached_property
    def nouns(self) -> list[str]:
        return nouns(self.collection, self.wording.vocabulary)

    @cached_property
    def latents(self) -> Tensor:
        """Cached: the encoder is frozen."""
        cache = self.folder / "latents.pt"
        if not cache.exists():
            torch.save(latents_of(self.collection, self.vae()), cache)
        latents: Tensor = torch.load(cache, weights_only=True)
        return latents

    @property
    def denoiser_checkpoint(self) -> Path:
        return self.folder / "denoiser.pt"

    @property
    def decoder_checkpoint(self) -> Path:
        return self.folder / "decoder.pt"

    def school(self) -> School:
        """Of the judge."""
        fetch_tarballs(self.folder / "tarballs")
        return School.of(foreign_drawings(self.folder / "tarballs"))

    def vae(self) -> AutoencoderKL:
        """As committed."""
        return AutoencoderKL.from_pretrained(self.committed / "vae").float().eval()

    def denoiser(self) -> DenoiserTraining:
        """From its checkpoint, or else from what is committed."""
        training = DenoiserTraining(UNet2DConditionModel.from_pretrained(self.committed / "unet"))
        if not training.resume(self.denoiser_checkpoint):
            training.pictures = record_of(self.committed).denoiser_pictures
        return training

    def decoder(self) -> DecoderTraining:
        """From its checkpoint, or else from what is committed."""
        training = DecoderTraining(self.vae())
        if not training.resume(self.decoder_checkpoint):
            training.pictures = record_of(self.committed).decoder_pictures
        return training

    def lesson(self) -> Lesson:
        return Lesson(
            collection=self.collection,
            latents=self.latents,
            wording=self.wording,
            weights=weights(self.collection, self.nouns),
        )

    def assemble(self, target: Path) -> None:
        """Write what both have reached; `target` may be what is committed."""
        denoiser, decoder = self.denoiser(), self.decoder()
        record = Record(denoiser_pictures=denoiser.pictures, decoder_pictures=decoder.pictures)
        assemble(target, unet=denoiser.average, vae=decoder.kept, record=record)

    def pipeline(self) -> StableDiffusionPipeline:
        return pipeline(self.committed, self.wording)

    def upscaler(self) -> Upscaler:
        """Of the starter's own pictures."""
        entry = Catalog.load().get(STARTER)
        assert entry.picture is not None
        assert entry.picture.upscaler is not None
        name = entry.picture.upscaler
        return Upscaler.load(Catalog.load().get(name), self._pulled(name))

    def _pulled(self, name: ModelName) -> Path:
        return asyncio.run(pull(Catalog.load().get(name), self.models, lambda _: None))
