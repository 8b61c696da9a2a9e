from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inference.contract.jobs import JobState
from storage import SchemaOutdatedError, Storage
from storage.survey import Survey
from tests.storage.works import NOON, after, created, making, spooled, started, submission


async def test_the_backlog_counts_what_waits_runs_and_is_not_delivered(storage: Storage, spool: Path) -> None:
    await created(storage, spool, 1)
    for seconds in (30, 10, 20):
        await storage.jobs.add(submission(submitted_at=after(seconds)))
    await started(storage.jobs)
    ended = await started(storage.jobs)
    await storage.jobs.succeed(ended.id, making(spooled(spool)), at=after(5))

    backlog = await storage.survey.backlog()

    assert {state: (pile.count, pile.oldest_at) for state, pile in backlog.piles.items()} == {
        "queued": (3, after(10)),
        "running": (1, after(1)),
        "undelivered": (1, after(5)),
    }


async def test_an_empty_ledger_has_no_oldest_job(storage: Storage) -> None:
    backlog = await storage.survey.backlog()
    assert all((pile.count, pile.oldest_at) == (0, None) for pile in backlog.piles.values())


async def test_the_survey_knows_its_database(storage: Storage) -> None:
    facts = await storage.survey.database()
    assert facts.server.startswith(("SQLite 3", "PostgreSQL "))
    assert facts.size_bytes > 0
    assert facts.round_trip_seconds > 0
    assert await storage.survey.damage(within_seconds=30) is None


async def test_media_are_counted_by_their_files(storage: Storage, spool: Path) -> None:
    await created(storage, spool, content="four")
    lost = await created(storage, spool, content="lost")
    await storage.jobs.add(submission(uploads=(spooled(spool, "a photo"),)))
    lost.artifacts[0].path.unlink()

    facts = await storage.survey.media(at=datetime.now(UTC))

    assert (facts.files, facts.size_bytes, facts.lacking) == (2, 11, [lost.id])


async def test_works_that_lost_a_file_are_found_over_many_pages(
    storage: Storage, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.survey._PAGE", 2)
    works = [await created(storage, spool, content=f"work {number}") for number in range(7)]
    for number in (0, 3, 6):
        works[number].artifacts[0].path.unlink()
    assert await storage.survey.incomplete() == [works[number].id for number in (0, 3, 6)]


async def test_files_without_a_row_are_counted_and_left(storage: Storage, spool: Path) -> None:
    await created(storage, spool)
    stray = await storage.media.put(b"nobody's", "text/plain")
    now = datetime.now(UTC)

    assert (await storage.survey.media(at=now)).strays == 0, "too young"
    assert (await storage.survey.media(at=now + timedelta(days=1))).strays == 1
    assert stray.path.exists()


async def test_a_survey_beside_a_writer_waits_for_nobody(storage: Storage, address: str, tmp_path: Path) -> None:
    async with Survey.open(address, media_folder=tmp_path / "media") as survey:
        job = await storage.jobs.add(submission(submitted_at=NOON))
        assert (await survey.backlog()).queued.count == 1
        await storage.jobs.move(job.id, JobState.CANCELLED, at=after(1))
        assert (await survey.backlog()).undelivered.count == 1


async def test_a_database_without_tables_is_outdated_and_stays_as_it_is(empty_address: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaOutdatedError):
        async with Survey.open(empty_address, media_folder=tmp_path / "media"):
            pass
    assert not await Storage.is_current(empty_address)
