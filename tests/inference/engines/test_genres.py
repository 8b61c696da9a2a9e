import pytest

from inference.contract.requests import Genre
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
