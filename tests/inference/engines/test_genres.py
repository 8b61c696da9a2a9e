import pytest

from inference.contract.text import Genre
from inference.engines.genres import template_for
from inference.engines.writing import is_spaceless


@pytest.mark.parametrize("genre", Genre)
@pytest.mark.parametrize("prompt", ["two thieves in a lift", "电梯里的两个小偷"])
def test_each_genre_asks_for_its_form_length_and_subject_in_the_language_of_the_prompt(
    genre: Genre, prompt: str
) -> None:
    system, shown, example, asked = (
        message["content"] for message in template_for(genre, prompt).messages(prompt, 120)
    )

    assert prompt in asked
    assert "120" in asked
    assert example.startswith(template_for(genre, prompt).opening)
    assert {is_spaceless(part) for part in (system, shown, example)} == {is_spaceless(prompt)}


def test_braces_in_a_prompt_are_the_member_s_own() -> None:
    prompt = "a poem about {words} and {prompt}"

    assert prompt in template_for(Genre.POEM, prompt).messages(prompt, 50)[-1]["content"]


@pytest.mark.parametrize(
    ("prompt", "language", "named"),
    [
        ("两个小偷", "en", "English"),
        ("two thieves", "en", "English"),
        ("two thieves", "zh", "中文"),
        ("two thieves", "fr", "French"),
        ("两个小偷", "ja", "Japanese"),
        ("two thieves", "tlh", "'tlh'"),
    ],
)
def test_a_language_asked_for_is_named_to_the_model(prompt: str, language: str, named: str) -> None:
    template = template_for(Genre.STORY, prompt, language)

    system, *_, asked = (message["content"] for message in template.messages(prompt, 120))

    assert named in system
    assert named in asked
    assert prompt in asked
    assert is_spaceless(template.example) == (language == "zh")


def test_without_a_language_none_is_named() -> None:
    system, *_, asked = (message["content"] for message in template_for(Genre.STORY, "x").messages("x", 120))

    assert "in the language of the request" in system
    assert asked.endswith("x")


@pytest.mark.parametrize("genre", Genre)
@pytest.mark.parametrize("prompt", ["two thieves in a lift", "电梯里的两个小偷"])
def test_what_comes_after_a_passage_is_asked_for_once_it_was_said(genre: Genre, prompt: str) -> None:
    chat = template_for(genre, prompt).going_on(prompt, "the passage", 120)

    assert [message["role"] for message in chat] == ["system", "user", "assistant", "user"]
    assert prompt in chat[1]["content"]
    assert chat[2]["content"] == "the passage"
    assert "120" in chat[3]["content"]


@pytest.mark.parametrize("prompt", ["two thieves in a lift", "电梯里的两个小偷"])
def test_a_revision_is_asked_for_with_the_earlier_text_and_the_change(prompt: str) -> None:
    system, asked = template_for(Genre.STORY, prompt).revising("the {change} text", "更短 {earlier} {words}", 120)

    assert [system["role"], asked["role"]] == ["system", "user"]
    assert "the {change} text" in asked["content"]
    assert "更短 {earlier} {words}" in asked["content"]
    assert "120" in asked["content"]


@pytest.mark.parametrize("genre", Genre)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_joint_is_a_gap_and_a_mark(genre: Genre, language: str) -> None:
    template = template_for(genre, "x", language)

    assert template.gap + template.mark == template.joint
    assert not template.gap.strip()
    assert template.mark == template.mark.strip()
