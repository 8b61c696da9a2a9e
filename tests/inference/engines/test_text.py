import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inference.catalog.model import TextDefaults
from inference.contract.artifacts import Artifact, Making
from inference.contract.errors import FailureCode, ModelMissingError
from inference.contract.events import Cancelled, EngineEvent, Failed, Progressed, Succeeded
from inference.contract.identifiers import JobId, ModelName
from inference.contract.mediums import MAX_SEED, Basis
from inference.contract.text import Genre, TextRequest
from inference.engines.brief import Brief, brief_of
from inference.engines.checkpoint import Checkpoint
from inference.engines.decoding import Decoder
from inference.engines.engine import Batch, ModelBrokenError, Run
from inference.engines.residency import Residency
from inference.engines.row import Row
from inference.engines.sampling import Sampling, choose
from inference.engines.shelf import Shelf
from inference.engines.text import TextEngine
from inference.engines.writing import count_words
from tests.inference.engines.conftest import MakeRun
from tests.inference.engines.tiny import CONTEXT_TOKENS, TINY, build_tiny, tiny_catalog


@pytest.fixture(scope="module")
def engine(tiny_folder: Path) -> TextEngine:
    return engine_of(tiny_folder)


def engine_of(folder: Path, defaults: TextDefaults | None = None) -> TextEngine:
    shelf = Shelf(catalog=tiny_catalog(folder, defaults), models=folder, residency=Residency(budget_gib=1))
    clock = itertools.count().__next__  # Every look at the clock is a second later: every step tells of progress.
    return TextEngine(shelf=shelf, device="cpu", dtype="float32", clock=clock)


def worked_out(engine: TextEngine, joining: Mapping[int, Sequence[Run]]) -> Iterator[EngineEvent]:
    """Every event, with the runs admitted before the step that they are keyed by."""
    batch = Batch()
    for run in joining.get(0, ()):
        batch.admit(run)
    step = 0
    for event in engine.run(batch):
        if event is None:
            step += 1
            for run in joining.get(step, ()):
                batch.admit(run)
        else:
            if not isinstance(event, Progressed):
                batch.end(event.job_id)
            yield event


def makings(events: Iterator[EngineEvent]) -> dict[JobId, Making]:
    return {event.job_id: event.making for event in events if isinstance(event, Succeeded)}


def text_of(making: Making) -> str:
    return making.artifacts[0].path.read_text(encoding="utf-8")


def test_a_text_has_its_whole_recipe(engine: TextEngine, make_run: MakeRun) -> None:
    run = make_run(1, seed=5)

    making = makings(worked_out(engine, {0: [run]}))[run.job_id]

    recipe = making.provenance
    assert (recipe.model, recipe.engine, recipe.seed) == (TINY, "transformers", 5)
    assert (recipe.device, recipe.dtype) == ("cpu", "float32")
    assert {"temperature", "top_k", "top_p", "repetition_penalty", "words", "templates"} <= set(recipe.settings)
    assert {"torch", "transformers", "tokenizers"} <= set(recipe.versions)
    assert making.device_seconds > 0
    assert making.size == count_words(text_of(making))


def test_the_recipe_names_the_seed_of_each_variant(engine: TextEngine, make_run: MakeRun) -> None:
    run = make_run(1, seed=MAX_SEED, variants=3)

    recipe = makings(worked_out(engine, {0: [run]}))[run.job_id].provenance

    assert recipe.settings["seeds"] == f"{MAX_SEED} 0 1"


def test_previews_grow_into_the_text_without_half_characters(engine: TextEngine, make_run: MakeRun) -> None:
    run = make_run(1, seed=11, words=40, prompt="雨")
    events = list(worked_out(engine, {0: [run]}))

    previews = [event.preview for event in events if isinstance(event, Progressed)]
    fractions = [event.fraction for event in events if isinstance(event, Progressed)]

    assert len(previews) > 10
    assert not any("\ufffd" in preview for preview in previews)
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)


def test_a_seed_that_was_not_given_is_drawn_and_makes_the_same_text_again(
    engine: TextEngine, make_run: MakeRun
) -> None:
    first = makings(worked_out(engine, {0: [make_run(1)]}))[JobId(1)]

    second = makings(worked_out(engine, {0: [make_run(2, seed=first.provenance.seed)]}))[JobId(2)]

    assert text_of(second) == text_of(first)


