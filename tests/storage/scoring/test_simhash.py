"""Fingerprints of texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.scoring.likeness import NEAR_TEXTS
from storage.scoring.simhash import simhash

ENGLISH = (
    "The keeper climbed the stairs of the lighthouse as he had every evening for thirty years, and lit the lamp. Far "
    "out a ship turned its head, as a cow does when somebody calls it by name, and came slowly towards the shore. "
    "Nobody had told the captain that the harbour was gone. There was a beach where it had been, a row of white huts, "
    "and a woman who sold lemonade to nobody in particular. She looked up when the bow came to rest in the sand."
)
CHINESE = (
    "守灯人像三十年来的每个傍晚一样爬上灯塔的楼梯，点亮了灯。远处一艘船转过头来，就像有人叫它名字的牛，慢慢向岸边驶来。"
    "没有人告诉船长港口已经不在了。那里如今是一片沙滩，一排白色的小屋，还有一个向谁也不特别地卖柠檬水的女人。"
)


def distance(one: str, other: str) -> int:
    return (int(simhash(one) or "", 16) ^ int(simhash(other) or "", 16)).bit_count()


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_case_width_and_punctuation_make_no_difference(text: str) -> None:
    assert distance(text, text.upper().replace(",", " –").replace("，", "… ").replace(".", "\n\n")) == 0


@pytest.mark.parametrize(("text", "word", "other"), [(ENGLISH, "lemonade", "coffee"), (CHINESE, "柠檬水", "咖啡")])
def test_a_text_with_one_word_replaced_is_a_near_duplicate(text: str, word: str, other: str) -> None:
    assert word in text
    assert distance(text, text.replace(word, other)) <= NEAR_TEXTS


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_the_two_halves_of_a_text_are_strangers(text: str) -> None:
    assert distance(text[: len(text) // 2], text[len(text) // 2 :]) > 3 * NEAR_TEXTS


@pytest.mark.parametrize("text", ["", "  \n", "… — !?", "。，"])
def test_what_has_no_word_has_no_fingerprint(text: str) -> None:
    assert simhash(text) is None


@given(st.text())
def test_a_fingerprint_is_sixteen_digits_whatever_is_typed(text: str) -> None:
    found = simhash(text)
    assert found is None or (len(found) == 16 and 0 <= int(found, 16) < 2**64)
