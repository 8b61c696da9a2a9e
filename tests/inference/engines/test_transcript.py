from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from inference.engines.transcript import Transcript
from inference.engines.writing import count_words


@pytest.fixture(scope="module")
def tokenizer(tiny_folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(tiny_folder)


READABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd"), max_size=60)


@settings(max_examples=100, deadline=None)
@given(text=READABLE)
def test_a_text_grows_to_itself_and_never_shows_half_a_character(tokenizer: Any, text: str) -> None:
    transcript = Transcript(tokenizer)
    seen = [""]

    for token in tokenizer.encode(text, add_special_tokens=False):
        transcript.append(token)
        seen.append(transcript.text)

    assert transcript.text == text
    assert all(text.startswith(shown) for shown in seen)


@settings(max_examples=20, deadline=None)
@given(words=st.lists(st.sampled_from(["rain", "night", "it's", "雨", "-", "\n"]), max_size=300))
def test_the_words_of_a_long_text_are_counted_in_full(tokenizer: Any, words: list[str]) -> None:
    text = " ".join(words)
    transcript = Transcript(tokenizer)

    for token in tokenizer.encode(text, add_special_tokens=False):
        transcript.append(token)
        _ = transcript.words

    assert transcript.words == count_words(text)


def test_bytes_that_spell_nothing_are_dropped(tokenizer: Any) -> None:
    transcript = Transcript(tokenizer)
    first, *_ = tokenizer.encode("\U0001f600", add_special_tokens=False)

    for token in [first, first, first, *tokenizer.encode("rain", add_special_tokens=False)]:
        transcript.append(token)

    assert transcript.text == "rain"
