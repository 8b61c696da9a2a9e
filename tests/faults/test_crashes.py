"""Whatever is killed in mid-job, each accepted job is delivered exactly once."""

import os
import signal

import psutil
import pytest

from bot.studio import Message, Moment, MovableClock, Studio
from inference.contract.identifiers import JobId, MessageId
from inference.contract.jobs import JobState
from tests.support.host import Host, atelier, custom_id, has_button

SLOW = {"ATELIER_FAKE_PACE_SECONDS": "0.03"}


def actor_of(host: Host) -> psutil.Process:
    (actor,) = [
        child
        for child in psutil.Process(host.pid).children(recursive=True)
        if "inference.actor" in " ".join(child.cmdline())
    ]
    return actor


def works(studio: Studio) -> list[Message]:
    return [message for message in studio.messages() if not message.is_deleted and has_button(message, "Recipe")]


async def test_a_killed_actor_costs_an_attempt_and_no_work(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = [await host.write(slug, length=150) for slug in ("ada", "lin")]
    for one in asked:
        await host.under_way(one)
    actor_of(host).send_signal(signal.SIGKILL)
    for one in asked:
        await host.work_of(one)
    assert len(works(studio)) == 2
    await host.stop()
    async with host.storage() as storage:
        jobs = [await storage.jobs.get(JobId(number)) for number in (1, 2)]
    assert [job.state for job in jobs] == [JobState.SUCCEEDED] * 2
    assert [job.attempts for job in jobs] == [1, 1]


async def test_a_killed_bot_leaves_no_actor_behind(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    await host.under_way(await host.write(length=400))
    actor = actor_of(host)
    await host.kill()
    actor.wait(timeout=20)
    assert not actor.is_running()


async def test_a_killed_bot_delivers_each_job_once_after_the_restart(host: Host, studio: Studio) -> None:
    await host.start(**SLOW, ATELIER_BATCH_SIZE="2")
    asked = [await host.write(slug, length=60) for slug in ("ada", "lin", "mira", "ada")]
    for one in asked:
        await host.accepted(one)
    await host.kill()
    await host.start(**SLOW, ATELIER_BATCH_SIZE="2")
    for one in asked:
        await host.work_of(one)
    assert len(works(studio)) == len(asked)
    assert len({message.id for message in works(studio)} & {one.response.id for one in asked if one.response}) == 4
    await host.stop()
    async with host.storage() as storage:
        for number in range(1, 5):
            job = await storage.jobs.get(JobId(number))
            assert (job.state, job.attempts) == (JobState.SUCCEEDED, 0)
            assert job.delivered_at is not None


@pytest.mark.parametrize("hours_away", [0, 5])
async def test_a_text_that_was_half_posted_is_completed_and_not_doubled(
    host: Host, studio: Studio, clock: MovableClock, hours_away: int
) -> None:
    # The bot dies between two messages of a long text: after Discord took the second one, before it could say so.
    await host.start()
    held = studio.faults.answer("POST", r"/channels/\d+/messages$", status=500, times=100, moment=Moment.AFTER)
    asked = await host.write(length=500)
    await host.until(lambda: held.hits >= 1)
    await host.kill()
    studio.faults.clear()
    before = [message.content for message in studio.messages()]
    assert len(before) >= 2
    clock.advance(seconds=3600 * hours_away)
    await host.start()
    last = await host.work_of(asked)
    texts = [message.content for message in studio.messages() if not message.is_deleted]
    assert len(texts) == len(set(texts))
    await host.stop()
    async with host.storage() as storage:
        job = await storage.jobs.get(JobId(1))
        assert job.creation is not None
        creation = await storage.creations.get(job.creation)
        assert " ".join(texts).split()[-50:] == creation.artifacts[0].path.read_text().split()[-50:]
        assert creation.messages[-1] == MessageId(last.id)


async def test_an_end_that_discord_never_heard_of_is_delivered_after_the_restart(host: Host, studio: Studio) -> None:
    await host.start()
    studio.faults.break_off("PATCH", "", times=1000)
    asked = await host.write()
    await host.said("an end was not delivered")
    await host.kill()
    studio.faults.clear()
    await host.start()
    await host.work_of(asked)
    assert len(works(studio)) == 1


async def test_a_job_is_delivered_by_channel_when_its_token_has_expired(
    host: Host, studio: Studio, clock: MovableClock
) -> None:
    await host.start(**SLOW)
    asked = await host.write(length=100)
    await host.under_way(asked)
    await host.kill()
    clock.advance(seconds=16 * 60)
    await host.start(**SLOW)
    work = await host.work_of(asked)
    assert asked.response is not None
    assert work.id == asked.response.id


async def test_a_deleted_note_is_posted_anew_once(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = await host.write(length=100)
    note = await host.under_way(asked)
    await studio.person("mira").delete(note)
    await host.until(lambda: works(studio))
    await host.stop()
    await host.start()
    assert len(works(studio)) == 1


async def test_a_stopped_bot_finishes_what_runs_and_keeps_what_waits(host: Host, studio: Studio) -> None:
    await host.start(**SLOW, ATELIER_BATCH_SIZE="1", ATELIER_GRACE_SECONDS="30")
    running = await host.write(length=250)
    await host.under_way(running)
    waiting = await host.write("lin", length=20)
    await host.accepted(waiting)
    assert await host.stop() == 0
    assert len(works(studio)) == 1
    await host.start(**SLOW, ATELIER_BATCH_SIZE="1")
    await host.work_of(waiting)
    assert len(works(studio)) == 2


async def test_a_stuck_actor_is_replaced_and_the_bot_goes_on(host: Host, studio: Studio) -> None:
    await host.start(**SLOW, ATELIER_DEADLINE_SECONDS="3")
    asked = await host.write(length=100)
    await host.under_way(asked)
    os.kill(actor_of(host).pid, signal.SIGSTOP)
    await host.work_of(asked)
    await host.work_of(await host.write("lin", length=20))


async def test_a_job_cancelled_while_the_actor_comes_back_stays_cancelled(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = []
    for slug in ("ada", "lin", "mira"):
        asked.append(await host.write(slug, length=60))
        await host.accepted(asked[-1])
    await host.kill()
    await host.start(**SLOW)
    note = await host.accepted(asked[2])
    await studio.person("mira").press(note, custom_id(note, "Cancel"))
    await host.until(lambda: "Cancelled" in note.content)
    for one in asked[:2]:
        await host.work_of(one)
    await host.stop()
    assert "Cancelled" in note.content
    async with host.storage() as storage:
        assert (await storage.jobs.get(JobId(3))).state is JobState.CANCELLED


async def test_a_second_bot_over_the_same_folder_is_turned_away(host: Host, studio: Studio) -> None:
    await host.start()
    code, said = await atelier("run", folder=host.data, ATELIER_DATA_DIR=str(host.data), ATELIER_STUDIO_PORT="0")
    assert code == 1
    assert "another Atelier is running" in said
    await host.work_of(await host.write())


async def test_the_doctor_beside_a_running_bot_disturbs_nothing(host: Host, studio: Studio) -> None:
    await host.start(**SLOW)
    asked = await host.write(length=150)
    await host.under_way(asked)
    code, said = await atelier("doctor", folder=host.data, ATELIER_DATA_DIR=str(host.data))
    assert code == 0, said
    await host.work_of(asked)
