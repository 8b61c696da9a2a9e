"""Serves one batch of text runs: their rows, the decoder that these share, and the logits of their next tokens."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import torch

from inference.contract.events import Cancelled, EngineEvent, Failed, Progressed
from inference.engines.checkpoint import Checkpoint
from inference.engines.engine import Batch, Run, Steps
from inference.engines.failures import end_of, failure_of
from inference.engines.piece import Piece
from inference.engines.row import Row
from inference.engines.sampling import choose, penalised

_TELLING_SECONDS: Final = 0.5  # Between two previews of a piece: Discord shows fewer still.


class Desk:
    """Row n of the decoder is the nth of `_rows`; those of one piece stand side by side."""

    def __init__(self, checkpoint: Checkpoint, clock: Callable[[], float]) -> None:
        self._checkpoint = checkpoint
        self._clock = clock
        self._decoder = checkpoint.backend.open_decoder()
        self._arriving: deque[Run] = deque()
        self._pieces: list[Piece] = []
        self._rows: list[Row] = []
        vocabulary = len(checkpoint.forbidden)
        self._seen = torch.zeros((0, vocabulary), dtype=torch.bool, device=checkpoint.backend.device)

    def serve(self, batch: Batch) -> Steps:
        while True:
            self._arriving.extend(batch.joining())
            yield from self._let_go_cancelled()
            if self._arriving:  # One a step: prompts are long, and the others want to go on.
                yield from self._admit(self._arriving.popleft())
            if self._rows:
                yield from self._write()
            elif not batch.runs:
                return
            yield None

    def _admit(self, run: Run) -> Iterator[EngineEvent]:
        """Take a run in and write the first token of each of its rows."""
        began = self._clock()
        try:
            piece = Piece(run, self._checkpoint)
        except Exception as error:  # What one member typed must not fail the others.
            yield Failed(job_id=run.job_id, failure=failure_of(error))
            return
        logits = self._decoder.join(piece.brief.prompt, copies=len(piece.rows))
        self._pieces.append(piece)
        self._rows += piece.rows
        seen = self._seen.new_zeros((len(piece.rows), self._seen.shape[1]))
        seen[:, list(piece.brief.remembered)] = True
        self._seen = torch.cat([self._seen, seen])
        self._extend(logits, slice(len(self._rows) - len(piece.rows), None))
        for row in piece.rows:
            row.device_seconds += (self._clock() - began) / len(piece.rows)
        yield from self._let_go_ended()

    def _write(self) -> Iterator[EngineEvent]:
        """One token for every row."""
        began = self._clock()
        self._extend(self._decoder.advance([row.last_token for row in self._rows]), slice(None))
        now = self._clock()
        for row in self._rows:
            row.device_seconds += (now - began) / len(self._rows)
        for piece in self._pieces:
            if not piece.is_ended and now - piece.told_at >= _TELLING_SECONDS:
                piece.told_at = now
                yield Progressed(job_id=piece.run.job_id, fraction=piece.fraction, preview=piece.preview)
        yield from self._let_go_ended()

    def _extend(self, logits: torch.Tensor, which: slice) -> None:
        rows, seen = self._rows[which], self._seen[which]
        device = logits.device
        logits = penalised(logits, seen, torch.tensor([row.sampling.repetition_penalty for row in rows], device=device))
        logits = self._steered(logits, rows) + self._checkpoint.forbidden
        draws = torch.stack([row.draw() for row in rows])
        tokens = choose(logits, [row.sampling for row in rows], draws)
        for row, token in zip(rows, tokens, strict=True):
            if token is None:
                row.break_off()
            else:
                row.append(token)
        self._break_off_broken()
        written = torch.tensor([row.last_token for row in rows], device=device)
        seen[torch.arange(len(rows), device=device), written] = True

    def _break_off_broken(self) -> None:
        """A piece ends with the first of its variants at which the model breaks."""
        for piece in self._pieces:
            if piece.is_broken:
                for row in piece.rows:
                    row.is_ended = True

    def _steered(self, logits: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
        """Lead each row to its length: as that comes near, more and more of what ends a sentence."""
        for number, row in enumerate(rows):
            if row.has_just_gone_on:
                logits[number, self._checkpoint.ends] = -torch.inf
            if row.urgency:
                logits[number] += row.urgency * self._checkpoint.stops
        return logits

    def _let_go_cancelled(self) -> Iterator[EngineEvent]:
        cancelled = [piece for piece in self._pieces if piece.run.is_cancelled]
        unwanted = [run for run in self._arriving if run.is_cancelled]
        self._drop([row for piece in cancelled for row in piece.rows])
        for piece in cancelled:
            self._pieces.remove(piece)
        for run in unwanted:
            self._arriving.remove(run)
        for run in [*(piece.run for piece in cancelled), *unwanted]:
            yield Cancelled(job_id=run.job_id)

    def _let_go_ended(self) -> Iterator[EngineEvent]:
        self._drop([row for row in self._rows if row.is_ended])
        ended = [piece for piece in self._pieces if piece.is_ended]
        self._pieces = [piece for piece in self._pieces if not piece.is_ended]
        for piece in ended:
            yield end_of(piece.run.job_id, piece.making)

    def _drop(self, gone: Sequence[Row]) -> None:
        numbers = [number for number, row in enumerate(self._rows) if row in gone]
        if not numbers:
            return
        kept = [number for number in range(len(self._rows)) if number not in numbers]
        self._decoder.leave(numbers)
        self._seen = self._seen[kept]
        self._rows = [self._rows[number] for number in kept]
