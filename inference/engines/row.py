"""One text in the making: its chance, its length, and what it says so far."""

import re
from collections import deque
from typing import Final

import torch

from inference.contract.identifiers import JobId
from inference.engines.brief import Brief
from inference.engines.checkpoint import Checkpoint
from inference.engines.sampling import Sampling
from inference.engines.transcript import Transcript

_LEADING_BLANK: Final = re.compile(r"^ (?=\S)", re.MULTILINE)  # Left where a new paragraph began with a word's blank.
_GAP: Final = re.compile(r"\n{3,}")


class Row:
    """One variant of a run's text."""

    def __init__(self, brief: Brief, checkpoint: Checkpoint, *, job_id: JobId, seed: int, sampling: Sampling) -> None:
        self.job_id = job_id
        self.seed = seed
        self.sampling = sampling
        self._brief = brief
        self._checkpoint = checkpoint
        # On the processor whatever the device: one seed, one chance, everywhere.
        self._chance = torch.Generator().manual_seed(seed)
        self._transcript = Transcript(checkpoint.tokenizer)
        self.last_token = brief.prompt[-1]
        self.has_just_gone_on = bool(brief.remembered)
        self._given: deque[int] = deque()  # Tokens to write next, whatever was drawn.
        self.device_seconds = 0.0
        self.is_ended = False
        self.is_broken = False  # The model's numbers were none.

    @property
    def tokens(self) -> int:
        """How many it has written."""
        return len(self._transcript)

    @property
    def fraction(self) -> float:
        return 1.0 if self.is_ended else min(1.0, self._transcript.words / self._brief.budget.words)

    @property
    def urgency(self) -> float:
        return self._brief.budget.urgency(self._transcript.words)

    @property
    def preview(self) -> str:
        return self._cleaned(self._transcript.text)

    @property
    def text(self) -> str:
        """What it comes to, once it has ended; blank if it came to nothing."""
        has_stopped = self.last_token in self._checkpoint.ends
        written = self._transcript.text
        return self._cleaned(written if has_stopped or not written.strip() else self._brief.budget.cut(written))

    @property
    def _must_go_on(self) -> bool:
        """Whether it would end too early, if the tokenizer has a way to say so: some spell no blanks."""
        return bool(self._brief.joint) and not self._brief.budget.may_end(self._transcript.words)

    def draw(self) -> torch.Tensor:
        """One number of [0, 1) for each token, so that the nth draw belongs to the nth token."""
        return torch.rand((), generator=self._chance, dtype=torch.float64)

    def break_off(self) -> None:
        """End it: no token can be drawn."""
        self.is_broken = self.is_ended = True

    def append(self, drawn: int) -> None:
        """Write the token that was drawn, unless the text is to go on where the model would end it too early."""
        self.has_just_gone_on = False
        if self._given:
            drawn = self._given.popleft()
            self.has_just_gone_on = not self._given
        elif drawn in self._checkpoint.ends and self._must_go_on:
            drawn, *rest = self._brief.joint
            self._given.extend(rest)
            self.has_just_gone_on = not rest
        self.last_token = drawn
        if drawn in self._checkpoint.ends:
            self.is_ended = True
        else:
            self._write(drawn)

    def _write(self, token: int) -> None:
        self._transcript.append(token)
        words = self._transcript.words
        budget = self._brief.budget
        self.is_ended = budget.is_met(self._transcript.text, words) or budget.is_spent(words, self.tokens)

    def _cleaned(self, written: str) -> str:
        text = _LEADING_BLANK.sub("", self._checkpoint.markup.stripped(self._brief.opening + written))
        return _GAP.sub("\n\n", text).strip()
