"""Chat templates of other models, which the tiny tokenizer takes as well as its own."""

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from inference.engines.chat import Chat

REFUSING = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('out of turn') }}{% endif %}"
    "[{{ message['role'] }}]{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}[model]{% endif %}"
)
FORGETFUL = (
    "{% for message in messages %}{% if message['role'] != 'system' %}[{{ message['role'] }}]{{ message['content'] }}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}[model]{% endif %}"
)
THINKING = (
    "{% for message in messages %}[{{ message['role'] }}]{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}[model]{% if not enable_thinking %}<no thoughts>{% endif %}{% endif %}"
)
MESSAGES = [
    {"role": "system", "content": "You write."},
    {"role": "user", "content": "A lamp."},
    {"role": "assistant", "content": "It shone."},
    {"role": "user", "content": "A cat."},
]


@pytest.fixture
def tokenizer(tiny_folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(tiny_folder)


@pytest.mark.parametrize("template", [REFUSING, FORGETFUL])
def test_where_there_is_no_system_role_its_text_goes_into_the_first_turn(tokenizer: Any, template: str) -> None:
    tokenizer.chat_template = template

    spelled = Chat(tokenizer).spelled(MESSAGES)

    assert spelled == "[user]You write.\n\nA lamp.[assistant]It shone.[user]A cat.[model]"


def test_a_system_role_is_kept_where_there_is_one(tokenizer: Any) -> None:
    spelled = Chat(tokenizer).spelled(MESSAGES)

    assert spelled.startswith("<|im_start|>system\nYou write.<|im_end|>\n<|im_start|>user\nA lamp.")
    assert spelled.endswith("<|im_start|>assistant\n")


def test_a_template_that_tells_the_day_tells_the_same_on_every_day(tokenizer: Any) -> None:
    tokenizer.chat_template = "{% set day = strftime_now('%H:%M:%S') %}[{{ day }}]{{ messages[-1]['content'] }}"

    assert Chat(tokenizer).spelled(MESSAGES) == "[01 January 2025]A cat."


@pytest.mark.parametrize(("is_thinking", "end"), [(True, "[model]"), (False, "[model]<no thoughts>")])
def test_a_template_gets_the_arguments_of_its_model(tokenizer: Any, is_thinking: bool, end: str) -> None:
    tokenizer.chat_template = THINKING

    assert Chat(tokenizer, {"enable_thinking": is_thinking}).spelled(MESSAGES).endswith("A cat." + end)
