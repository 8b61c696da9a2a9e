"""All that one run makes: a row for each variant, their common progress, and the recipe once they are done."""

from inference.contract.artifacts import Making, Provenance
from inference.engines import genres
from inference.engines.brief import brief_of
from inference.engines.checkpoint import Checkpoint
from inference.engines.engine import NotFiniteError, Run
from inference.engines.row import Row
from inference.engines.sampling import Sampling
from inference.engines.seeds import seed_of, seeds_from
from inference.engines.writing import count_words, source_texts, spool_texts


class Piece:
    """Raises `SourceGoneError`, and what the tokenizer raises for a prompt that it cannot take."""

    def __init__(self, run: Run, checkpoint: Checkpoint) -> None:
        self.run = run
        self._checkpoint = checkpoint
        self.brief = brief_of(run.text, source_texts(run), checkpoint)
        self._sampling = _sampling_of(run, checkpoint)
        variants = run.text.variants if self._sampling.temperature else 1  # Without chance all are one.
        self.rows = tuple(
            Row(self.brief, checkpoint, job_id=run.job_id, seed=seed, sampling=self._sampling)
            for seed in seeds_from(seed_of(run.text.seed), variants)
        )
        self.told_at = 0.0

    @property
    def is_ended(self) -> bool:
        return all(row.is_ended for row in self.rows)

    @property
    def is_broken(self) -> bool:
        return any(row.is_broken for row in self.rows)

    @property
    def fraction(self) -> float:
        return sum(row.fraction for row in self.rows) / len(self.rows)

    @property
    def preview(self) -> str:
        return self.rows[0].preview

    def making(self) -> Making:
        """Without the variants that came to nothing.

        Raises `NothingMadeError` if all did, `NotFiniteError` if the model broke at one, `OSError`.
        """
        if self.is_broken:
            raise NotFiniteError
        texts = [row.text for row in self.rows]
        return Making(
            artifacts=spool_texts(self.run, texts),
            provenance=self._provenance(),
            device_seconds=sum(row.device_seconds for row in self.rows),
            size=max(1, sum(map(count_words, texts))),
        )

    def _provenance(self) -> Provenance:
        return Provenance(
            model=self._checkpoint.entry.name,
            model_sha256=self._checkpoint.source_sha256,
            engine=self._checkpoint.backend.engine,
            seed=self.rows[0].seed,
            settings={
                "temperature": self._sampling.temperature,
                "top_k": self._sampling.top_k,
                "top_p": self._sampling.top_p,
                "repetition_penalty": self._sampling.repetition_penalty,
                "words": self.brief.budget.words,
                "tokens": sum(row.tokens for row in self.rows),
                "templates": genres.VERSION,
                # One for each artifact, in order: a variant that came to nothing leaves a gap between them.
                "seeds": " ".join(str(row.seed) for row in self.rows if row.text),
            },
            versions=self._checkpoint.versions,
            device=self._checkpoint.backend.device.type,
            dtype=self._checkpoint.backend.dtype,
        )


def _sampling_of(run: Run, checkpoint: Checkpoint) -> Sampling:
    defaults, wished = checkpoint.entry.defaults, run.text.temperature
    return Sampling(
        temperature=defaults.temperature if wished is None else wished,
        top_k=defaults.top_k,
        top_p=defaults.top_p,
        repetition_penalty=defaults.repetition_penalty,
    )
