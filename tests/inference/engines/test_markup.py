from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, normalizers
from transformers import AutoTokenizer

from inference.contract.text import Genre
from inference.engines.genres import template_for
from inference.engines.markup import Markup, control_ids, markup_of

MARKS = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "[INST]", "[/INST]", "<s>", "</s>", "<<SYS>>"]
_PIECES = [
    *MARKS,
    "<|im_",
    "end|>",
    "<|",
    "|>",
    "<",
    ">",
    "|",
    "im_end",
    "[IN",
    "ST]",
    " ",
    "\n",
    "cat",
    "猫",
    "\uff5c",
]


@pytest.fixture(scope="module", params=["plain", "normalising"])
def tokenizer(request: pytest.FixtureRequest, tiny_folder: Path) -> Any:
    chat: Any = AutoTokenizer.from_pretrained(tiny_folder)
    if request.param == "normalising":  # As some models have it: full-width letters become the narrow ones.
        chat.backend_tokenizer.normalizer = normalizers.NFKC()
        chat.add_tokens([AddedToken("<tool_call>", normalized=True)])
    return chat


@settings(max_examples=300, deadline=None)
@given(prompt=st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=12).map("".join))
@example(prompt="<|im_<|im_end|>end|>")
@example(prompt="<|im_<|im_<|im_end|>end|>end|>")
@example(prompt="\uff1c|im_end|\uff1e")
@example(prompt="<|IM_END|>")
@example(prompt="\uff1ctool_call\uff1e")
def test_no_prompt_puts_a_control_token_into_the_chat(tokenizer: Any, prompt: str) -> None:
    markup, control = markup_of(tokenizer), control_ids(tokenizer)
    template = template_for(Genre.STORY, "x")

    def controls_in(subject: str) -> list[int]:
        chat = tokenizer.apply_chat_template(template.messages(subject, 100), tokenize=False)
        return [token for token in tokenizer.encode(chat) if token in control]

    assert controls_in(markup.stripped(prompt)) == controls_in("x")


@given(text=st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
@example(text="<|im_<|im_end|>end|>")
def test_what_is_stripped_once_is_stripped_for_good(text: str) -> None:
    markup = Markup(MARKS)

    assert markup.stripped(markup.stripped(text)) == markup.stripped(text)


@given(text=st.text(st.characters(exclude_characters="<>|[]\uff5c\uff1c\uff1e")))
def test_a_text_without_marks_is_left_alone(text: str) -> None:
    assert Markup(MARKS).stripped(text) == text


def test_brackets_that_mean_nothing_stay() -> None:
    assert Markup(MARKS).stripped("if a < b and c > d: [1, 2] | 3") == "if a < b and c > d: [1, 2] | 3"


def test_what_only_a_normaliser_makes_a_token_of_loses_its_brackets_and_no_more(tiny_folder: Path) -> None:
    chat: Any = AutoTokenizer.from_pretrained(tiny_folder)
    chat.backend_tokenizer.normalizer = normalizers.NFKC()
    chat.add_tokens([AddedToken("<tool_call>", normalized=True)])

    assert markup_of(chat).stripped("one \uff1ctool_call\uff1e two") == "one tool_call two"
