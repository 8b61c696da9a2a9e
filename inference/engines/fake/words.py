"""Words without a model: strung together by seed."""

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from inference.contract.artifacts import Making, Provenance
from inference.contract.events import Progressed
from inference.contract.identifiers import ModelName
from inference.contract.text import TextRequest
from inference.engines.engine import Run
from inference.engines.fake.engine import FakeEngine, Work, versions
from inference.engines.seeds import seed_of, seeds_from
from inference.engines.writing import is_spaceless, source_texts, spool_texts

FAKE: Final = ModelName("fake")

_ENGLISH: Final = tuple(
    re.findall(
        r"\w+",
        """
        amber anchor autumn bakery bell blue bridge candle cat cloud copper dawn distant door dream
        drum early echo ember field firefly forest garden ghost gold grandmother green harbour
        hidden hill honest island ivory june kettle kind lamp lantern letter little lullaby map
        meadow midnight mirror moon morning moss narrow night north ocean old orchard paper patient
        pebble piano quiet rain river road rusty salt secret shadow ship silver sleepy slow small
        snow song spring stone storm summer tide tower train traveller umbrella valley velvet violin
        warm whisper wild willow winter
        """,
    )
)
_CHINESE: Final = (
    "山水云月风花雪雨春秋夏冬江河湖海天地日夜星光灯火舟桥路城楼窗门竹松柳梅荷菊兰草木石泉溪雁鹤蝉蝶鱼马人"
    "客友心梦歌诗酒茶书信笛琴钟声影香暖寒清远近高深长新旧青白红金玉静"
)


@dataclass(slots=True, kw_only=True)
class _Variant:
    words: Iterator[str]
    written: list[str] = field(default_factory=list)
    is_ended: bool = False

    @property
    def text(self) -> str:
        return "".join(self.written)

    def write(self) -> None:
        try:
            self.written.append(next(self.words))
        except StopIteration:
            self.is_ended = True


@dataclass(slots=True, kw_only=True)
class _Piece:
    run: Run
    seed: int
    variants: Sequence[_Variant]
    device_seconds: float = 0.0

    @property
    def is_ended(self) -> bool:
        return all(variant.is_ended for variant in self.variants)

    @property
    def rows(self) -> int:
        return len(self.variants)

    def advance(self) -> None:
        for variant in self.variants:
            variant.write()

    def progress(self) -> Progressed:
        first = self.variants[0]
        return Progressed(
            job_id=self.run.job_id,
            fraction=len(first.written) / self.run.text.words,
            preview=first.text,
        )

    def making(self) -> Making:
        request = self.run.text
        return Making(
            artifacts=spool_texts(self.run, [variant.text for variant in self.variants]),
            provenance=Provenance(
                model=request.model,
                model_sha256="",
                engine=FakeWriter.name,
                seed=self.seed,
                settings={} if request.temperature is None else {"temperature": request.temperature},
                versions=versions(),
            ),
            device_seconds=self.device_seconds,
            size=request.words * len(self.variants),
        )


class FakeWriter(FakeEngine):
    """One word a step for every variant. The words depend on the request and its sources, and quote neither."""

    name = "fake"
    model = FAKE

    def begin(self, run: Run) -> Work:
        return _piece(run)


def _piece(run: Run) -> _Piece:
    """Raises `SourceGoneError`, `OSError`."""
    request, sources = run.text, source_texts(run)
    variants = 1 if request.temperature == 0 else request.variants  # Without chance all are one.
    seeds = seeds_from(seed_of(request.seed), variants)
    return _Piece(
        run=run,
        seed=seeds[0],
        variants=[_Variant(words=_words(request, _recipe(request, seed, sources))) for seed in seeds],
    )


def _recipe(request: TextRequest, seed: int, sources: Sequence[str]) -> str:
    """All that the words depend on. Without temperature there is no chance for a seed to steer."""
    wishes = (request.language, request.temperature, request.change, *sources)
    chance = 0 if request.temperature == 0 else seed
    return "\n".join([str(chance), request.genre, request.prompt, *(str(wish) for wish in wishes if wish is not None)])


def _words(request: TextRequest, recipe: str) -> Iterator[str]:
    """As many words as were asked for, with the blanks and stops between them."""
    rng = random.Random(hashlib.sha256(recipe.encode("utf-8", "surrogatepass")).digest())
    is_chinese = is_spaceless(request.prompt) if request.language is None else request.language == "zh"
    words, blank, stop = (_CHINESE, "", "。") if is_chinese else (_ENGLISH, " ", ".")
    left_in_sentence = 0
    for number in range(1, request.words + 1):
        is_first = left_in_sentence == 0
        left_in_sentence = rng.randint(5, 12) if is_first else left_in_sentence
        left_in_sentence -= 1
        word = rng.choice(words)
        ends = left_in_sentence == 0 or number == request.words
        left_in_sentence = 0 if ends else left_in_sentence
        yield (blank if number > 1 else "") + (word.capitalize() if is_first else word) + (stop if ends else "")
