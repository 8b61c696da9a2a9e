import pytest

from inference.contract.events import Progressed, Succeeded
from inference.engines.engine import Batch
from inference.engines.fake.engine import FakeSettings
from inference.engines.fake.words import FAKE, FakeWriter
from inference.engines.writing import count_words, is_spaceless
from tests.inference.engines.conftest import MakeRun


@pytest.mark.parametrize(("prompt", "words"), [("rain", 10), ("rain", 2000), ("夜里下雨", 10), ("夜里下雨", 300)])
def test_the_length_is_kept_to_the_word(make_run: MakeRun, prompt: str, words: int) -> None:
    batch = Batch()
    batch.admit(make_run(1, model=FAKE, prompt=prompt, words=words))

    text = next(
        event.making.artifacts[0].path.read_text(encoding="utf-8")
        for event in FakeWriter().run(batch)
        if isinstance(event, Succeeded)
    )

    assert count_words(text) == words
    assert text[-1] in ".。"


@pytest.mark.parametrize(("prompt", "language", "is_chinese"), [("rain", "zh", True), ("夜里下雨", "en", False)])
def test_the_language_asked_for_chooses_the_words(
    make_run: MakeRun, prompt: str, language: str, is_chinese: bool
) -> None:
    batch = Batch()
    batch.admit(make_run(1, model=FAKE, prompt=prompt, language=language))

    previews = [event.preview for event in FakeWriter().run(batch) if isinstance(event, Progressed)]

    assert is_spaceless(previews[-1]) == is_chinese


def test_nothing_of_the_prompt_is_repeated(make_run: MakeRun) -> None:
    batch = Batch()
    batch.admit(make_run(1, model=FAKE, prompt="@everyone <script> zyzzyva"))

    previews = [event.preview for event in FakeWriter().run(batch) if isinstance(event, Progressed)]

    assert previews
    assert not any(mark in previews[-1] for mark in ("@", "<", "zyzzyva"))


def test_each_word_takes_its_pace(make_run: MakeRun) -> None:
    pauses: list[float] = []
    batch = Batch()
    batch.admit(make_run(1, model=FAKE, words=10))

    list(FakeWriter(FakeSettings(pace_seconds=0.5), sleep=pauses.append).run(batch))

    assert pauses[:10] == [0.5] * 10


def test_the_environment_sets_pace_and_fault() -> None:
    settings = FakeSettings.from_environment({"ATELIER_FAKE_PACE_SECONDS": "0.25", "ATELIER_FAKE_FAULT": "raise"})

    assert (settings.pace_seconds, settings.fault) == (0.25, "raise")
