"""The closed lists against the installed diffusers: whatever a catalog may name is there, and can be called."""

import inspect
from typing import Any

import diffusers
import pytest

from inference.catalog.classes import PIPELINES, REFERENCE_PIPELINES, SCHEDULERS


@pytest.mark.parametrize("name", sorted(PIPELINES | REFERENCE_PIPELINES))
def test_a_pipeline_draws_by_prompt_steps_and_seed(name: str) -> None:
    call: Any = getattr(diffusers, name).__call__

    assert {"prompt", "num_inference_steps", "generator"} <= set(inspect.signature(call).parameters)


@pytest.mark.parametrize("name", sorted(REFERENCE_PIPELINES))
def test_a_pipeline_for_references_takes_a_picture(name: str) -> None:
    call: Any = getattr(diffusers, name).__call__

    assert "image" in inspect.signature(call).parameters


@pytest.mark.parametrize("name", sorted(SCHEDULERS))
def test_a_scheduler_is_made_by_the_configuration_of_another(name: str) -> None:
    usual = diffusers.DDIMScheduler()

    assert getattr(diffusers, name).from_config(usual.config).config.num_train_timesteps == 1000
