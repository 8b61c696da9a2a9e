"""Real-ESRGAN on the processor, by ncnn: makes a picture larger tile by tile, so that its memory stays bounded."""

import os
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final, Self

import ncnn
import numpy as np
import numpy.typing as npt
from PIL import Image

from inference.catalog.model import Model
from inference.contract.errors import ModelMissingError
from inference.engines.engine import ModelBrokenError, NotFiniteError
from inference.engines.painting import enlarged_measures

_PARAM: Final = "model.param"
_WEIGHTS: Final = "model.bin"
_INPUT: Final = "data"
_OUTPUT: Final = "output"
_TILE: Final = 128  # Pixels of a side; with its border such a tile takes about 60 MB and a fifth of a second.
_BORDER: Final = 18  # What a pixel depends on, to each side: realesr-animevideov3 is 18 convolutions of 3 × 3.
_OUT_OF_MEMORY: Final = -100  # As ncnn says it.

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


class Upscaler:
    """A network that makes pictures `scale` times as large (Wang et al., 2021, arXiv:2107.10833)."""

    def __init__(self, net: Any, scale: int) -> None:
        self._net = net
        self.scale = scale

    @classmethod
    def load(cls, entry: Model, folder: Path) -> Self:
        """Raises `ModelMissingError`, `ModelBrokenError`."""
        if entry.upscaling is None:
            raise ModelBrokenError(entry.name, "makes nothing larger")
        if not all((folder / name).is_file() for name in (_PARAM, _WEIGHTS)):
            raise ModelMissingError(entry.name)
        net = ncnn.Net()
        net.opt.use_vulkan_compute = False
        # Half precision is another picture on every processor that has it.
        net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
        # OpenMP's threads wait for each other: on two busy cores, two of them took longer than one.
        net.opt.num_threads = max(1, (os.cpu_count() or 1) // 2)
        for read, name in ((net.load_param, _PARAM), (net.load_model, _WEIGHTS)):
            if read(str(folder / name)):
                raise ModelBrokenError(entry.name, f"ncnn cannot read {name}")
        return cls(net, entry.upscaling.scale)

    def enlarged(self, image: Image.Image, factor: int | None = None) -> Image.Image:
        """The picture, RGB, as many times as large; None: as the network does it. Raises `MemoryError`."""
        enlargement = Enlargement(self, image, factor)
        while not enlargement.is_ended:
            enlargement.step()
        return enlargement.picture()

    def tile(self, pixels: Floats) -> Bytes:
        """Of shape (height, width, 3), from 0 to 1, to (scale × height, scale × width, 3).

        Raises `MemoryError`, `NotFiniteError`.
        """
        extractor = self._net.create_extractor()
        planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))  # Has to live: ncnn reads its memory, and keeps none.
        extractor.input(_INPUT, ncnn.Mat(planes).clone())
        fault, made = extractor.extract(_OUTPUT)
        if fault == _OUT_OF_MEMORY:
            raise MemoryError
        if fault:
            raise RuntimeError(f"ncnn ended with {fault}")
        enlarged: Floats = np.array(made).transpose(1, 2, 0)
        if not np.isfinite(enlarged).all():
            raise NotFiniteError
        rounded: Bytes = np.rint(enlarged.clip(0, 1) * 255).astype(np.uint8)
        return rounded


class Enlargement:
    """One picture while it is made larger; a step is a tile of it."""

    def __init__(self, upscaler: Upscaler, image: Image.Image, factor: int | None = None) -> None:
        self._upscaler = upscaler
        self._pixels: Floats = np.asarray(image.convert("RGB"), dtype=np.float32) / np.float32(255)
        self._measures = enlarged_measures(image, factor or upscaler.scale)
        scale = upscaler.scale
        self._made: Bytes = np.zeros((image.height * scale, image.width * scale, 3), dtype=np.uint8)
        self._tiles = tuple(product(pairwise(_cuts(image.height)), pairwise(_cuts(image.width))))
        self._done = 0

    @property
    def fraction(self) -> float:
        return self._done / len(self._tiles)

    @property
    def is_ended(self) -> bool:
        return self._done == len(self._tiles)

    def step(self) -> None:
        """Raises `MemoryError`."""
        (top, bottom), (left, right) = self._tiles[self._done]
        above, before = max(0, top - _BORDER), max(0, left - _BORDER)
        made = self._upscaler.tile(self._pixels[above : bottom + _BORDER, before : right + _BORDER])
        scale = self._upscaler.scale
        inner = made[
            (top - above) * scale : (bottom - above) * scale, (left - before) * scale : (right - before) * scale
        ]
        self._made[top * scale : bottom * scale, left * scale : right * scale] = inner
        self._done += 1

    def picture(self) -> Image.Image:
        """Once it has ended. Where the network makes more than is wanted, it is scaled down."""
        picture = Image.fromarray(self._made)
        if picture.size == self._measures:
            return picture
        return picture.resize(self._measures, Image.Resampling.LANCZOS)


def _cuts(length: int) -> Sequence[int]:
    """Where the tiles of a side begin and end, all of about one size."""
    count = -(-length // _TILE)
    return [round(number * length / count) for number in range(count + 1)]