def test_two_seeds_make_two_texts(engine: TextEngine, make_run: MakeRun) -> None:
    made = makings(worked_out(engine, {0: [make_run(1, seed=1), make_run(2, seed=2)]}))

    assert text_of(made[JobId(1)]) != text_of(made[JobId(2)])


PROMPTS = ("rain", "the old door and the long night by the river", "山上有灯", "a " * 60)


class Recorder:
    """Keeps the draws, the tokens and the logits of one job's row."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, job_id: int) -> None:
        self.draws: list[float] = []
        self.tokens: list[int] = []
        self.logits: list[torch.Tensor] = []
        draw, append = Row.draw, Row.append

        def recording_draw(row: Row) -> torch.Tensor:
            drawn = draw(row)
            if row.job_id == job_id:
                self.draws.append(float(drawn))
            return drawn

        def recording_append(row: Row, drawn: int) -> None:
            append(row, drawn)
            if row.job_id == job_id:
                self.tokens.append(row.last_token)

        def recording_choose(
            logits: torch.Tensor, samplings: Sequence[Sampling], draws: torch.Tensor
        ) -> list[int | None]:
            self.logits += [logits[row].clone() for row, drawn in enumerate(draws.tolist()) if drawn in self.draws[-1:]]
            return choose(logits, samplings, draws)

        monkeypatch.setattr(Row, "draw", recording_draw)
        monkeypatch.setattr(Row, "append", recording_append)
        monkeypatch.setattr("inference.engines.desk.choose", recording_choose)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    company=st.lists(
        st.tuples(
            st.integers(0, 20),  # The step before which it joins.
            st.sampled_from(PROMPTS),
            st.integers(10, 20),  # Words
            st.sampled_from([Genre.FREE, Genre.POEM]),
        ),
        max_size=4,
    ),
    place=st.integers(0, 20),
    seed=st.integers(0, 2**32 - 1),
    prompt=st.sampled_from(PROMPTS),
)
@example(company=[(0, PROMPTS[1], 20, Genre.FREE), (7, PROMPTS[3], 10, Genre.POEM)], place=3, seed=1, prompt=PROMPTS[0])
def test_a_row_draws_and_writes_the_same_alone_or_in_company(
    engine: TextEngine,
    make_run: MakeRun,
    company: list[tuple[int, str, int, Genre]],
    place: int,
    seed: int,
    prompt: str,
) -> None:
    joining: dict[int, list[Run]] = {0: [make_run(99, prompt="a", words=25, seed=3)]}  # The batch lasts while it does.
    joining.setdefault(place, []).append(make_run(1, prompt=prompt, words=15, seed=seed))
    for number, (step, other, words, genre) in enumerate(company, start=2):
        neighbour = make_run(number, prompt=other, words=words, genre=genre, seed=number)
        joining.setdefault(step, []).append(neighbour)
    with pytest.MonkeyPatch.context() as monkeypatch:
        alone = Recorder(monkeypatch, 1)
        list(worked_out(engine, {0: [make_run(1, prompt=prompt, words=15, seed=seed)]}))
    with pytest.MonkeyPatch.context() as monkeypatch:
        together = Recorder(monkeypatch, 1)
        list(worked_out(engine, joining))

    shared = min(len(alone.draws), len(together.draws))
    assert together.draws[:shared] == alone.draws[:shared]
    pairs = zip(alone.tokens, together.tokens, alone.logits, together.logits, strict=False)
    for alone_token, together_token, alone_logits, together_logits in pairs:
        # Rounding alone may differ. Where a draw falls within it of a bound, the tokens part, and all that follows.
        torch.testing.assert_close(together_logits, alone_logits, atol=1e-3, rtol=0)
        if together_token != alone_token:
            return
    assert together.tokens == alone.tokens


def test_the_same_tokens_come_alone_or_in_company(engine: TextEngine, make_run: MakeRun) -> None:
    """Chosen so that no draw falls next to a bound; the property above cannot leave that out."""
    runs = [make_run(number, prompt=PROMPTS[number % 4], words=15 + 5 * number, seed=number) for number in range(6)]
    with_company = makings(worked_out(engine, {number * 3: [run] for number, run in enumerate(runs)}))

    texts = [text_of(with_company[run.job_id]) for run in runs]
    alone = [text_of(makings(worked_out(engine, {0: [run]}))[run.job_id]) for run in runs]

    assert texts == alone


def test_a_row_that_joins_and_one_that_leaves_change_no_neighbour(engine: TextEngine, make_run: MakeRun) -> None:
    expected = text_of(makings(worked_out(engine, {0: [make_run(1, seed=8, words=40)]}))[JobId(1)])
    leaver = make_run(2, seed=9, words=40, prompt=PROMPTS[3])
    batch = Batch()
    batch.admit(make_run(1, seed=8, words=40))
    batch.admit(leaver)

    ends: list[EngineEvent] = []
    steps = engine.run(batch)
    for step, event in enumerate(steps):
        leaver.is_cancelled = step > 40
        if event is not None and not isinstance(event, Progressed):
            batch.end(event.job_id)
            ends.append(event)

    assert isinstance(ends[0], Cancelled)
    assert isinstance(ends[1], Succeeded)
    assert text_of(ends[1].making) == expected


@pytest.mark.parametrize("words", [10, 60])
def test_even_random_weights_keep_to_the_length(engine: TextEngine, make_run: MakeRun, words: int) -> None:
    made = makings(worked_out(engine, {0: [make_run(number, seed=number, words=words) for number in range(8)]}))

    sizes = [making.size for making in made.values()]
    assert len(sizes) == 8
    assert max(sizes) <= 1.3 * words + 1


def test_a_text_never_outgrows_the_context(engine: TextEngine, make_run: MakeRun) -> None:
    run = make_run(1, seed=1, words=2000, prompt="night " * 300)

    making = makings(worked_out(engine, {0: [run]}))[run.job_id]

    assert 0 < making.provenance.settings["tokens"] <= CONTEXT_TOKENS // 2  # type: ignore[operator]  # An int here.


def test_a_prompt_of_nothing_but_markup_still_makes_a_text(engine: TextEngine, make_run: MakeRun) -> None:
    run = make_run(1, seed=1, prompt="<|im_end|><|im_<|im_end|>start|>")

    assert makings(worked_out(engine, {0: [run]}))


def test_a_prompt_that_cannot_be_taken_fails_its_own_run_alone(
    engine: TextEngine, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(request: TextRequest, sources: Sequence[str], model: Checkpoint) -> Brief:
        if request.prompt == "poison":
            raise ValueError("no such prompt")
        return brief_of(request, sources, model)

    monkeypatch.setattr("inference.engines.piece.brief_of", refusing)

    events = list(worked_out(engine, {0: [make_run(1, prompt="poison"), make_run(2)]}))

    ends = {event.job_id: event for event in events if not isinstance(event, Progressed)}
    assert isinstance(ends[JobId(1)], Failed)
    assert isinstance(ends[JobId(2)], Succeeded)


def test_a_model_that_is_not_here_is_missing(tmp_path: Path, make_run: MakeRun) -> None:
    with pytest.raises(ModelMissingError):
        list(worked_out(engine_of(tmp_path / "nowhere"), {0: [make_run(1)]}))


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_model_with_a_spoilt_file_is_broken(tmp_path: Path, file: str) -> None:
    build_tiny(tmp_path)
    (tmp_path / file).write_bytes(b"{spoilt")

    with pytest.raises(ModelBrokenError):
        engine_of(tmp_path).preload(TINY)


def test_a_model_in_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    build_tiny(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save({}, tmp_path / "pytorch_model.bin")

    with pytest.raises(ModelBrokenError):
        engine_of(tmp_path).preload(TINY)


def test_the_likeliest_token_is_taken_at_temperature_zero(tiny_folder: Path, make_run: MakeRun) -> None:
    greedy = engine_of(tiny_folder, TextDefaults(temperature=0.0, repetition_penalty=1.0))

    made = makings(worked_out(greedy, {0: [make_run(1, seed=1), make_run(2, seed=2)]}))

    assert text_of(made[JobId(1)]) == text_of(made[JobId(2)])


def test_memory_that_runs_out_is_told_as_such(
    engine: TextEngine, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_memory(*_: object, **__: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Decoder, "join", out_of_memory)

    with pytest.raises(MemoryError):
        list(worked_out(engine, {0: [make_run(1)]}))


def test_a_model_of_another_name_is_another_batch(engine: TextEngine) -> None:
    here, there = (TextRequest(prompt="x", model=ModelName(name)) for name in ("tiny", "other"))

    assert engine.batch_key(here) != engine.batch_key(there)


def test_variants_share_one_reading_of_their_prompt(
    engine: TextEngine, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    forward = Decoder._forward

    def counting(decoder: Decoder, ids: torch.Tensor, *rest: Any) -> torch.Tensor:
        read.append(ids.numel())
        return forward(decoder, ids, *rest)

    monkeypatch.setattr(Decoder, "_forward", counting)

    list(worked_out(engine, {0: [make_run(1, seed=1, variants=3)]}))

    assert max(read[1:]) == 3  # The prompt first, then a token for each variant.


def silent(seeds: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rows of these seeds write nothing."""
    text = Row.text

    def said(row: Row) -> str:
        assert isinstance(text, property)
        return "" if row.seed in seeds else str(text.__get__(row))

    monkeypatch.setattr(Row, "text", property(said))


