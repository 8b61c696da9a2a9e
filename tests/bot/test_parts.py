"""Long texts as several messages."""

from hypothesis import given
from hypothesis import strategies as st

from bot.ui.parts import clipped, parts_of, tail_of, width

SIGNS = st.text(
    alphabet=st.sampled_from([*"ab .,!?\n", "。", "鲸", "🐋", "é", "\u0301", "\u200d"]), min_size=1, max_size=600
)


def without_blanks(text: str) -> str:
    return "".join(text.split())


@given(SIGNS, st.integers(20, 200))
def test_no_sign_is_lost_doubled_or_moved(text: str, limit: int) -> None:
    assert without_blanks("".join(parts_of(text, limit=limit))) == without_blanks(text)


@given(SIGNS, st.integers(20, 200))
def test_every_part_fits(text: str, limit: int) -> None:
    assert all(width(part) <= limit for part in parts_of(text, limit=limit))


@given(SIGNS, st.integers(20, 200))
def test_no_part_but_an_only_one_is_empty(text: str, limit: int) -> None:
    parts = parts_of(text, limit=limit)
    assert len(parts) == 1 or all(parts)


def test_a_break_comes_between_paragraphs_rather_than_inside_one() -> None:
    text = "One sentence. Another one.\n\nA second paragraph follows here."
    assert parts_of(text, limit=40) == ("One sentence. Another one.", "A second paragraph follows here.")


def test_a_break_comes_between_sentences_rather_than_words() -> None:
    assert parts_of("It rained. The keeper slept.", limit=18) == ("It rained.", "The keeper slept.")


def test_chinese_breaks_after_its_own_full_stop() -> None:
    assert parts_of("鲸鱼飞过了城市。孩子们抬头看。", limit=10) == ("鲸鱼飞过了城市。", "孩子们抬头看。")


def test_an_emoji_family_is_not_taken_apart() -> None:
    family = "👩‍👩‍👧‍👦"
    assert all(family in part or not set(part) & set(family) for part in parts_of("x" * 15 + family, limit=20))


@given(SIGNS, st.integers(10, 100))
def test_a_clipped_line_and_a_tail_fit_their_limit(text: str, limit: int) -> None:
    assert width(clipped(text, limit=limit)) <= limit
    assert "\n" not in clipped(text, limit=limit)
    assert width(tail_of(text, limit=limit)) <= limit


def test_a_tail_shows_the_end_of_a_text_from_a_word_on() -> None:
    assert tail_of("the keeper lit the lamp and waited", limit=20) == "… lamp and waited"
