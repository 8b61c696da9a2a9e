"""What the channel shows: pure functions from values to notes."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.i18n import texts_for
from bot.ui import notes
from bot.ui.parts import width
from inference.contract.artifacts import Artifact, Provenance
from inference.contract.errors import Failure, FailureCode
from inference.contract.identifiers import (
    ApplicationId,
    ChannelId,
    CreationId,
    JobId,
    MemberId,
    MessageId,
    ModelName,
    ServerId,
)
from inference.contract.jobs import Job, Reply
from inference.contract.requests import MAX_PROMPT_CHARACTERS, Genre, TextRequest
from storage.domain import Creation

NOW = datetime(2026, 1, 1, tzinfo=UTC)
T = texts_for("en-US")


def request(prompt: str = "a lighthouse") -> TextRequest:
    return TextRequest(prompt=prompt, genre=Genre.STORY, model=ModelName("fake"))


def job(prompt: str = "a lighthouse", **changes: object) -> Job:
    reply = Reply(
        application=ApplicationId(1),
        server=ServerId(2),
        channel=ChannelId(3),
        token="t",
        token_expires_at=NOW + timedelta(minutes=15),
        message=MessageId(4),
    )
    values: dict[str, object] = {
        "id": JobId(7),
        "member": MemberId(42),
        "request": request(prompt),
        "reply": reply,
        "locale": "en-US",
        "submitted_at": NOW,
        "predicted_seconds": 1.0,
        "start_tag": 0.0,
        "finish_tag": 1.0,
    }
    return Job(**{**values, **changes})  # type: ignore[arg-type]  # The values above are of the right types.


def creation(prompt: str = "a lighthouse") -> Creation:
    return Creation(
        id=CreationId(9),
        job=JobId(7),
        server=ServerId(2),
        channel=ChannelId(3),
        member=MemberId(42),
        request=request(prompt),
        provenance=Provenance(model=ModelName("fake"), model_sha256="", engine="fake", seed=1),
        artifacts=(Artifact(path=Path("x"), media_type="text/plain", sha256="0" * 64, size_bytes=1),),
        parents=(),
        picked=None,
        hidden_at=None,
        created_at=NOW,
        messages=(),
    )


def text_of(words: int) -> str:
    return " ".join(f"word{number}." for number in range(words))


@pytest.mark.parametrize("words", [1, 100, 400, 600])
def test_a_text_that_needs_a_few_messages_stands_whole_in_them(words: int) -> None:
    shown = notes.finished(creation(), text_of(words), t=T)
    assert 1 <= len(shown) <= notes.MAX_MESSAGES
    assert all(width(note.content) <= notes.MESSAGE_LIMIT for note in shown)
    body = " ".join(note.content for note in shown)
    assert re.findall(r"word\d+", body) == re.findall(r"word\d+", text_of(words))


def test_a_text_that_needs_more_comes_whole_in_a_file() -> None:
    (note,) = notes.finished(creation(), text_of(3_000), t=T)
    assert note.attachment is not None
    assert note.attachment.content.decode() == text_of(3_000)
    assert width(note.content) <= notes.MESSAGE_LIMIT


def test_the_buttons_stand_under_the_last_message_alone() -> None:
    shown = notes.finished(creation(), text_of(500), t=T)
    assert len(shown) > 1
    assert not any(note.buttons for note in shown[:-1])
    assert [button.custom_id for button in shown[-1].buttons] == [
        "creation:again:9",
        "creation:recipe:9",
        "creation:delete:9",
    ]


@pytest.mark.parametrize(
    "prompt",
    [
        "@everyone " * 150,
        "<@1>" * 400,
        "*_~`|>" * 300,
        "鲸" * MAX_PROMPT_CHARACTERS,
        "🐋" * MAX_PROMPT_CHARACTERS,
        "\n".join("ab" * 300),
    ],
)
def test_whatever_the_prompt_every_note_fits_one_message(prompt: str) -> None:
    for note in (
        notes.waiting(job(prompt), place=12, t=T),
        notes.working(job(prompt), fraction=0.5, preview=text_of(900), t=T),
        notes.failed(job(prompt, failure=Failure(code=FailureCode.OUT_OF_MEMORY)), t=T),
        notes.cancelled(job(prompt), t=T),
        *notes.finished(creation(prompt), text_of(700), t=T),
    ):
        assert width(note.content) <= notes.MESSAGE_LIMIT


def test_a_prompt_cannot_mention_or_mark_up_anything() -> None:
    heading = notes.heading(request("@everyone <@123456789012345678> **bold** # head"), MemberId(42), T)
    assert "@everyone" not in heading
    assert "<@123456789012345678>" not in heading
    assert "**bold**" not in heading


def test_a_right_to_left_prompt_keeps_its_direction_to_itself() -> None:
    heading = notes.heading(request("قصة قصيرة"), MemberId(42), T)
    assert "\u2068قصة قصيرة\u2069" in heading


def test_one_place_ahead_and_several_read_differently() -> None:
    assert "Next" in notes.waiting(job(), place=1, t=T).content
    assert "1 is ahead" in notes.waiting(job(), place=2, t=T).content
    assert "4 are ahead" in notes.waiting(job(), place=5, t=T).content


@pytest.mark.parametrize("code", list(FailureCode))
def test_every_failure_has_a_sentence_and_a_way_to_try_again(code: FailureCode) -> None:
    note = notes.failed(job(failure=Failure(code=code)), t=T)
    assert len(note.content.splitlines()[-1]) > 20
    assert [button.custom_id for button in note.buttons] == ["job:again:7"]
