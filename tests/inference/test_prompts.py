"""What members type, made fit for models and for messages."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.contract.errors import LanguageNotSpokenError, PromptEmptyError, PromptTooLongError
from inference.contract.mediums import MAX_PROMPT_CHARACTERS
from inference.safety.language import foreign_language, require_spoken
from inference.safety.prompts import cleaned


@pytest.mark.parametrize("blank", ["", " ", "\n\t ", "\x00\x07", "\u200b\u200d", "\u202e\u202c", "\u0301"])
def test_a_prompt_without_ink_is_refused(blank: str) -> None:
    with pytest.raises(PromptEmptyError):
        cleaned(blank)


def test_a_prompt_over_the_limit_is_refused_with_both_figures() -> None:
    with pytest.raises(PromptTooLongError) as refusal:
        cleaned("x" * (MAX_PROMPT_CHARACTERS + 1))
    assert (refusal.value.length, refusal.value.limit) == (MAX_PROMPT_CHARACTERS + 1, MAX_PROMPT_CHARACTERS)


def test_controls_and_direction_overrides_go_and_the_words_stay() -> None:
    assert cleaned("a \u202elight\x00house\x1b[31m\r\nin\u2066 winter ") == "a lighthouse[31m\nin winter"


@pytest.mark.parametrize(
    "prompt",
    ["قصة قصيرة عن البحر", "👩‍🚀 on the 🌕", "the shaking 🫨 face", "🫨🫎", "שיר על ים", "一只会飞的鲸鱼", "café"],
)
def test_right_to_left_words_emoji_and_accents_come_through_whole(prompt: str) -> None:
    assert cleaned(prompt) == unicodedata.normalize("NFC", prompt)


@given(st.text(max_size=300))
def test_cleaning_twice_is_cleaning_once(prompt: str) -> None:
    try:
        once = cleaned(prompt)
    except PromptEmptyError:
        return
    assert cleaned(once) == once
    assert not any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in once)


@pytest.mark.parametrize(
    ("prompt", "language"),
    [
        ("写一个关于龙的故事", "zh"),
        ("写一首诗 about 龙和雨", "zh"),
        ("Напиши стихи о море", "ru"),
        ("海についての俳句をひとつ", "ja"),
        ("قصة قصيرة عن البحر", "ar"),
        ("নদীর ধারে একটি গল্প", "bn"),
        ("მოკლე ზღაპარი მელაზე", "ka"),
        ("Schreib mir bitte ein kurzes Gedicht über den Herbst im Wald", "de"),
        ("Raconte une histoire de phare en hiver avec un vieux gardien", "fr"),
    ],
)
def test_a_prompt_that_an_english_model_cannot_follow_is_named(prompt: str, language: str) -> None:
    with pytest.raises(LanguageNotSpokenError) as refusal:
        require_spoken(prompt, model="starter", spoken=("en",))
    assert refusal.value.language == language
    assert refusal.value.spoken == ("en",)


@pytest.mark.parametrize(
    "prompt",
    [
        "a lighthouse in winter",
        "dragon",
        "café noir",
        "Ada Lovelace",
        "schadenfreude",
        "robot tango in Buenos Aires",
        "a haiku about Tokyo 東京",
        "🙂🙂🙂",
        "1234",
        "la la la la la la la",
        "Llanfairpwllgwyngyll",
        "Write an advertisement for Häagen-Dazs ice cream with a French joie de vivre",
    ],
)
def test_a_prompt_that_may_be_english_is_never_refused(prompt: str) -> None:
    require_spoken(prompt, model="starter", spoken=("en",))


def test_a_model_for_any_language_refuses_none() -> None:
    require_spoken("写一个关于龙的故事", model="fake", spoken=())


def test_a_chinese_prompt_is_at_home_in_a_bilingual_model() -> None:
    assert foreign_language("写一个关于龙的故事", ("en", "zh")) is None


@pytest.mark.parametrize("language", ["zh", "fr"])
def test_a_language_that_the_model_does_not_write_is_refused_whatever_the_prompt_is_in(language: str) -> None:
    with pytest.raises(LanguageNotSpokenError) as refusal:
        require_spoken("a story about a fox", model="starter", spoken=("en",), language=language)
    assert refusal.value.language == language


def test_a_prompt_that_the_model_cannot_read_is_refused_whatever_language_is_asked_for() -> None:
    with pytest.raises(LanguageNotSpokenError) as refusal:
        require_spoken("写一个关于龙的故事", model="starter", spoken=("en",), language="en")
    assert refusal.value.language == "zh"


def test_what_to_change_has_to_be_readable_too() -> None:
    with pytest.raises(LanguageNotSpokenError) as refusal:
        require_spoken("a fox", "换一个结局", model="starter", spoken=("en",))
    assert refusal.value.language == "zh"


def test_a_bilingual_model_takes_one_language_and_answers_in_the_other() -> None:
    require_spoken("写一个关于龙的故事", None, model="qwen", spoken=("en", "zh"), language="en")
    require_spoken("a story about a dragon", None, model="qwen", spoken=("en", "zh"), language="zh")
    require_spoken("a story about a dragon", model="fake", spoken=(), language="fr")
