"""One text in the making: its chance, its length, what it says so far, and its recipe once it is done."""

import re
from collections import deque
from typing import Final

import torch

from inference.contract.artifacts import Making, Provenance
from inference.contract.requests import TextRequest
from inference.engines import genres
from inference.engines.checkpoint import Checkpoint
from inference.engines.ending import Budget
from inference.engines.engine import Run
from inference.engines.sampling import Sampling
from inference.engines.transcript import Transcript
from inference.engines.writing import count_words, seed_of, spool_text

_TOKENS_PER_WORD: Final = (1.5, 6.0)  # The least and the most that are believed of a tokenizer.
_TOKENS_TO_SPARE: Final = 2.5  # The budget in words ends a text; the one in tokens only stops what spells no words.
_TOKENS_BESIDE: Final = 48
_TEXT_SHARE: Final = 0.5  # Of the context, kept free of the prompt for the text.
_LEADING_BLANK: Final = re.compile(r"^ (?=\S)", re.MULTILINE)  # Left where a new paragraph began with a word's blank.
_GAP: Final = re.compile(r"\n{3,}")


class Row:
    """Belongs to one run. Raises `ModelBrokenError` or what the tokenizer raises for a prompt that it cannot take."""

    def __init__(self, run: Run, checkpoint: Checkpoint) -> None:
        self.run = run
        self._checkpoint = checkpoint
        self.seed = seed_of(run.request.seed)
        # On the processor whatever the device: one seed, one chance, everywhere.
        self._chance = torch.Generator().manual_seed(self.seed)
        defaults = checkpoint.entry.defaults
        self.sampling = Sampling(
            temperature=defaults.temperature,
            top_k=defaults.top_k,
            top_p=defaults.top_p,
            repetition_penalty=defaults.repetition_penalty,
        )
        self._template = genres.template_for(run.request.genre, run.request.prompt)
        self.prompt = self._tokens_of(run.request)
        self._transcript = Transcript(checkpoint.tokenizer)
        self._joint = checkpoint.tokenizer.encode(self._template.joint, add_special_tokens=False)
        self._budget = Budget(
            words=run.request.words,
            tokens=self._token_budget(run.request),
            has_lines=self._template.has_lines,
        )
        self.last_token = self.prompt[-1]
        self.has_just_gone_on = False
        self._given: deque[int] = deque()  # Tokens to write next, whatever was drawn.
        self.device_seconds = 0.0
        self.told_at = 0.0
        self.is_ended = False

    @property
    def fraction(self) -> float:
        return min(1.0, self._transcript.words / self._budget.words)

    @property
    def urgency(self) -> float:
        return self._budget.urgency(self._transcript.words)

    @property
    def preview(self) -> str:
        return self._cleaned(self._template.opening + self._transcript.text)

    def draw(self) -> torch.Tensor:
        """One number of [0, 1) for each token, so that the nth draw belongs to the nth token."""
        return torch.rand((), generator=self._chance, dtype=torch.float64)

    def append(self, drawn: int) -> None:
        """Write the token that was drawn, unless the text is to go on where the model would end it too early."""
        self.has_just_gone_on = False
        if self._given:
            drawn = self._given.popleft()
            self.has_just_gone_on = not self._given
        elif drawn in self._checkpoint.ends and not self._budget.may_end(self._transcript.words):
            drawn, *rest = self._joint
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
        self.is_ended = self._budget.is_met(self._transcript.text, words) or self._budget.is_spent(
            words, len(self._transcript)
        )

    def making(self) -> Making:
        """Raises `NothingMadeError`, `OSError`."""
        has_stopped = self.last_token in self._checkpoint.ends
        text = self._transcript.text if has_stopped else self._budget.cut(self._transcript.text)
        text = self._cleaned(self._template.opening + text)
        artifact = spool_text(self.run, text)
        return Making(
            artifacts=(artifact,),
            provenance=self._provenance(),
            device_seconds=self.device_seconds,
            size=max(1, count_words(text)),
        )

    def _provenance(self) -> Provenance:
        return Provenance(
            model=self._checkpoint.entry.name,
            model_sha256=self._checkpoint.source_sha256,
            engine="transformers",
            seed=self.seed,
            settings={
                "temperature": self.sampling.temperature,
                "top_k": self.sampling.top_k,
                "top_p": self.sampling.top_p,
                "repetition_penalty": self.sampling.repetition_penalty,
                "words": self._budget.words,
                "tokens": len(self._transcript),
                "templates": genres.VERSION,
            },
            versions=self._checkpoint.versions,
            device=self._checkpoint.network.device.type,
            dtype=self._checkpoint.dtype,
        )

    def _cleaned(self, text: str) -> str:
        text = _LEADING_BLANK.sub("", self._checkpoint.markup.stripped(text))
        return _GAP.sub("\n\n", text).strip()

    def _tokens_of(self, request: TextRequest) -> list[int]:
        """The chat as tokens; of a prompt that is too long for the context, the beginning."""
        prompt = self._checkpoint.markup.stripped(request.prompt).strip()
        limit = int(self._checkpoint.context_tokens * (1 - _TEXT_SHARE))
        while True:
            messages = self._template.messages(prompt, request.words)
            chat: str = self._checkpoint.tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, tokenize=False
            )
            tokens: list[int] = self._checkpoint.tokenizer.encode(
                chat + self._template.opening, add_special_tokens=False
            )
            if len(tokens) <= limit or not prompt:
                return tokens[-limit:]
            prompt = prompt[: min(len(prompt) - 1, int(len(prompt) * limit / len(tokens)))]

    def _token_budget(self, request: TextRequest) -> int:
        """What the words may take at most, by the rate that the tokenizer has on the prompt itself."""
        tokens = len(self._checkpoint.tokenizer.encode(request.prompt, add_special_tokens=False))
        least, most = _TOKENS_PER_WORD
        rate = min(max(tokens / max(count_words(request.prompt), 1), least), most)
        wanted = int(request.words * rate * _TOKENS_TO_SPARE) + _TOKENS_BESIDE
        return min(wanted, self._checkpoint.context_tokens - len(self.prompt))
