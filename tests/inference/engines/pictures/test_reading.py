from inference.engines.pictures.reading import words_unread
from tests.inference.engines.pictures.tiny import tokenizer


def test_a_prompt_that_fits_is_read_to_its_end() -> None:
    assert words_unread("a red apple", [tokenizer()], 32) == 0


def test_the_words_beyond_the_last_token_that_fits_are_counted() -> None:
    prompt = "a red apple on a table, beside a fox"  # A token a byte, two for the ends.

    assert words_unread(prompt, [tokenizer(length=13)], 77) == 6


def test_the_encoder_that_reads_the_most_counts() -> None:
    prompt = "a red apple on a table, beside a fox"

    assert words_unread(prompt, [tokenizer(length=13), tokenizer(length=100)], 77) == 0


def test_a_limit_of_the_model_holds_for_every_tokenizer() -> None:
    assert words_unread("one two three", [tokenizer(length=100)], 5) == 2


def test_a_character_without_blanks_is_a_word() -> None:
    assert words_unread("雨夜里", [tokenizer()], 5) == 2
