"""An engine without a model: strings words together by seed, to try the bot with and to test against."""

import hashlib
import random
import re
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from threading import Event
from typing import Final, Self

from inference.contract.artifacts import Making, Provenance
from inference.contract.errors import ModelUnknownError, SourceGoneError
from inference.contract.events import Cancelled, Failed, Progressed
from inference.contract.identifiers import ModelName
from inference.contract.requests import MAX_SEED, Request, TextRequest
from inference.engines.engine import Batch, NothingMadeError, Run, Steps
from inference.engines.failures import end_of, failure_of
from inference.engines.writing import is_spaceless, seed_of, source_texts, spool_texts

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


class Fault(StrEnum):
    """What the engine does instead of its work, so that tests can see what becomes of it."""

    NONE = ""
    RAISE = "raise"
    MEMORY = "memory"
    NOTHING = "nothing"
    SILENT = "silent"
    CHATTER = "chatter"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeSettings:
    pace_seconds: float = 0.0  # What one step takes, however many runs share it.
    fault: Fault = Fault.NONE

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Reads `ATELIER_FAKE_PACE_SECONDS` and `ATELIER_FAKE_FAULT`; raises `ValueError`."""
        return cls(
            pace_seconds=float(environment.get("ATELIER_FAKE_PACE_SECONDS", "0")),
            fault=Fault(environment.get("ATELIER_FAKE_FAULT", "")),
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

    def write(self) -> None:
        for variant in self.variants:
            variant.write()


class FakeEngine:
    """One word a step for every variant. The words depend on the request and its sources, and quote neither."""

    name = "fake"
    device = "cpu"
    max_rows = 8

    def __init__(
        self,
        settings: FakeSettings | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings or FakeSettings()
        self._clock = clock
        self._sleep = sleep

    def batch_key(self, request: Request) -> Hashable:
        return request.model

    def may_begin(self, request: Request) -> bool:
        return True

    def preload(self, model: ModelName) -> None:
        if model != FAKE:
            raise ModelUnknownError(model)

    def run(self, batch: Batch) -> Steps:
        pieces: list[_Piece] = []
        while True:
            for run in batch.joining():
                try:
                    pieces.append(_piece(run))
                except (SourceGoneError, OSError) as error:
                    yield Failed(job_id=run.job_id, failure=failure_of(error))
            for piece in [piece for piece in pieces if piece.run.is_cancelled]:
                pieces.remove(piece)
                yield Cancelled(job_id=piece.run.job_id)
            if not pieces:
                return
            self._step(pieces)
            for piece in list(pieces):
                if not piece.is_ended:
                    yield _progress(piece)
                    continue
                pieces.remove(piece)
                yield end_of(piece.run.job_id, partial(_making, piece))
            yield None

    def _step(self, pieces: Sequence[_Piece]) -> None:
        """A word for every variant of every piece."""
        began = self._clock()
        self._misbehave()
        self._sleep(self._settings.pace_seconds)
        share = (self._clock() - began) / sum(piece.rows for piece in pieces)
        for piece in pieces:
            piece.device_seconds += share * piece.rows
            piece.write()

    def _misbehave(self) -> None:
        match self._settings.fault:
            case Fault.NONE:
                pass
            case Fault.RAISE:
                raise RuntimeError("told to")
            case Fault.MEMORY:
                raise MemoryError
            case Fault.NOTHING:
                raise NothingMadeError
            case Fault.SILENT:
                Event().wait()
            case Fault.CHATTER:
                print("a library that prints where the wire was", flush=True)


def _piece(run: Run) -> _Piece:
    """Raises `SourceGoneError`, `OSError`."""
    request, seed, sources = run.request, seed_of(run.request.seed), source_texts(run)
    variants = 1 if request.temperature == 0 else request.variants  # Without chance all are one.
    seeds = [(seed + number) % (MAX_SEED + 1) for number in range(variants)]
    return _Piece(
        run=run,
        seed=seed,
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


def _progress(piece: _Piece) -> Progressed:
    first = piece.variants[0]
    return Progressed(
        job_id=piece.run.job_id,
        fraction=len(first.written) / piece.run.request.words,
        preview=first.text,
    )


def _making(piece: _Piece) -> Making:
    request = piece.run.request
    return Making(
        artifacts=spool_texts(piece.run, [variant.text for variant in piece.variants]),
        provenance=Provenance(
            model=request.model,
            model_sha256="",
            engine=FakeEngine.name,
            seed=piece.seed,
            settings={} if request.temperature is None else {"temperature": request.temperature},
            versions=_versions(),
        ),
        device_seconds=piece.device_seconds,
        size=request.words * len(piece.variants),
    )


def _versions() -> Mapping[str, str]:
    try:
        return {"atelier": version("atelier")}
    except PackageNotFoundError:
        return {}
