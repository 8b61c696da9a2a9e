"""A full disk and a locked database: refused with a word, or waited out; nothing that was accepted is lost."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.studio import Studio
from tests.storage.databases import medium_disk
from tests.support.host import Host, custom_id, has_button

__all__ = ["medium_disk"]

SLOW = {"ATELIER_FAKE_PACE_SECONDS": "0.03"}


class Disk:
    """A small file system that a test fills and empties."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self) -> None:
        with self._filler.open("wb", buffering=0) as filler:
            block = bytes(64 * 1024)
            while block:
                try:
                    filler.write(block)
                except OSError:
                    block = block[: len(block) // 2]

    def free(self) -> None:
        self._filler.unlink()


@pytest.fixture
async def cramped(studio: Studio, medium_disk: Path) -> AsyncIterator[Host]:
    host = Host(studio, medium_disk)
    try:
        yield host
    finally:
        await host.kill()


async def test_a_full_disk_refuses_with_a_word_and_accepts_again_when_there_is_room(
    cramped: Host, studio: Studio
) -> None:
    await cramped.start()
    disk = Disk(cramped.data)
    disk.fill()
    # The database takes what still fits in the pages that it has; in the end it must refuse.
    for _ in range(20):
        asked = await cramped.write(prompt="x" * 2_000)
        said = await cramped.until(lambda: next((one.content for one in asked.messages if one.content), None))  # noqa: B023
        if "disk" in said:
            break
    else:
        pytest.fail("a full disk took twenty long prompts")
    assert said.startswith("The disk of this bot is full")
    disk.free()
    await cramped.work_of(await cramped.write())


async def test_a_disk_that_fills_during_a_job_ends_it_plainly_and_it_can_be_tried_again(
    cramped: Host, studio: Studio
) -> None:
    await cramped.start(**SLOW)
    asked = await cramped.write(length=100)
    await cramped.under_way(asked)
    disk = Disk(cramped.data)
    disk.fill()
    note = asked.response
    assert note is not None
    # Whether the ledger can still write down that it failed is a matter of some bytes: if not, it waits for room.
    await cramped.until(lambda: "disk of this bot is full" in note.content or "does not take" in cramped.log[-1])
    disk.free()
    await cramped.until(lambda: has_button(note, "Try again") or has_button(note, "Recipe"))
    if has_button(note, "Try again"):
        asked = await studio.person("ada").press(note, custom_id(note, "Try again"))
    await cramped.work_of(asked)


async def test_a_locked_database_refuses_with_a_word_and_finishes_what_it_had_accepted(
    host: Host, studio: Studio
) -> None:
    await host.start(**SLOW)
    running = await host.write(length=150)
    await host.under_way(running)
    with sqlite3.connect(host.data / "atelier.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        refused = await host.write("mira")
        answer = await host.answer_to(refused)
        await host.said("the ledger does not take writes")
        other.execute("ROLLBACK")
    other.close()
    assert "could not write that down" in answer.content
    await host.work_of(running)
    await host.work_of(await host.write("lin"))
