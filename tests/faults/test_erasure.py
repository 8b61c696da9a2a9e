"""Whenever the bot is killed: what a member asked to have erased goes, and nothing of it comes back."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

from benchmarks.bulk import FIRST_DAY, BulkWork, fill
from bot.studio import Message, Studio
from inference.contract.identifiers import MemberId
from storage.media import MediaStore
from tests.storage.worlds import dump
from tests.support.host import PATIENCE_SECONDS, Host, custom_id, has_button
from tests.support.privacy import form_of, nothing_to_delete, rows_in

WORKS = 1_500  # Some ten steps: long enough to be killed in the middle.


async def settled_by(host: Host, slug: str) -> None:
    """Let a member have made many works, all of them with a file, before the bot is started."""
    await host.start()
    await host.stop()
    member = MemberId(int(host.studio.person(slug).id))
    times = (FIRST_DAY + timedelta(seconds=number) for number in range(WORKS))
    path = host.data / "atelier.db"
    fill(path, (BulkWork(member=member, prompt="a lighthouse of glass", created_at=at) for at in times))
    media = MediaStore(host.media)
    with closing(sqlite3.connect(path)) as connection:
        for (sha256,) in connection.execute("SELECT sha256 FROM artifacts"):
            file = media.path(sha256, "text/plain")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("a text")


async def test_an_erasure_that_is_killed_half_way_is_brought_to_its_end_by_the_next_start(
    host: Host, studio: Studio
) -> None:
    await settled_by(host, "ada")
    await host.start()
    form = await form_of(host, "ada")
    await studio.person("ada").submit(form, {"word": "erase", "scope": "everywhere", "messages": "left"})
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await asyncio.to_thread(rows_in, host, "creations") == WORKS:
            pass
    await host.kill()
    assert 0 < rows_in(host, "creations") < WORKS

    await host.start()
    await host.said("a member was erased")
    await host.stop()

    async with host.storage() as storage:
        rows = await dump(storage)
    assert rows["creations"] == rows["erasures"] == rows["terms"] == []
    assert str(studio.person("ada").id) not in str(rows)
    assert "a lighthouse of glass" not in str(rows)
    assert [path for path in host.media.glob("??/*/*") if path.is_file()] == []


async def test_messages_that_are_still_to_be_deleted_are_deleted_after_a_kill(host: Host, studio: Studio) -> None:
    await host.start()
    ada = studio.person("ada")
    works = [await host.work_of(await host.write("ada", f"a lighthouse {number}")) for number in range(2)]
    refused = studio.faults.answer("DELETE", "/messages/", status=500, times=1000)
    erased = await ada.submit(await form_of(host, "ada"), {"word": "erase", "scope": "everywhere", "messages": "taken"})
    assert "Erased" in (await host.answer_to(erased)).content
    await host.until(lambda: refused.hits or None)
    await host.kill()
    studio.faults.clear()
    assert not any(work.is_deleted for work in works)

    await host.start()
    await host.until(lambda: all(work.is_deleted for work in works) or None)
    await nothing_to_delete(host)


async def test_a_job_that_ran_when_its_author_was_erased_and_the_bot_killed_is_not_made_again(
    host: Host, studio: Studio
) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.05")
    note = await host.under_way(await host.write("ada", "a very long story", length=2000))
    await studio.person("ada").submit(await form_of(host, "ada"), {"word": "erase", "scope": "everywhere"})
    await host.said("a member was erased")
    await host.kill()

    await host.start()
    await host.until(lambda: note.is_deleted or None)
    other = await host.work_of(await host.write("lin", length=10))
    assert custom_id(other, "Recipe")
    await host.stop()

    async with host.storage() as storage:
        rows = await dump(storage)
    assert str(studio.person("ada").id) not in str(rows)
    assert len([path for path in host.media.glob("??/*/*") if path.is_file()]) == 1


async def test_an_erasure_that_breaks_off_keeps_no_other_member_waiting(host: Host, studio: Studio) -> None:
    await host.start()
    for slug in ("lin", "ada"):
        await host.work_of(await host.write(slug))
    await host.stop()
    lin = int(studio.person("lin").id)
    with closing(sqlite3.connect(host.data / "atelier.db")) as connection, connection:
        connection.execute("UPDATE jobs SET request = '{}' WHERE member = ?", (lin,))
        connection.execute(
            "INSERT INTO erasures (member, takes_messages, asked_at) VALUES (?, false, '2030-01-01 00:00:00')", (lin,)
        )

    await host.start()
    await host.said("an erasure broke off")
    erased = await studio.person("ada").submit(await form_of(host, "ada"), {"word": "erase", "messages": "left"})
    assert "Erased" in (await host.answer_to(erased)).content
    await host.stop()

    assert rows_in(host, "creations") == rows_in(host, "erasures") == 1


async def heirs_of(host: Host, work: Message) -> list[Message]:
    """What Lin made again from a work, what Mira made again from that, and what Lin asked for and then stopped."""
    lin, mira = host.studio.person("lin"), host.studio.person("mira")
    child = await host.work_of(await lin.press(work, custom_id(work, "Again")))
    grandchild = await host.work_of(await mira.press(child, custom_id(child, "Again")))
    stopped = await lin.press(work, custom_id(work, "Again"))
    note = await host.accepted(stopped)
    await lin.press(note, custom_id(note, "Cancel"))
    await host.until(lambda: not has_button(note, "Cancel") or None)
    assert all("my secret" in one.content for one in (child, grandchild, note))
    return [child, grandchild, note]


async def test_what_others_made_of_erased_works_shows_none_of_their_words_any_more(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.05")
    heirs = await heirs_of(host, await host.work_of(await host.write("ada", "my secret", length=20)))
    texts = [heir.content.partition("\n")[2] for heir in heirs]
    await studio.person("ada").submit(await form_of(host, "ada"), {"word": "erase", "messages": "taken"})
    await host.until(lambda: all("my secret" not in heir.content for heir in heirs) or None)
    assert [heir.content.partition("\n")[2] for heir in heirs] == texts
    await nothing_to_rewrite(host)


async def test_words_that_are_still_to_be_taken_out_of_messages_go_after_a_kill(host: Host, studio: Studio) -> None:
    await host.start(ATELIER_FAKE_PACE_SECONDS="0.05")
    heirs = await heirs_of(host, await host.work_of(await host.write("ada", "my secret", length=20)))
    form = await form_of(host, "ada")
    refused = studio.faults.answer("PATCH", "/messages/", status=500, times=1000)
    await studio.person("ada").submit(form, {"word": "erase", "messages": "taken"})
    await host.until(lambda: refused.hits or None)
    await host.kill()
    studio.faults.clear()
    assert any("my secret" in heir.content for heir in heirs)

    await host.start()
    await host.until(lambda: all("my secret" not in heir.content for heir in heirs) or None)
    await nothing_to_rewrite(host)


async def nothing_to_rewrite(host: Host) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await asyncio.to_thread(rows_in, host, "outdated"):
            pass
