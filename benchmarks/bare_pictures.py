"""A bare loop over a pipeline of diffusers, as its documentation shows it, and no bot around it.

`python -m benchmarks.bare_pictures FOLDER UPSCALER` reads orders from stdin, a line of JSON each, and answers likewise.
"""

import io
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline

from benchmarks.bare_pictures_order import Order, Timing
from inference.catalog.catalog import Catalog
from inference.contract.identifiers import ModelName
from inference.engines.upscaling import Upscaler
from inference.safety.outputs import OutputGuard


class BarePictures:
    """One call a batch, with the model's own steps and guidance."""

    def __init__(self, folder: Path, upscaler: Path) -> None:
        catalog = Catalog.load()
        drawn = catalog.get(ModelName(folder.name)).picture
        assert drawn is not None
        self._settings = {
            "width": drawn.canvas.width,
            "height": drawn.canvas.height,
            "num_inference_steps": drawn.steps,
            "guidance_scale": drawn.guidance,
        }
        pipeline: Any = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        pipeline.set_progress_bar_config(disable=True)
        self._pipeline = pipeline
        self._upscaler = Upscaler.load(catalog.get(ModelName(upscaler.name)), upscaler)
        self._outputs = OutputGuard()

    def draw(self, order: Order) -> Timing:
        began = time.perf_counter()
        rows = len(order.prompts) * order.count
        generators = [torch.Generator().manual_seed(number) for number in range(rows)]
        call: dict[str, Any] = {"prompt": list(order.prompts), "num_images_per_prompt": order.count}
        images = self._pipeline(**call, **self._settings, generator=generators).images
        drawn = time.perf_counter()
        for image in images:
            larger = self._upscaler.enlarged(image)
            self._outputs.look(larger)
            larger.save(io.BytesIO(), "PNG")
        return Timing(drawing_seconds=drawn - began, finishing_seconds=time.perf_counter() - drawn)


def main() -> None:
    torch.set_grad_enabled(False)
    pictures = BarePictures(Path(sys.argv[1]), Path(sys.argv[2]))
    for line in sys.stdin:
        order = json.loads(line)
        timing = pictures.draw(Order(prompts=tuple(order["prompts"]), count=order["count"]))
        print(json.dumps(asdict(timing)), flush=True)


if __name__ == "__main__":
    main()
