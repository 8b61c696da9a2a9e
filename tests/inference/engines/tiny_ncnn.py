"""A random network of a few kilobytes, of the same layers as Real-ESRGAN's for animation."""

from pathlib import Path

import numpy as np

from inference.catalog.catalog import Catalog
from inference.catalog.model import REALESRGAN, Model, Upscaling
from inference.catalog.sources import FolderSource
from inference.contract.identifiers import ModelName
from inference.contract.mediums import Basis, Medium

TINY_NCNN = ModelName("tiny-ncnn")
SCALE = 4
CONVOLUTIONS = 18
_CHANNELS = 4
_FLOAT32 = b"\0\0\0\0"  # How ncnn marks weights that are stored as they are.


def build_tiny_ncnn(folder: Path) -> None:
    """Layers as ncnn's text format lists them: kind, name, counts and names of what goes in and out, parameters."""
    rng = np.random.default_rng(1)
    layers = ["Input input 0 1 data", "Split split 1 2 data skipped into"]
    weights, above = b"", "into"
    for number in range(CONVOLUTIONS):
        inputs = 3 if number == 0 else _CHANNELS
        outputs = 3 * SCALE**2 if number == CONVOLUTIONS - 1 else _CHANNELS
        count = inputs * outputs * 9
        layers.append(f"Convolution conv{number} 1 1 {above} c{number} 0={outputs} 1=3 4=1 5=1 6={count}")
        weights += _FLOAT32 + rng.normal(0, (inputs * 4) ** -0.5, count).astype(np.float32).tobytes()
        weights += rng.normal(0, 0.02, outputs).astype(np.float32).tobytes()
        above = f"c{number}"
        if number < CONVOLUTIONS - 1:
            layers.append(f"PReLU prelu{number} 1 1 c{number} p{number} 0={outputs}")
            weights += np.full(outputs, 0.2, dtype=np.float32).tobytes()
            above = f"p{number}"
    layers += [
        f"PixelShuffle shuffle 1 1 {above} shuffled 0={SCALE}",
        f"Interp resize 1 1 skipped resized 0=1 1={SCALE}.0 2={SCALE}.0",
        "BinaryOp add 2 1 shuffled resized output",
    ]
    blobs = len(layers) + 1  # Each makes one, and the split two.
    (folder / "model.param").write_text("\n".join(["7767517", f"{len(layers)} {blobs}", *layers, ""]))
    (folder / "model.bin").write_bytes(weights)


def tiny_ncnn_catalog(folder: Path) -> Catalog:
    model = Model(
        name=TINY_NCNN,
        title="Tiny",
        medium=Medium.IMAGE,
        engine=REALESRGAN,
        source=FolderSource(path=folder),
        licence="Apache-2.0",
        memory_gib=0.1,
        languages=(),
        bases=frozenset({Basis.UPSCALE}),
        upscaling=Upscaling(scale=SCALE, most_pixels=1_048_576),
    )
    return Catalog(models={TINY_NCNN: model}, defaults={Medium.IMAGE: TINY_NCNN}, upscaler=TINY_NCNN)
