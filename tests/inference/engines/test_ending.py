import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.engines.ending import Budget
from inference.engines.writing import count_words, is_spaceless

PROSE = Budget(words=20, tokens=100, has_lines=False)
VERSE = Budget(words=20, tokens=100, has_lines=True)
SENTENCE = "The cat sat on the mat and looked at me for a very long time that day. "


@pytest.mark.parametrize("end", [".", "!", "?", "\u2026", '."', ".)", "。", "！”", ".*"])
def test_a_sentence_s_end_is_a_clean_ending(end: str) -> None:
    opening = '"' if end == '."' else ""

    assert PROSE.is_met(opening + "word " * 19 + "word" + end, 20)


@pytest.mark.parametrize("tail", ["and then", "word,", "1.", "word\n2.", 'He said: "Come.', "A."])
def test_what_only_looks_like_an_end_is_none(tail: str) -> None:
    assert not PROSE.is_met("word " * 19 + "\n" + tail, 20)


def test_a_short_text_is_not_met_by_its_first_sentence() -> None:
    assert not PROSE.is_met("The cat sat.", 3)


def test_a_line_ends_verse_but_not_prose() -> None:
    text = "word " * 19 + "word\n"

    assert VERSE.is_met(text, 20)
    assert not PROSE.is_met(text, 20)


def test_a_text_that_will_not_end_is_cut_at_its_last_sentence() -> None:
    assert PROSE.cut(SENTENCE + "And then the d") == SENTENCE.strip()


def test_verse_is_cut_at_its_last_line() -> None:
    assert (
        VERSE.cut("word " * 9 + "word\n" + "word " * 9 + "word\nand th")
        == "word " * 9 + "word\n" + "word " * 9 + "word"
    )


def test_a_cut_never_splits_a_word() -> None:
    assert PROSE.cut("word " * 20 + "unfini") == ("word " * 20).strip() + "\u2026"


def test_a_cut_that_would_lose_most_of_the_text_is_not_made() -> None:
    text = "Yes. " + "word " * 20

    assert count_words(PROSE.cut(text)) > 15


@given(st.text(min_size=1).filter(str.strip), st.booleans())
@example("\n\x08", True)  # Something, but no word.
def test_a_cut_leaves_something_and_adds_no_words(text: str, has_lines: bool) -> None:
    cut = Budget(words=20, tokens=100, has_lines=has_lines).cut(text)

    assert cut.strip()
    assert text.startswith(cut.removesuffix("\u2026").rstrip()) or cut.removesuffix("\u2026") in text


def test_the_end_is_more_urgent_the_longer_it_takes() -> None:
    urgencies = [PROSE.urgency(words) for words in (10, 16, 18, 20, 22, 24)]

    assert urgencies[0] == urgencies[1] == 0
    assert urgencies == sorted(urgencies)
    assert urgencies[-1] > 6


def test_the_budget_of_tokens_stops_what_spells_no_words() -> None:
    assert PROSE.is_spent(0, 100)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two", 2),
        ("don't well-known", 2),
        ("— ... !", 0),
        ("山上有灯", 4),
        ("ok 山", 2),
        ("héllo naïve", 2),
    ],
)
def test_words_are_counted_as_a_reader_would(text: str, words: int) -> None:
    assert count_words(text) == words


def test_chinese_is_told_from_english_with_a_chinese_word_in_it() -> None:
    assert is_spaceless("一只狐狸开了面包店")
    assert not is_spaceless("what does the word 道 mean in this poem")
