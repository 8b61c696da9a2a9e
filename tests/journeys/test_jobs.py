"""`/jobs`, with the fake engine."""

import re
from functools import partial

from bot.studio import Interaction, Message, Studio
from tests.support.host import Host, custom_id, has_button

SLOW = {"ATELIER_FAKE_PACE_SECONDS": "0.05", "ATELIER_BATCH_SIZE": "1"}


async def jobs(host: Host, studio: Studio, slug: str = "ada", **options: object) -> Message:
    asked = await studio.person(slug).command("jobs", options)
    note = await host.until(lambda: asked.response if asked.response and asked.response.content else None)
    assert note.is_ephemeral
    return note


async def three_of_ada(host: Host) -> list[Interaction]:
    """The first under way, the others waiting."""
    asked = [await host.write("ada", prompt="a long story", length=400)]
    await host.under_way(asked[0])
    for prompt in ("冬天的灯塔", "a green heron"):
        asked.append(await host.write("ada", prompt=prompt, length=400))
        await host.accepted(asked[-1])
    return asked


def is_cancelled(asked: Interaction) -> bool:
    return asked.response is not None and "Cancelled" in asked.response.content


async def test_jobs_are_told_with_their_place_and_when_they_will_be_done(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    await three_of_ada(host)
    note = await jobs(host, studio)
    first, second, third = note.content.splitlines()[1:]
    assert "a long story" in first
    assert "under way" in first
    assert "冬天的灯塔" in second
    assert "next in line" in second
    assert "1 is ahead of it" in third
    assert all(
        re.search(r"done in (a moment|less than \d|about \d|\d+ to \d)", line) for line in (first, second, third)
    )


async def test_the_note_of_a_waiting_job_says_when_it_will_be_done(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = await three_of_ada(host)
    await host.until(lambda: asked[2].response and "1 is ahead of it. Done in " in asked[2].response.content)


async def test_some_or_all_are_cancelled_also_after_a_restart(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    ada = studio.person("ada")
    asked = await three_of_ada(host)
    note = await jobs(host, studio)
    (options,) = [each["options"] for row in note.components for each in row["components"] if "options" in each]
    heron = next(option["value"] for option in options if "heron" in option["label"])
    menu = f"jobs:cancel:{ada.id}"
    await ada.select(note, menu, [heron])
    await host.until(partial(is_cancelled, asked[2]))
    await host.until(lambda: "I am stopping it." in note.content)
    assert "heron" not in note.content
    await host.kill()
    await host.start(**SLOW)
    await ada.press(note, custom_id(note, "Cancel all"))
    await host.until(lambda: "I am stopping 2 of them." in note.content)
    await host.until(lambda: is_cancelled(asked[0]) and is_cancelled(asked[1]))
    assert not note.buttons
    assert "Nothing is waiting" in (await jobs(host, studio)).content


async def test_only_moderators_see_and_cancel_the_jobs_of_others(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    ada, lin, mira = (studio.person(slug) for slug in ("ada", "lin", "mira"))
    asked = await host.write("ada", length=400)
    await host.under_way(asked)
    refused = await host.answer_to(await lin.command("jobs", {"member": ada.id}))
    assert "author or a moderator" in refused.content or "作者" in refused.content
    assert "Nothing is waiting" not in (await jobs(host, studio, "mira", member=ada.id)).content
    note = await jobs(host, studio, "mira", member=ada.id)
    assert not has_button(note, "Cancel all")
    await mira.press(note, custom_id(note, "Cancel"))
    await host.until(partial(is_cancelled, asked))


async def test_in_a_full_hour_everybody_reads_their_place_and_may_cancel(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="1", ATELIER_BATCH_SIZE="1")
    members = [studio.add_person(f"member{number}").user.username for number in range(12)]
    asked = [await host.write(slug, prompt=f"story {turn}", length=400) for turn in range(5) for slug in members]
    notes = [await host.accepted(one) for one in asked]
    await host.until(lambda: all(has_button(note, "Cancel") for note in notes) or None)
    waiting = [note.content for note in notes if "%" not in note.content]
    assert len(waiting) >= len(asked) - 1
    assert all(re.search(r"Next in line|ahead of it", content) for content in waiting)
    assert all("Done in" in content for content in waiting)
