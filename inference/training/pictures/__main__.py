"""The command line: train, assemble, evaluate and show the starter picture model, in this order."""

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import torch
import typer

from inference.training.pictures.company import accompanied
from inference.training.pictures.decoder import held_back, train_decoder
from inference.training.pictures.denoiser import Draw, train_denoiser
from inference.training.pictures.drawings import Pixels
from inference.training.pictures.evaluation import NOUNS, examiner_of, figures
from inference.training.pictures.pace import Pace, stopping_on_signals
from inference.training.pictures.sampling import GUIDANCE, STEPS, Sampling, sampled
from inference.training.pictures.sharpness import sharpness_of
from inference.training.pictures.sheet import contact_sheet, write_sheet
from inference.training.pictures.workshop import Workshop

_COMMITTED: Final = Path(__file__).parents[2] / "starter" / "pictures"
_SHOWN: Final = 14  # Of the nouns, spread over all of them.


def run(
    *,
    minutes: Annotated[float, typer.Option(help="Train the denoiser for so long.")] = 0,
    decoder_minutes: Annotated[float, typer.Option(help="Train the decoder for so long.")] = 0,
    put_together: Annotated[bool, typer.Option("--assemble", help="Write the weights reached into COMMITTED.")] = False,
    evaluate: Annotated[bool, typer.Option(help="Have a judge name our pictures of the commonest nouns.")] = False,
    sheet: Annotated[Path | None, typer.Option(help="Write a contact sheet here, as WebP or PNG.")] = None,
    steps: Annotated[int, typer.Option(help="Of sampling.")] = STEPS,
    guidance: Annotated[float, typer.Option(help="Of sampling.")] = GUIDANCE,
    workers: Annotated[int, typer.Option(help="Processes that teach the denoiser, of one thread each.")] = 2,
    saving_seconds: Annotated[float, typer.Option(help="How often the denoiser is saved meanwhile.")] = 240,
    folder: Annotated[Path, typer.Option(help="For what is fetched, cached and saved on the way.")] = Path(
        "data/training/pictures"
    ),
    models: Annotated[Path, typer.Option(help="Where the catalog's models are pulled to.")] = Path("data/models"),
    committed: Annotated[Path, typer.Option(help="The assembled model: gone on from, and written.")] = _COMMITTED,
    text_encoder: Annotated[Path | None, typer.Option(help="With tokenizer/ and text_encoder/, if here.")] = None,
) -> None:
    """Train the starter picture model further. Everything is saved on SIGTERM, and gone on from the next time."""
    for place in (folder, models):
        place.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(folder=folder, committed=committed, models=models, text_encoder=text_encoder)
    if minutes:
        _train_denoiser(workshop, _pace(minutes), companions=workers - 1, saving_seconds=saving_seconds)
    if decoder_minutes:
        _train_decoder(workshop, _pace(decoder_minutes))
    if put_together:
        workshop.assemble(committed)
    sampling = Sampling(steps=steps, guidance=guidance)
    if evaluate:
        _evaluate(workshop, sampling)
    if sheet:
        shown = workshop.nouns[:: max(1, len(workshop.nouns) // _SHOWN)][:_SHOWN]
        write_sheet(contact_sheet(shown, _painter(workshop, sampling), workshop.upscaler().enlarged), sheet)


def _train_denoiser(workshop: Workshop, pace: Pace, *, companions: int, saving_seconds: float) -> None:
    training, kept = workshop.denoiser(), workshop.denoiser_checkpoint
    draw = Draw(workshop.lesson(), random.Random(training.step))
    with (
        stopping_on_signals(pace),
        accompanied(training, replace(workshop).lesson, kept, companions=companions) as company,
    ):
        train_denoiser(training, draw, pace, kept, log=_log, lead=company.lead, saving_seconds=saving_seconds)


def _train_decoder(workshop: Workshop, pace: Pace) -> None:
    training, rows = workshop.decoder(), held_back(len(workshop.collection.things))
    _log(f"before: {sharpness_of(training.kept, workshop.collection, workshop.latents, rows)}")
    with stopping_on_signals(pace):
        train_decoder(training, workshop.collection, workshop.latents, pace, workshop.decoder_checkpoint, log=_log)
    _log(f"after: {sharpness_of(training.kept, workshop.collection, workshop.latents, rows)}")


def _evaluate(workshop: Workshop, sampling: Sampling) -> None:
    kept = workshop.folder / "judge.pt"
    examiner = examiner_of(workshop.school(), workshop.nouns[:NOUNS], kept=kept, log=_log)
    for line in figures(examiner, workshop.collection, _painter(workshop, sampling)):
        print(line, flush=True)


def _painter(workshop: Workshop, sampling: Sampling) -> Callable[[Sequence[str], Sequence[int]], Pixels]:
    pipeline = workshop.pipeline()
    return lambda prompts, seeds: sampled(pipeline, prompts, seeds, sampling)


def _pace(minutes: float) -> Pace:
    return Pace(seconds=60 * minutes, clock=time.monotonic)


def _log(line: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    typer.run(run)
