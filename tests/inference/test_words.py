"""Word rules, in examples and against a reference that tries every rule at every place."""

import sys
import unicodedata
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.safety.words import WordRules, folded

LETTERS = "ab ñÅ傻瓜機바で\u0301\u200b-'\n"
few_letters = st.text(LETTERS, max_size=24)
words = st.lists(st.text(LETTERS, min_size=1, max_size=4), max_size=6)


@pytest.mark.parametrize(
    "text",
    [
        "what an ass",
        "ASS!",
        "the ass's milk",
        "__ass__",
        "\uff21\uff53\uff53",
        "a\u200bs\u00ads",
        "a\u0336s\u0336s\u0336",
        "傻ass瓜",
    ],
)
def test_a_word_is_found_however_it_is_dressed_up(text: str) -> None:
    assert WordRules(["ass"]).first_blocked(text) == "ass"


@pytest.mark.parametrize("text", ["class", "assess", "as s", "asś", "", "mass, bass and brass"])
def test_a_word_is_not_found_inside_another(text: str) -> None:
    assert WordRules(["ass"]).first_blocked(text) is None


@pytest.mark.parametrize("text", ["你这个傻瓜", "傻瓜", "傻 瓜", "傻\u3000瓜", "傻\u200b瓜!"])
def test_a_chinese_word_is_found_anywhere(text: str) -> None:
    assert WordRules(["傻瓜"]).first_blocked(text) == "傻瓜"


def test_two_lines_of_chinese_are_not_read_as_one() -> None:
    assert WordRules(["傻瓜"]).first_blocked("不要装傻\n瓜很甜") is None


def test_a_korean_word_is_found_with_its_endings() -> None:
    assert WordRules(["바보"]).first_blocked("바보는") == "바보"


def test_an_accent_makes_another_word() -> None:
    rules = WordRules(["año"])
    assert rules.first_blocked("AN\u0303O nuevo") == "año"
    assert rules.first_blocked("ano") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ass's milk for the queen", None),
        ("ass's milk, you ass", "ass"),
        ("一台傻瓜相机", None),
        ("傻瓜用傻瓜相机", "傻瓜"),
        ("ASS\u2019S MILK and ass's\u3000milk", "ass"),  # Another apostrophe is another phrase.
    ],
)
def test_a_blocked_word_inside_an_allowed_phrase_is_none(text: str, found: str | None) -> None:
    assert WordRules(["ass", "傻瓜"], ["Ass's Milk", "傻瓜相机"]).first_blocked(text) == found


@pytest.mark.parametrize("phrase", ["傻", "瓜", "个傻", "瓜!"])
def test_a_phrase_that_covers_half_of_a_word_excuses_nothing(phrase: str) -> None:
    assert WordRules(["傻瓜"], [phrase]).first_blocked("一个傻瓜!") == "傻瓜"


def test_of_several_words_the_first_is_named_as_the_admins_wrote_it() -> None:
    assert WordRules(["Zebra", "Big Cat"]).first_blocked("a big  cat and a zebra") == "Big Cat"


def test_a_rule_of_which_nothing_is_left_blocks_nothing() -> None:
    assert WordRules(["", " ", "\u200b"]).first_blocked("anything at all") is None


@given(text=few_letters, blocked=words, allowed=words)
def test_one_pass_finds_what_trying_everything_finds(text: str, blocked: list[str], allowed: list[str]) -> None:
    assert WordRules(blocked, allowed).first_blocked(text) == found_by_trying(text, blocked, allowed)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    once = folded(text)
    assert folded(once) == once


@given(st.text(min_size=1).filter(folded))
def test_every_word_finds_itself(word: str) -> None:
    assert WordRules([word]).first_blocked(word) == word


NESTED = ["漢" * length for length in range(1, 88)]


@pytest.mark.parametrize("allowed", [[], NESTED], ids=["none is fine", "all are fine"])
def test_rules_within_rules_cost_no_more_than_one(allowed: list[str]) -> None:
    one, nested = WordRules(["漢"], allowed[:1]), WordRules(NESTED, allowed)
    assert steps(nested, "漢" * 2_000) < 1.2 * steps(one, "漢" * 2_000)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (WordRules(NESTED, NESTED), "漢"),
        (WordRules(["a a a a b"], ["a a a"]), "a "),
        (WordRules(["漢" * 4_000]), "漢"),
        (WordRules([f"word{number}" for number in range(800)]), "wordy words "),
    ],
    ids=["rules in rules", "phrases", "a long one", "many"],
)
def test_twice_the_text_takes_twice_the_steps(rules: WordRules, text: str) -> None:
    assert steps(rules, text * 1_000) < 2.1 * steps(rules, text * 500)


def steps(rules: WordRules, text: str) -> int:
    """How many lines run for an answer; of the built-in functions, all linear, none."""
    count = 0

    def step(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        rules.first_blocked(text)
    finally:
        sys.settrace(before)
    return count


def found_by_trying(text: str, blocked: list[str], allowed: list[str]) -> str | None:
    plain = folded(text)
    phrases = [span for phrase in allowed for span in places_of(folded(phrase), plain)]
    for start in range(len(plain)):
        for end in range(start, len(plain) + 1):
            for word in blocked:
                is_excused = any(first <= start and end <= last for first, last in phrases)
                if (start, end) in places_of(folded(word), plain) and not is_excused:
                    return word
    return None


def places_of(word: str, plain: str) -> list[tuple[int, int]]:
    ends = [(start, start + len(word)) for start in range(len(plain)) if word and plain.startswith(word, start)]
    return [span for span in ends if all(is_seam(plain, index) for index in span)]


def is_seam(plain: str, index: int) -> bool:
    """No letter of a spaced script on both sides."""
    sides = plain[max(0, index - 1) : index + 1]
    is_inside = 0 < index < len(plain)
    return not (
        is_inside and all(unicodedata.category(side)[0] in "LNM" and side not in "傻瓜機바で" for side in sides)
    )
