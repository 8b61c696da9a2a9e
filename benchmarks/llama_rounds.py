"""Both text engines in one process: `python -m benchmarks.llama_rounds MODELS` answers orders, a line of JSON each."""

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Final

from benchmarks.llama import BACKENDS, LLAMA, Order, Timing
from benchmarks.workplace import STARTER
from inference.catalog.catalog import Catalog
from inference.contract.events import Failed, Succeeded
from inference.contract.identifiers import JobId
from inference.contract.text import Genre, TextRequest
from inference.engines.engine import Batch, Run
from inference.engines.llama import LlamaEngine
from inference.engines.residency import Residency
from inference.engines.shelf import Shelf
from inference.engines.text import TextEngine

_PROMPTS: Final = (
    "a lighthouse keeper who writes letters to the sea",
    "the first day of spring in a town without clocks",
    "a baker who remembers the name of every customer",
    "two old friends who meet on a train by chance",
    "a garden that grows only when nobody is watching",
    "the last bus of the evening and its tired driver",
    "a child who finds a map in a library book",
    "a musician who plays for the birds on the roof",
)


def engines(models: Path) -> Mapping[str, TextEngine]:
    """One a backend, each with its own copy of the model."""
    made = (
        LlamaEngine(shelf=_shelf(models)),
        TextEngine(shelf=_shelf(models), device="cpu", dtype="bfloat16"),
        TextEngine(shelf=_shelf(models), device="cpu", dtype="float32"),
    )
    return MappingProxyType(dict(zip(BACKENDS, made, strict=True)))


def timed(engine: TextEngine, order: Order, spool: Path) -> Timing:
    """From lending the engine its runs to the end of the last."""
    batch, tokens = Batch(), 0
    began = time.perf_counter()
    for run in _runs(engine, order, spool):
        batch.admit(run)
    for event in engine.run(batch):
        match event:
            case Succeeded(job_id=job_id, making=making):
                tokens += int(making.provenance.settings["tokens"])
                batch.end(job_id).discard()
            case Failed(failure=failure):
                raise RuntimeError(failure.detail)
            case _:
                pass
    return Timing(tokens=tokens, seconds=time.perf_counter() - began)


def _runs(engine: TextEngine, order: Order, spool: Path) -> list[Run]:
    model = LLAMA if isinstance(engine, LlamaEngine) else STARTER
    return [
        Run(
            job_id=JobId(number),
            request=TextRequest(
                prompt=prompt, model=model, genre=Genre.FREE, words=order.words, seed=order.seed + number
            ),
            folder=spool,
            prefix=str(number),
        )
        for number, prompt in enumerate(_PROMPTS[: order.rows])
    ]


def _shelf(models: Path) -> Shelf:
    return Shelf(catalog=Catalog.load(), models=models, residency=Residency(budget_gib=64))


def main() -> None:
    backends = engines(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as spool:
        for line in sys.stdin:
            order = Order(**json.loads(line))
            print(json.dumps(asdict(timed(backends[order.backend], order, Path(spool)))), flush=True)


if __name__ == "__main__":
    main()
