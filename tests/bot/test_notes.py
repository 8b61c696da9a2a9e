"""What the channel shows: pure functions from values to notes."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.i18n import texts_for
from bot.ui import notes
from bot.ui.contents import Writing
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
from inference.contract.mediums import MAX_PROMPT_CHARACTERS, Basis
from inference.contract.text import Genre, TextRequest
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


def creation(prompt: str = "a lighthouse", *, variants: int = 1) -> Creation:
    return Creation(
        id=CreationId(9),
        job=JobId(7),
        server=ServerId(2),
        channel=ChannelId(3),
        member=MemberId(42),
        request=request(prompt),
        provenance=Provenance(model=ModelName("fake"), model_sha256="", engine="fake", seed=1),
        artifacts=(Artifact(path=Path("x"), media_type="text/plain", sha256="0" * 64, size_bytes=1),) * variants,
        parents=(),
        picked=None,
        hidden_at=None,
        created_at=NOW,
        messages=(),
    )


def written(texts: Sequence[str]) -> Writing:
    return Writing(texts=tuple(texts))


def text_of(words: int) -> str:
    return " ".join(f"word{number}." for number in range(words))


@pytest.mark.parametrize("words", [1, 100, 400, 600])
def test_a_text_that_needs_a_few_messages_stands_whole_in_them(words: int) -> None:
    shown = notes.finished(creation(), written([text_of(words)]), t=T)
    assert 1 <= len(shown) <= notes.MAX_MESSAGES
    assert all(width(note.content) <= notes.MESSAGE_LIMIT for note in shown)
    body = " ".join(note.content for note in shown)
    assert re.findall(r"word\d+", body) == re.findall(r"word\d+", text_of(words))


def test_a_text_that_needs_more_comes_whole_in_a_file() -> None:
    (note,) = notes.finished(creation(), written([text_of(3_000)]), t=T)
    (attachment,) = note.attachments
    assert attachment.content.decode() == text_of(3_000)
    assert width(note.content) <= notes.MESSAGE_LIMIT


def test_the_buttons_stand_under_the_last_message_alone() -> None:
    shown = notes.finished(creation(), written([text_of(500)]), t=T)
    assert len(shown) > 1
    assert not any(note.buttons for note in shown[:-1])
    assert [button.custom_id for button in shown[-1].buttons] == [
        "creation:continue:9",
        "creation:revise:9",
        "creation:remix:9",
        "creation:again:9",
        "creation:rate:9",
        "creation:recipe:9",
        "creation:delete:9",
        "creation:report:9",
    ]


def picks_in(shown: Sequence[notes.Note]) -> list[list[str]]:
    return [[button.custom_id for button in note.buttons if ":pick:" in button.custom_id] for note in shown]


@pytest.mark.parametrize(
    ("words", "picks"),
    [
        (60, [["creation:pick:0:9", "creation:pick:1:9", "creation:pick:2:9"]]),
        (180, [["creation:pick:0:9"], ["creation:pick:1:9"], ["creation:pick:2:9"]]),
        (900, [["creation:pick:0:9", "creation:pick:1:9", "creation:pick:2:9"]]),
    ],
)
def test_variants_stand_in_one_message_or_each_in_its_own_or_as_files(words: int, picks: list[list[str]]) -> None:
    texts = [text_of(words) + f" end{number}" for number in range(3)]
    shown = notes.finished(creation(variants=3), written(texts), t=T)
    assert picks_in(shown) == picks
    assert all(width(note.content) <= notes.MESSAGE_LIMIT for note in shown)
    everything = " ".join([*(note.content for note in shown), *(str(one.content) for one in shown[0].attachments)])
    assert all(f"end{number}" in everything for number in range(3))


def test_of_variants_the_picked_one_is_shown_and_the_others_fold_away() -> None:
    (note,) = notes.finished(replace(creation(variants=3), picked=1), written(["first", "second", "third"]), t=T)
    assert "second" in note.content
    assert "first" not in note.content
    assert "creation:variants:9" in [button.custom_id for button in note.buttons]


def test_who_may_not_pick_sees_the_variants_without_buttons() -> None:
    work = replace(creation(variants=2), picked=1)
    assert not notes.variants_to_look_at(work, ["first", "second"], may_pick=False, t=T).buttons
    assert len(notes.variants_to_look_at(work, ["first", "second"], may_pick=True, t=T).buttons) == 2


def test_a_continuation_and_a_revision_say_what_they_are() -> None:
    continued = replace(request(), basis=Basis.CONTINUATION)
    revised = replace(request(), basis=Basis.REVISION, change="@everyone sadder")
    assert "continued" in notes.heading(continued, MemberId(42), T)
    assert "sadder" in notes.heading(revised, MemberId(42), T)
    assert "@everyone" not in notes.heading(revised, MemberId(42), T)


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
        *notes.finished(creation(prompt), written([text_of(700)]), t=T),
        *notes.finished(creation(prompt, variants=3), written([text_of(words) for words in (100, 900, 9)]), t=T),
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
