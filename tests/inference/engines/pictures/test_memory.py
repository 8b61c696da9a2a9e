"""What becomes of rounds that do not fit into memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from inference.contract.errors import FailureCode
from inference.contract.events import Failed
from inference.contract.identifiers import ModelName
from inference.engines.pictures.engine import PictureEngine
from inference.engines.residency import Residency
from tests.inference.engines.pictures.conftest import Studio, batch_of, difference, drawn, ends_of, engine_of, steps_of
from tests.inference.engines.pictures.tiny import TINY

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers")  # Of numpy, in its schedulers.

ON_A_DEVICE = torch.OutOfMemoryError("CUDA out of memory")
IN_THE_MACHINE = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")


@pytest.fixture
def residency() -> Residency[Any]:
    return Residency[Any](budget_gib=1)


@pytest.fixture
def engine(studio: Studio, residency: Residency[Any]) -> PictureEngine:
    return engine_of(studio.model(guidance=1.0), residency=residency)


@contextmanager
def room_for(rows: int, engine: PictureEngine, error: Exception = ON_A_DEVICE, *, seen: list[int]) -> Iterator[None]:
    """As a device has it that is too small for more; notes the rows of each call that it bears."""

    def weigh(_: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
        if len(arguments[0]) > rows:
            raise error
        seen.append(len(arguments[0]))

    with engine.held(TINY) as painter:
        hook = painter.pipeline.unet.register_forward_pre_hook(weigh)
        try:
            yield
        finally:
            hook.remove()


@pytest.mark.parametrize("error", [ON_A_DEVICE, IN_THE_MACHINE])
def test_a_round_that_is_too_large_is_halved_until_it_fits(
    engine: PictureEngine, studio: Studio, error: Exception
) -> None:
    wanted = drawn(engine, studio.ask(count=3), studio.ask(seed=9))
    seen: list[int] = []

    with room_for(2, engine, error, seen=seen):
        found = drawn(engine, studio.ask(count=3), studio.ask(seed=9))

    assert max(seen) <= 2
    for whole, pieces in zip(wanted, found, strict=True):
        assert all(difference(*pair) <= 1 for pair in zip(whole, pieces, strict=True))


def test_what_was_learned_of_the_memory_is_kept_to(engine: PictureEngine, studio: Studio) -> None:
    seen: list[int] = []
    with room_for(2, engine, seen=seen):
        drawn(engine, studio.ask(count=4))

    later: list[int] = []
    with room_for(8, engine, seen=later):
        drawn(engine, studio.ask(count=4))

    assert max(later) == 2


def test_models_that_idle_make_room_for_the_last_row(
    engine: PictureEngine, residency: Residency[Any], studio: Studio
) -> None:
    drawn(engine, studio.ask())
    idle = ModelName("idle")
    with residency.hold(idle, 0.1, object):
        pass

    def weigh(_: torch.nn.Module, __: object) -> None:
        if idle in residency.loaded:
            raise ON_A_DEVICE

    with engine.held(TINY) as painter:
        hook = painter.pipeline.unet.register_forward_pre_hook(weigh)
    (pictures,) = drawn(engine, studio.ask())
    hook.remove()

    assert len(pictures) == 1
    assert residency.loaded == (TINY,)


def test_what_fits_in_no_way_fails_plainly_and_alone(engine: PictureEngine, studio: Studio) -> None:
    seen: list[int] = []
    with room_for(0, engine, seen=seen):
        (end,) = ends_of(engine, studio.ask(count=2))

    assert isinstance(end, Failed)
    assert end.failure.code is FailureCode.OUT_OF_MEMORY
    assert len(drawn(engine, studio.ask(count=2))[0]) == 2


def test_progress_never_goes_back_when_rows_begin_anew(engine: PictureEngine, studio: Studio) -> None:
    run, seen = studio.ask(count=4, steps=4), list[int]()

    def weigh(_: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
        seen.append(len(arguments[0]))
        if len(seen) == 3:
            raise ON_A_DEVICE

    with engine.held(TINY) as painter:
        hook = painter.pipeline.unet.register_forward_pre_hook(weigh)
    told = [event for step in steps_of(engine, batch_of(run)) for event in step]
    hook.remove()

    fractions = [event.fraction for event in told[:-1]]  # type: ignore[union-attr]  # All but the last tell progress.
    assert fractions == sorted(fractions)


@pytest.mark.filterwarnings("ignore:CUDA out of memory:UserWarning")
def test_memory_that_runs_out_at_the_decoder_of_sana_is_noticed(studio: Studio) -> None:
    engine = studio.engine("SanaPipeline")
    with engine.held(TINY) as painter:
        whole = painter.pipeline.vae.decode

        def decode(latents: torch.Tensor, **options: Any) -> Any:
            if len(latents) > 1:
                raise ON_A_DEVICE
            return whole(latents, **options)

        painter.pipeline.vae.decode = decode
        (pictures,) = drawn(engine, studio.ask(count=2))

    assert len(pictures) == 2
