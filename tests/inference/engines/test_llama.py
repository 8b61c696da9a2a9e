import ctypes
import shutil
import sys
from pathlib import Path

import pytest

from inference.catalog.catalog import Catalog
from inference.contract.errors import FailureCode, ModelMissingError
from inference.contract.events import EngineEvent, Progressed, Succeeded
from inference.engines import llama_binding
from inference.engines.conversion import take_over
from inference.engines.engine import Batch, ModelBrokenError, Run
from inference.engines.failures import failure_of
from inference.engines.llama import LlamaEngine, load
from inference.engines.residency import Residency
from inference.engines.shelf import Shelf
from tests.inference.engines.conftest import MakeRun
from tests.inference.engines.tiny_gguf import TINY_GGUF, build_tiny_gguf, tiny_gguf_catalog


@pytest.fixture(scope="module")
def folder(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-gguf")
    build_tiny_gguf(tiny_folder, folder)
    return folder


@pytest.fixture
def needs_llama() -> None:
    pytest.importorskip("xllamacpp", reason="the extra llama is not installed")


def engine_of(catalog: Catalog) -> LlamaEngine:
    return LlamaEngine(shelf=Shelf(catalog=catalog, models=Path("/nowhere"), residency=Residency(budget_gib=1)))


def ends_of(engine: LlamaEngine, *runs: Run) -> list[EngineEvent]:
    batch = Batch()
    for run in runs:
        batch.admit(run)
    ends: list[EngineEvent] = []
    for event in engine.run(batch):
        if event is not None and not isinstance(event, Progressed):
            batch.end(event.job_id)
            ends.append(event)
    return sorted(ends, key=lambda event: event.job_id)


def text_of(event: EngineEvent) -> str:
    assert isinstance(event, Succeeded)
    return event.making.artifacts[0].path.read_text(encoding="utf-8")


def test_a_text_is_the_same_alone_and_among_others(needs_llama: None, folder: Path, make_run: MakeRun) -> None:
    engine = engine_of(tiny_gguf_catalog(folder))

    alone = [ends_of(engine, make_run(number, model=TINY_GGUF, words=30, seed=number))[0] for number in range(8)]
    together = ends_of(engine, *(make_run(10 + number, model=TINY_GGUF, words=30, seed=number) for number in range(8)))

    assert [text_of(event) for event in together] == [text_of(event) for event in alone]


def test_the_recipe_names_what_computed(needs_llama: None, folder: Path, make_run: MakeRun) -> None:
    (end,) = ends_of(engine_of(tiny_gguf_catalog(folder)), make_run(1, model=TINY_GGUF, words=10))

    assert isinstance(end, Succeeded)
    provenance = end.making.provenance
    assert (provenance.engine, provenance.device) == ("llama", "cpu")
    assert provenance.dtype.endswith("F32")
    assert provenance.versions["xllamacpp"]


def test_an_error_in_one_batch_leaves_the_next_one_a_clean_context(
    needs_llama: None, folder: Path, make_run: MakeRun
) -> None:
    engine = engine_of(tiny_gguf_catalog(folder))
    (expected,) = ends_of(engine, make_run(1, model=TINY_GGUF, words=30, seed=5))
    batch = Batch()
    batch.admit(make_run(2, model=TINY_GGUF, words=30, seed=9))
    steps = engine.run(batch)
    for _ in range(3):
        next(steps)
    with pytest.raises(ZeroDivisionError):
        steps.throw(ZeroDivisionError())

    (after,) = ends_of(engine, make_run(3, model=TINY_GGUF, words=30, seed=5))

    assert text_of(after) == text_of(expected)


def test_the_tokenizer_may_be_left_in_the_file(needs_llama: None, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.gguf").symlink_to(folder / "weights.gguf")
    entry = tiny_gguf_catalog(folder).get(TINY_GGUF)

    beside, inside = (load(entry, each, max_rows=1).tokenizer for each in (folder, tmp_path))

    spoken = "The river ran. <|im_end|>夜里下雨。"
    assert inside.encode(spoken) == beside.encode(spoken)
    assert inside.chat_template == beside.chat_template


def test_what_the_puller_leaves_of_a_gguf_file_is_what_the_engine_loads(
    needs_llama: None, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "weights.gguf", tmp_path)

    take_over(tmp_path)

    made = tmp_path / "model"
    assert (made / "tokenizer.json").is_file()
    assert load(tiny_gguf_catalog(made).get(TINY_GGUF), made, max_rows=1).backend.engine == "llama"


def test_a_model_that_is_not_here_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        engine_of(tiny_gguf_catalog(tmp_path)).preload(TINY_GGUF)


def test_a_folder_with_code_of_its_own_is_never_loaded(tmp_path: Path) -> None:
    (tmp_path / "weights.gguf").write_bytes(b"not looked at")
    (tmp_path / "tokenizer_config.json").write_text('{"auto_map": {"AutoTokenizer": ["evil.Evil", null]}}')

    with pytest.raises(ModelBrokenError, match="auto_map"):
        engine_of(tiny_gguf_catalog(tmp_path)).preload(TINY_GGUF)


def test_a_file_that_is_no_gguf_is_broken(needs_llama: None, tmp_path: Path) -> None:
    (tmp_path / "weights.gguf").write_bytes(b"not a model")

    with pytest.raises(ModelBrokenError, match=r"llama\.cpp cannot read weights\.gguf"):
        engine_of(tiny_gguf_catalog(tmp_path)).preload(TINY_GGUF)


def test_without_the_package_the_model_says_which_extra_it_needs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    llama_binding._library.cache_clear()

    with pytest.raises(ModelBrokenError, match=r"xllamacpp is missing: pip install \"\.\[llama\]\"") as caught:
        engine_of(tiny_gguf_catalog(folder)).preload(TINY_GGUF)

    assert "\n" not in str(caught.value)
    assert failure_of(caught.value).code is FailureCode.MODEL_BROKEN


def test_another_version_of_the_structures_is_refused(
    needs_llama: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = [("another", ctypes.c_uint32), *llama_binding._ContextParams._fields_]
    moved = type("Moved", (ctypes.Structure,), {"_fields_": fields})
    signatures = dict(llama_binding._SIGNATURES) | {"llama_context_default_params": (moved, ())}
    monkeypatch.setattr(llama_binding, "_SIGNATURES", signatures)
    llama_binding._library.cache_clear()

    with pytest.raises(ModelBrokenError, match="its structures are not those that we know"):
        engine_of(tiny_gguf_catalog(folder)).preload(TINY_GGUF)

    monkeypatch.undo()
    llama_binding._library.cache_clear()
