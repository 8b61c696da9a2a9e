"""Long texts as several messages."""

from hypothesis import given
from hypothesis import strategies as st

from bot.ui.parts import LEAST_FOR_MARKS, clipped, cut, parts_of, tail_of, width
from bot.ui.spans import spans_in

SIGNS = st.text(
    alphabet=st.sampled_from([*"ab .,!?\n", "。", "鲸", "🐋", "é", "\u0301", "\u200d"]), min_size=1, max_size=600
)


WORDS = st.text(alphabet=st.sampled_from([*"abc .,\n  ", "鲸", "🐋", "🇩", "🇪"]), min_size=1, max_size=120).map(
    lambda one: f"x{one}x"
)
BLOCKS = st.builds(lambda language, code: f"```{language}\n{code}\n```", st.sampled_from(["", "python", "c++"]), WORDS)
SPOILERS = st.builds(lambda inner: f"||{''.join(inner)}||", st.lists(st.one_of(WORDS, BLOCKS), min_size=1, max_size=3))
MARKED = st.lists(st.one_of(WORDS, BLOCKS, SPOILERS), min_size=1, max_size=6).map("".join)


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


@given(MARKED, st.integers(LEAST_FOR_MARKS, 200))
def test_every_part_of_a_marked_text_has_whole_code_blocks_and_spoilers_and_fits(text: str, limit: int) -> None:
    for part in parts_of(text, limit=limit):
        assert width(part) <= limit
        inside = [span for span in spans_in(part) if span.is_code]
        assert part.count("```") == 2 * len(inside)
        open_text = "".join(
            sign for at, sign in enumerate(part) if not any(span.start <= at < span.end for span in inside)
        )
        assert open_text.count("||") % 2 == 0


@given(MARKED, st.integers(LEAST_FOR_MARKS, 200))
def test_without_the_marks_that_were_added_the_parts_are_the_text(text: str, limit: int) -> None:
    assert without_blanks("".join(part.text for part in cut(text, limit=limit))) == without_blanks(text)


def test_a_code_block_goes_on_in_its_language_with_its_indentation() -> None:
    lines = [f"    line_{number} = {number}" for number in range(12)]
    parts = parts_of("\n".join(("```python", *lines, "```")), limit=120)
    assert len(parts) > 1
    assert all(part.startswith("```python\n    line_") and part.endswith("\n```") for part in parts)
    shown = [line for part in parts for line in part.splitlines() if not line.startswith("```")]
    assert shown == lines


def test_a_code_block_inside_a_spoiler_is_opened_again_inside_it() -> None:
    text = "||```py\n" + "\n".join(f"line {number}" for number in range(30)) + "\n```||"
    parts = parts_of(text, limit=100)
    assert len(parts) > 1
    assert all(part.startswith("||```py\n") and part.endswith("\n```||") for part in parts)


def test_a_mark_without_its_second_is_left_as_it_is() -> None:
    text = "a || b " + "word " * 40 + "``` c"
    assert " ".join(parts_of(text, limit=100)) == text


@given(st.integers(1, 9), st.integers(20, 40))
def test_no_flag_is_taken_apart(letters: int, limit: int) -> None:
    flags = "x" * letters + "🇩🇪🇫🇷🇨🇳🇯🇵" * 6
    whole = {"🇩🇪", "🇫🇷", "🇨🇳", "🇯🇵"}
    for part in parts_of(flags, limit=limit):
        only = part.lstrip("x")
        assert {only[at : at + 2] for at in range(0, len(only), 2)} <= whole


def test_the_flag_of_a_region_is_not_taken_apart() -> None:
    scotland = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    assert any(scotland in part for part in parts_of("x" * 12 + scotland, limit=20))