def test_a_variant_that_comes_to_nothing_is_left_out(
    engine: TextEngine, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent({6}, monkeypatch)

    making = makings(worked_out(engine, {0: [make_run(1, seed=5, variants=3)]}))[JobId(1)]

    assert len(making.artifacts) == 2
    assert making.provenance.seed == 5
    assert making.provenance.settings["seeds"] == "5 7"


def test_a_run_whose_variants_all_come_to_nothing_fails(
    engine: TextEngine, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent({5, 6}, monkeypatch)

    events = list(worked_out(engine, {0: [make_run(1, seed=5, variants=2)]}))

    assert [event.failure.code for event in events if isinstance(event, Failed)] == [FailureCode.NOTHING_MADE]


def test_the_end_of_earlier_passages_is_penalised(tiny_folder: Path, make_run: MakeRun, tmp_path: Path) -> None:
    """With a penalty that nothing withstands, no token of the passages comes again."""
    passage = tmp_path / "kept"
    passage.write_text("The river ran. A cat slept by the old door.", encoding="utf-8")
    source = Artifact(path=passage, media_type="text/plain", sha256="", size_bytes=0)
    defaults = TextDefaults(temperature=1.0, top_k=40, top_p=0.95, repetition_penalty=1e6)
    strict = engine_of(tiny_folder, defaults)
    run = replace(make_run(1, seed=3, words=10, basis=Basis.CONTINUATION), sources=(source,))

    text = text_of(makings(worked_out(strict, {0: [run]}))[JobId(1)])

    assert not any(word in text for word in ("river", "cat", "old", "door"))


def test_the_lowest_of_temperatures_still_makes_a_text(engine: TextEngine, make_run: MakeRun) -> None:
    made = makings(worked_out(engine, {0: [make_run(1, seed=1, temperature=5e-324)]}))

    assert text_of(made[JobId(1)])


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_model_whose_numbers_break_fails_that_text_and_costs_its_neighbours_nothing(
    tiny_folder: Path, make_run: MakeRun, value: float
) -> None:
    engine = engine_of(tiny_folder)
    alone = text_of(makings(worked_out(engine, {0: [make_run(1, prompt="the river", seed=3)]}))[JobId(1)])
    with engine.held(TINY) as checkpoint:
        model: Any = checkpoint.backend.open_decoder()
        (token,) = checkpoint.tokenizer.encode("山", add_special_tokens=False)[:1]
        with torch.no_grad():
            model._model.get_input_embeddings().weight[token] = value

    broken = make_run(1, prompt="山", seed=3, variants=2)
    events = list(worked_out(engine, {0: [make_run(2, prompt="the river", seed=3), broken]}))

    ends = {event.job_id: event for event in events if not isinstance(event, Progressed)}
    end = ends[broken.job_id]
    assert isinstance(end, Failed)
    assert end.failure.code is FailureCode.OUT_OF_RANGE
    assert text_of(makings(iter(events))[JobId(2)]) == alone
